// SPDX-License-Identifier: Apache-2.0
#include "server/route.h"

#include <algorithm>

namespace everturn::server {
namespace {

struct Pattern {
  std::vector<std::string> segments;
  const Route* route;
};

std::vector<Pattern> make_patterns() {
  std::vector<Pattern> patterns;
  for (const Route& route : routes()) {
    patterns.push_back({(*parse_target(route.path)).path, &route});
  }
  return patterns;
}

bool is_capture(std::string_view segment) { return segment.starts_with('{'); }

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](const std::string& one, const std::string& other) {
                      return is_capture(one) ? !other.empty() : one == other;
                    });
}

}  // namespace

Match find_route(std::string_view method, const std::vector<std::string>& path) {
  static const std::vector<Pattern> patterns = make_patterns();
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  Match match;
  for (const Pattern& pattern : patterns) {
    if (!fits(pattern.segments, path)) continue;
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += pattern.route->method == "GET" ? "GET, HEAD" : pattern.route->method;
    if (pattern.route->method != wanted) continue;
    match.route = pattern.route;
    for (std::size_t i = 0; i < path.size(); ++i) {
      const std::string& segment = pattern.segments[i];
      if (is_capture(segment)) match.captures[segment.substr(1, segment.size() - 2)] = path[i];
    }
  }
  return match;
}

}  // namespace everturn::server
