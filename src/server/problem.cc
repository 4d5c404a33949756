// SPDX-License-Identifier: Apache-2.0
#include "server/problem.h"

#include <cerrno>

#include "base/json_object.h"

namespace everturn::server {
namespace {

constexpr std::string_view kRetrySeconds = "1";

bool is_full(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

int status_of(const Request& request, const Status& status) {
  switch (status.code()) {
    case Code::ok:
      return 200;
    case Code::invalid:
      return 400;
    case Code::not_found:
      return 404;
    case Code::conflict:
      return request.count("If-Match") + request.count("If-None-Match") > 0 ? 412 : 409;
    case Code::damaged:
      return 422;
    case Code::io:
      return is_full(status.system_error()) ? 507 : 500;
    case Code::unavailable:
      return 503;
  }
  return 500;
}

}  // namespace

Response problem(const Request& request, int status, std::string_view code,
                 std::string_view detail) {
  Response response;
  response.status = status;
  response.set("Content-Type", "application/problem+json").set("Cache-Control", "no-store");
  response.body = JsonObject()
                      .add("type", "about:blank")
                      .add("title", reason_of(status))
                      .add_number("status", static_cast<std::uint64_t>(status))
                      .add("code", code)
                      .add("detail", detail)
                      .add("request_id", request.id)
                      .line();
  if (status == 503) response.set("Retry-After", kRetrySeconds);
  return response;
}

Response problem(const Request& request, const Status& status) {
  return problem(request, status_of(request, status), code_name(status.code()), status.message());
}

}  // namespace everturn::server
