// SPDX-License-Identifier: Apache-2.0
// The target of a request, taken apart: its path, segment by segment, and its query. Pure.
#ifndef EVERTURN_SERVER_TARGET_H_
#define EVERTURN_SERVER_TARGET_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"

namespace everturn::server {

// `text` with each %XX as its byte, and, in a query, "+" as a space; nullopt for a % that begins
// none, a NUL, or what is not UTF-8 then.
std::optional<std::string> percent_decoded(std::string_view text, bool is_query);

// The query's parameters, each at most once. The getters give `invalid` for a value that is none of
// their kind, naming the parameter.
class Query {
 public:
  static Result<Query> parse(std::string_view text);

  [[nodiscard]] std::optional<std::string> text(const std::string& name) const;
  [[nodiscard]] Result<std::optional<std::uint64_t>> number(const std::string& name) const;
  [[nodiscard]] Result<bool> flag(const std::string& name, bool otherwise = false) const;
  // The place of the value in `words`; `otherwise` where the parameter is missing.
  [[nodiscard]] Result<std::size_t> choice(const std::string& name,
                                           const std::vector<std::string_view>& words,
                                           std::size_t otherwise = 0) const;
  [[nodiscard]] const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

struct Target {
  std::vector<std::string> path;  // segments, decoded: "/v1/sessions" is {"v1", "sessions"}
  Query query;
};
// `invalid` for what is no absolute path with an optional query.
Result<Target> parse_target(std::string_view target);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_TARGET_H_
