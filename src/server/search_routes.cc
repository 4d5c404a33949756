// SPDX-License-Identifier: Apache-2.0
// Search, and whether a session still is what was sealed.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/try.h"
#include "everturn/search.h"
#include "find/find_json.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/reply.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

constexpr std::uint64_t kHits = 100;
constexpr std::uint64_t kHitsMax = 1000;
constexpr std::int64_t kLongest_ns = 20'000'000'000;

// "user,tool_result".
Result<std::vector<EntryKind>> kinds_of(std::string_view text) {
  constexpr std::array kKinds = {EntryKind::user,      EntryKind::assistant,   EntryKind::thinking,
                                 EntryKind::tool_call, EntryKind::tool_result, EntryKind::system,
                                 EntryKind::summary,   EntryKind::metadata,    EntryKind::other};
  std::vector<EntryKind> kinds;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const auto* const kind = std::find_if(kKinds.begin(), kKinds.end(), [word](EntryKind one) {
      return entry_kind_name(one) == word;
    });
    if (kind == kKinds.end()) {
      return Status(Code::invalid, "kind takes names of kinds of entries, such as user,assistant");
    }
    kinds.push_back(*kind);
  }
  return kinds;
}

Result<SearchQuery> search_query(Api& api, const Query& query) {
  constexpr std::array kModes = {SearchMode::words, SearchMode::substring, SearchMode::regex};
  SearchQuery search;
  const std::int64_t now_ns = api.fs().now_ns();
  search.text = query.text("q").value_or("");
  search.mode = kModes.at(TRY(query.choice("mode", {"words", "substring", "regex"})));
  search.exact_case = TRY(query.flag("exact_case"));
  search.raw = TRY(query.flag("raw"));
  search.kinds = TRY(kinds_of(query.text("kind").value_or("")));
  search.since_ns = TRY(time_parameter(query, "since", now_ns));
  search.before_ns = TRY(time_parameter(query, "until", now_ns));
  return search;
}

std::string hit_json(const SearchHit& hit) {
  return hit_object(hit).add("id", session_id(hit.session)).text();
}

}  // namespace

Result<Response> search_sessions(Api& api, const Call& call) {
  const SearchQuery query = TRY(search_query(api, call.query));
  SearchOptions options;
  options.limit = TRY(call.query.number("limit")).value_or(kHits);
  if (options.limit < 1 || options.limit > kHitsMax) {
    return Status(Code::invalid, "limit takes 1 to " + std::to_string(kHitsMax));
  }
  if (const auto key = call.query.text("session")) options.sessions = {*key};
  const std::int64_t end_ns = api.fs().monotonic_ns() + kLongest_ns;
  options.stop = [&api, end_ns] { return !api.is_ready() || api.fs().monotonic_ns() > end_ns; };
  std::vector<std::string> hits;
  const SearchReport report =
      TRY(search(api.store(), query, options, [&hits](const SearchHit& hit) {
        hits.push_back(hit_json(hit));
        return true;
      }));
  std::vector<std::string> unsearched;
  for (const Unsearched& one : report.unsearched) {
    unsearched.push_back(unsearched_object(one).text());
  }
  std::vector<std::string> damage;
  for (const UnsearchedDamage& one : report.unsearched_damage) {
    damage.push_back(unsearched_damage_object(one).add("id", session_id(one.session)).text());
  }
  return json_reply(JsonObject("everturn.search/1")
                        .add_number("sessions", report.sessions)
                        .add_number("bytes", report.bytes)
                        .add_bool("stopped", report.stopped)
                        .add_list("hits", hits)
                        .add_list("unsearched", unsearched)
                        .add_list("unsearched_damage", damage));
}

Result<Response> verify_session(Api& api, const Call& call) {
  VerifyOptions how;
  how.head = call.query.text("head").value_or("");
  how.progress = [&api](std::uint64_t) { return api.is_ready(); };
  const SealReport report = TRY(api.store().verify(call.key, how));
  return json_reply(verify_object(call.key, report).add("head", report.head));
}

}  // namespace everturn::server
