// SPDX-License-Identifier: Apache-2.0
// The options of `everturn list`, and the query that they make.
#ifndef EVERTURN_CLI_LIST_QUERY_H_
#define EVERTURN_CLI_LIST_QUERY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "cli/context.h"
#include "everturn/listing.h"

namespace everturn::cli {

struct ListArguments {
  std::optional<std::string> match;
  std::optional<std::string> project;  // a folder: sessions that began in it, or below
  std::optional<std::string> agent;
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::optional<std::string> min_size;
  std::optional<std::string> max_size;
  std::optional<std::string> sort;
  std::optional<std::string> cursor;
  std::optional<std::uint64_t> limit;
  bool damaged = false;
  bool check = false;   // read all of them, not only as many as take no time
  bool all = false;     // also on a terminal; and sub-agents
  bool strict = false;  // exit with 5 if there is damage
  bool no_cache = false;
  bool trusted = false;
};

// Without what only the output decides: limit and examine_bytes.
Result<ListQuery> make_query(const ListArguments& arguments, std::int64_t now_ns);

// Asks the catalog of the store, and tells on a terminal how far it is. `use_file`: as in
// CatalogOptions.
Result<ListPage> ask_catalog(Store& store, const ListQuery& query, Context& context,
                             bool use_file = true);

// "90m", "12h", "7d", "2w": so long ago; or an ISO 8601 time or day. Nanoseconds since 1970.
// `option` is for the message.
Result<std::int64_t> parse_moment(std::string_view option, std::string_view text,
                                  std::int64_t now_ns);
// "4096", "64K", "10M", "1G".
Result<std::uint64_t> parse_size(std::string_view option, std::string_view text);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_LIST_QUERY_H_
