// SPDX-License-Identifier: Apache-2.0
// Fork, rename, rewind, and the trash.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/reply.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

Result<std::string> new_key(std::string_view body) {
  std::optional<std::string> key = TRY(text_of(body, "key"));
  if (!key) return Status(Code::invalid, "the body names the new session: {\"key\":\"...\"}");
  return *std::move(key);
}

Response renamed_reply(std::string_view schema, std::string_view old_key, std::string_view key,
                       const Version& version, int status) {
  JsonObject object(schema);
  object.add("id", session_id(key))
      .add("key", old_key)
      .add("new_key", key)
      .add("version", version.to_string());
  Response response = json_reply(object, status);
  response.set("Location", session_path(key)).set("ETag", etag_of(version));
  return response;
}

const std::string& captured(const Call& call, const std::string& name) {
  return call.captures.at(name);
}

}  // namespace

Result<Response> fork_session(Api& api, const Call& call) {
  const std::string body = TRY(json_body(call, {"key", "before"}));
  const std::string key = TRY(new_key(body));
  const std::optional<Position> before = TRY(position_of(body, "before"));
  const Version version = TRY(api.store().fork(call.key, key, before));
  return renamed_reply("everturn.fork/1", call.key, key, version, 201);
}

Result<Response> rename_session(Api& api, const Call& call) {
  const std::string body = TRY(json_body(call, {"key"}));
  const std::string key = TRY(new_key(body));
  const Version version = TRY(api.store().rename(call.key, key));
  return renamed_reply("everturn.rename/1", call.key, key, version, 200);
}

Result<Response> rewind_session(Api& api, const Call& call) {
  const WriteOptions how = TRY(conditions(call.request));
  const std::string body = TRY(json_body(call, {"to", "count"}));
  const std::optional<Position> to = TRY(position_of(body, "to"));
  const std::optional<std::uint64_t> count = TRY(count_of(body, "count"));
  if (to.has_value() == count.has_value()) {
    return Status(Code::invalid, "the body has one of {\"to\":\"POSITION\"} and {\"count\":N}");
  }
  const Rewound rewound =
      TRY(to ? api.store().rewind(call.key, *to, how) : api.store().pop(call.key, *count, how));
  Response response = json_reply(JsonObject("everturn.rewind/1")
                                     .add("key", call.key)
                                     .add_number("removed_records", rewound.removed_records)
                                     .add("trash_id", rewound.trash_id)
                                     .add("version", rewound.version.to_string()));
  response.set("ETag", etag_of(rewound.version));
  return response;
}

Result<Response> list_trash(Api& api, const Call& /*call*/) {
  std::vector<TrashEntry> entries = TRY(api.store().trash());
  std::stable_sort(entries.begin(), entries.end(), [](const TrashEntry& a, const TrashEntry& b) {
    return a.removed_ns > b.removed_ns;
  });
  std::vector<std::string> lines;
  lines.reserve(entries.size());
  for (const TrashEntry& entry : entries) {
    lines.push_back(trash_object("everturn.trash/1", entry).text());
  }
  return json_reply(JsonObject("everturn.trash_list/1").add_list("entries", lines));
}

Result<Response> undelete_entry(Api& api, const Call& call) {
  const std::string& entry = captured(call, "entry");
  CHECK_OK(api.store().undelete(entry).within("undelete " + entry));
  api.audit(call, "undelete", entry);
  return json_reply(JsonObject("everturn.undelete/1").add("id", entry));
}

Result<Response> purge_entry(Api& api, const Call& call) {
  const std::string& entry = captured(call, "entry");
  CHECK_OK(api.store().purge(entry, "serve: " + call.who).within("purge " + entry));
  api.audit(call, "purge", entry);
  Response response;
  response.status = 204;
  return response;
}

}  // namespace everturn::server
