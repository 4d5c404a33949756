// SPDX-License-Identifier: Apache-2.0
// What must be sure of a request before anybody acts on it: where it ends, and whom it is for. Two
// programs that disagree about that, such as a proxy and this server, can be played against each
// other. Pure functions, any thread.
#ifndef EVERTURN_SERVER_FRAMING_H_
#define EVERTURN_SERVER_FRAMING_H_

#include <optional>
#include <string>
#include <string_view>

#include "server/http.h"

namespace everturn::server {

// Why its end is in doubt; the connection must not be read on then.
std::optional<Response> check_framing(const Request& request, bool http_1_0);

// "/path" of "http://HOST/path", as a proxy may ask, where HOST is what the header says; else the
// target as it is.
std::string origin_form(std::string_view target, std::string_view host);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_FRAMING_H_
