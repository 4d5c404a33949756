// SPDX-License-Identifier: Apache-2.0
#include "server/framing.h"

#include <algorithm>

#include "server/problem.h"

namespace everturn::server {

std::optional<Response> check_framing(const Request& request, bool http_1_0) {
  if (request.count("Content-Length") > 1) {
    return problem(request, 400, "invalid", "the request has several lengths");
  }
  const std::string_view length = request.header("Content-Length").value_or("");
  if (length.find_first_not_of("0123456789") != std::string_view::npos) {
    return problem(request, 400, "invalid", "Content-Length is no number");
  }
  if (request.count("Transfer-Encoding") == 0) return std::nullopt;
  if (http_1_0) {
    return problem(request, 400, "invalid", "HTTP/1.0 has no Transfer-Encoding");
  }
  const std::string_view coding = request.header("Transfer-Encoding").value_or("");
  if (equal_ignoring_case(coding, "chunked")) return std::nullopt;
  return problem(request, 501, "invalid", "the only Transfer-Encoding here is chunked");
}

std::string origin_form(std::string_view target, std::string_view host) {
  constexpr std::string_view kScheme = "http://";
  if (!equal_ignoring_case(target.substr(0, kScheme.size()), kScheme)) return std::string(target);
  const std::string_view rest = target.substr(kScheme.size());
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (!equal_ignoring_case(rest.substr(0, end), host)) return std::string(target);
  const std::string_view path = rest.substr(end);
  return path.starts_with('/') ? std::string(path) : "/" + std::string(path);
}

}  // namespace everturn::server
