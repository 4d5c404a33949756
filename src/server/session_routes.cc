// SPDX-License-Identifier: Apache-2.0
// The list of sessions, and one session: read, change its metadata, delete.
#include <algorithm>
#include <utility>

#include "base/base64url.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/try.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/reply.h"
#include "views/overview.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

constexpr std::uint64_t kListLimit = 100;
constexpr std::uint64_t kListLimitMax = 1000;

// ASCII letters alike.
bool holds(std::string_view text, const std::string& lowered) {
  return lower_case(text).find(lowered) != std::string::npos;
}

struct ListQuery {
  std::string prefix;
  std::string part;  // in lower case
  std::int64_t since_ns = INT64_MIN;
  bool by_key = false;
  std::uint64_t limit = kListLimit;
  std::optional<std::string> after;  // the place of the last one that was given

  [[nodiscard]] bool lets_through(const SessionInfo& session) const {
    return session.modified_ns >= since_ns && session.key.starts_with(prefix) &&
           (part.empty() || holds(session.key, part));
  }
  // Where a session stands in the order: compares as the sessions do. Newest first, then by key.
  [[nodiscard]] std::string place(const SessionInfo& session) const {
    if (by_key) return session.key;
    std::string digits = std::to_string(static_cast<std::uint64_t>(INT64_MAX) -
                                        static_cast<std::uint64_t>(session.modified_ns));
    digits.insert(0, 20 - std::min<std::size_t>(20, digits.size()), '0');
    return digits + session.key;
  }
};

Result<ListQuery> list_query(Api& api, const Query& query) {
  ListQuery list;
  list.prefix = query.text("prefix").value_or("");
  list.part = lower_case(query.text("q").value_or(""));
  list.by_key = TRY(query.choice("order", {"newest", "key"})) == 1;
  list.limit = TRY(query.number("limit")).value_or(kListLimit);
  if (list.limit < 1 || list.limit > kListLimitMax) {
    return Status(Code::invalid, "the parameter limit takes 1 to " + std::to_string(kListLimitMax));
  }
  if (const auto since = query.text("since")) {
    const auto since_ns = parse_time_since(*since, api.fs().now_ns());
    if (!since_ns) return Status(Code::invalid, "since takes such as 90m, 12h, 7d or 2026-08-20");
    list.since_ns = *since_ns;
  }
  if (const auto after = query.text("after")) {
    list.after = base64url_decode(*after);
    if (!list.after) return Status(Code::invalid, "after takes what `next` of a list was");
  }
  return list;
}

std::string session_line(const SessionInfo& session) {
  return session_object(session)
      .add("part_of", session.part_of)
      .add("id", session_id(session.key))
      .text();
}

}  // namespace

Result<Response> list_sessions(Api& api, const Call& call) {
  const ListQuery query = TRY(list_query(api, call.query));
  std::vector<SessionInfo> sessions = TRY(api.store().list());
  std::vector<std::pair<std::string, const SessionInfo*>> chosen;
  std::uint64_t total = 0;
  for (const SessionInfo& session : sessions) {
    if (!query.lets_through(session)) continue;
    ++total;
    std::string place = query.place(session);
    if (!query.after || place > *query.after) chosen.emplace_back(std::move(place), &session);
  }
  const std::size_t count = std::min<std::size_t>(chosen.size(), query.limit);
  std::partial_sort(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count),
                    chosen.end());
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < count; ++i) lines.push_back(session_line(*chosen[i].second));
  JsonObject object("everturn.sessions/1");
  object.add_number("total", total);
  if (count < chosen.size()) {
    object.add("next", base64url_encode(chosen[count - 1].first));
  } else {
    object.add_raw("next", "null");
  }
  Response response = json_reply(object.add_list("sessions", lines));
  const std::string etag = "\"" + hex(hash128(response.body)) + "\"";
  if (is_unchanged(call.request, etag)) return not_modified(etag);
  response.set("ETag", etag);
  return response;
}

namespace {

void add_metadata(JsonObject& object, std::string_view key, const Metadata& metadata) {
  object.add("id", session_id(key))
      .add("key", key)
      .add("version", metadata.version.to_string())
      .add("created_at", metadata.created_at)
      .add("updated_at", metadata.updated_at)
      .add_raw("metadata", metadata.values.empty() ? "{}" : metadata.values)
      .add_signed("last_consolidated", metadata.last_consolidated);
}

// Title and dialect, by a few records of the beginning and the end.
Result<Overview> overview_of(Store& store, std::string_view key) {
  constexpr std::uint64_t kLooked = 64;
  OverviewReader reader;
  const auto add = [&reader](const Record& record) {
    reader.add(record.bytes);
    return true;
  };
  ReadOptions how;
  how.with_metadata = true;
  how.limit = kLooked;
  const ReadReport head = TRY(store.read(key, how, add));
  how.limit = UINT64_MAX;
  how.last = kLooked;
  how.from = head.end;
  const Result<ReadReport> tail = store.read(key, how, add);
  // Rewritten in between: then the beginning has to do.
  if (!tail.ok() && tail.status().code() != Code::conflict) return tail.status();
  return reader.finish();
}

}  // namespace

Result<Response> get_session(Api& api, const Call& call) {
  const bool check = TRY(call.query.flag("check", true));
  Store& store = api.store();
  const Version version = TRY(store.version(call.key));
  const std::string etag = etag_of(version);
  if (version != Version::none() && is_unchanged(call.request, etag)) return not_modified(etag);
  const Metadata metadata = TRY(store.metadata(call.key));
  JsonObject object("everturn.session/1");
  add_metadata(object, call.key, metadata);
  if (check) {
    const ReadReport report = TRY(store.read(call.key, {}, [](const Record&) { return true; }));
    api.metrics().note_damage(call.key, report.damage_count);
    object.add("begin", report.begin.to_string())
        .add("end", report.end.to_string())
        .add_number("bytes", report.end.offset + report.in_flight_bytes);
    add_counts(object, report);
    add_findings(object, report);
    const Overview overview = TRY(overview_of(store, call.key));
    object.add("dialect", overview.dialect)
        .add("title", overview.title)
        .add("project", overview.project)
        .add("branch", overview.branch);
  }
  Response response = json_reply(object);
  response.set("ETag", etag_of(metadata.version));
  return response;
}

Result<Response> patch_session(Api& api, const Call& call) {
  const WriteOptions how = TRY(conditions(call.request));
  const std::string body = TRY(json_body(call, {"metadata", "last_consolidated"}));
  MetadataChange change;
  if (const auto values = find_member(body, "metadata")) {
    change.merge = *values;
    std::erase_if(change.merge, [](char c) { return c == '\n' || c == '\r'; });
  }
  if (const auto number = TRY(count_of(body, "last_consolidated"))) {
    change.last_consolidated = static_cast<std::int64_t>(*number);
  }
  const Metadata metadata = TRY(api.store().update_metadata(call.key, change, how));
  JsonObject object("everturn.session/1");
  add_metadata(object, call.key, metadata);
  Response response = json_reply(object);
  response.set("ETag", etag_of(metadata.version));
  return response;
}

Result<Response> delete_session(Api& api, const Call& call) {
  const WriteOptions how = TRY(conditions(call.request));
  const TrashEntry entry = TRY(api.store().remove(call.key, how));
  api.audit(call, "delete", call.key);
  return json_reply(trash_object("everturn.trash/1", entry));
}

}  // namespace everturn::server
