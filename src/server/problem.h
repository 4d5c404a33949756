// SPDX-License-Identifier: Apache-2.0
// Failures as problem documents (RFC 9457). Pure.
#ifndef EVERTURN_SERVER_PROBLEM_H_
#define EVERTURN_SERVER_PROBLEM_H_

#include <string_view>

#include "everturn/status.h"
#include "server/http.h"

namespace everturn::server {

// `code` is a code_name(), or, of what the library never sees, a word such as "unauthorized".
Response problem(const Request& request, int status, std::string_view code,
                 std::string_view detail);
// The failure of a store: 412 where the request was conditional, 507 where the disk is full, and
// Retry-After where waiting helps.
Response problem(const Request& request, const Status& status);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_PROBLEM_H_
