// SPDX-License-Identifier: Apache-2.0
// Nothing: the headers that most sources include are compiled for this, and used by all rooms.
