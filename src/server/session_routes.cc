// SPDX-License-Identifier: Apache-2.0
// The list of sessions, and one session: read, change its metadata, delete.
#include <algorithm>
#include <array>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/try.h"
#include "everturn/listing.h"
#include "find/find_json.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/reply.h"
#include "views/overview.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

constexpr std::uint64_t kListLimit = 100;
constexpr std::uint64_t kListLimitMax = 1000;
// Sessions of the page are read whole for their health, as long as that takes no time.
constexpr std::uint64_t kReadUnasked = 128ULL << 20;

Result<ListQuery> list_query(Api& api, const Query& query) {
  constexpr std::array kSorts = {ListSort::newest, ListSort::oldest, ListSort::largest,
                                 ListSort::title, ListSort::records};
  ListQuery list;
  const std::int64_t now_ns = api.fs().now_ns();
  list.text = query.text("q").value_or("");
  list.project = query.text("project").value_or("");
  list.agent = query.text("agent").value_or("");
  list.since_ns = TRY(time_parameter(query, "since", now_ns));
  list.until_ns = TRY(time_parameter(query, "until", now_ns));
  list.damaged_only = TRY(query.flag("damaged"));
  list.with_parts = TRY(query.flag("parts"));
  list.sort =
      kSorts.at(TRY(query.choice("sort", {"newest", "oldest", "size", "title", "records"})));
  list.cursor = query.text("after").value_or("");
  list.examine_bytes = TRY(query.flag("health", true)) ? kReadUnasked : 0;
  list.limit = TRY(query.number("limit")).value_or(kListLimit);
  if (list.limit >= 1 && list.limit <= kListLimitMax) return list;
  return Status(Code::invalid, "limit takes 1 to " + std::to_string(kListLimitMax));
}

std::string row_json(const SessionRow& row) {
  const SessionInfo& session = row.session;
  JsonObject object("everturn.session/1");
  object.add("id", session_id(session.key))
      .add("key", session.key)
      .add("part_of", session.part_of)
      .add("title", row.title)
      .add("preview", row.preview)
      .add("project", row.project)
      .add("branch", row.branch)
      .add("dialect", row.dialect)
      .add("file", session.file_name)
      .add_number("bytes", session.bytes)
      .add("created", row.created_ns == 0 ? "" : iso_utc_time(row.created_ns))
      .add("modified", iso_utc_time(session.modified_ns))
      .add_signed("modified_ns", session.modified_ns)
      .add("note", session.note)
      .add("health", health_name(row.health));
  add_counts(object, row);
  return object.text();
}

}  // namespace

Result<Response> list_sessions(Api& api, const Call& call) {
  const ListQuery query = TRY(list_query(api, call.query));
  const ListPage page = TRY(api.catalog().list(query));
  std::vector<std::string> rows;
  for (const SessionRow& row : page.rows) {
    if (row.session.checked) {
      api.metrics().note_damage(row.session.key, row.session.damage_count);
    }
    rows.push_back(row_json(row));
  }
  JsonObject object("everturn.sessions/1");
  object.add_number("total", page.fitting);
  if (page.next_cursor.empty()) {
    object.add_raw("next", "null");
  } else {
    object.add("next", page.next_cursor);
  }
  Response response = json_reply(object.add_list("sessions", rows));
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
