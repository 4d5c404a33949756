// SPDX-License-Identifier: Apache-2.0
// Nothing: the headers that all tests include are compiled for this, and used by all tests.
