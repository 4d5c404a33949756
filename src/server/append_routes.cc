// SPDX-License-Identifier: Apache-2.0
// Records on their way into a session.
#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>
#include <vector>

#include "base/try.h"
#include "base/utf8.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/reply.h"
#include "views/report_json.h"

namespace everturn::server {
namespace {

// The lines of the body that are not blank.
std::vector<std::string_view> lines_of(std::string_view body) {
  std::vector<std::string_view> lines;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") != std::string_view::npos) lines.push_back(line);
  }
  return lines;
}

Result<Durability> durability_of(const Query& query) {
  constexpr std::string_view kInterval = "interval:";
  const std::string level = query.text("level").value_or("power");
  if (level == "power") return Durability{};
  if (level == "kernel") return Durability{Level::kernel, {}};
  if (level.starts_with(kInterval)) {
    const std::string_view text = std::string_view(level).substr(kInterval.size());
    std::uint32_t time_ms = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, time_ms);
    if (!text.empty() && result.ec == std::errc() && result.ptr == end) {
      return Durability{Level::interval, std::chrono::milliseconds(time_ms)};
    }
  }
  return Status(Code::invalid, "level takes power, kernel or interval:MILLISECONDS, not \"" +
                                   printable(level) + "\"");
}

// What a write asks for, by its header and its query.
Result<WriteOptions> write_options(const Call& call) {
  WriteOptions how = TRY(conditions(call.request));
  how.durability = TRY(durability_of(call.query));
  how.once.member = call.query.text("once_member").value_or("");
  if (call.request.count("Idempotency-Key") > 0) {
    how.once.operation = call.request.header("Idempotency-Key").value_or("");
    if (how.once.operation.empty() || !is_utf8(how.once.operation)) {
      return Status(Code::invalid, "Idempotency-Key takes one id, 1 to 256 bytes of UTF-8");
    }
  }
  return how;
}

// 413 for a record over the limit, where the store would only say that the call is invalid.
std::optional<Response> too_large(const Api& api, const Call& call,
                                  const std::vector<std::string_view>& records) {
  const std::uint64_t limit = api.options().max_record_bytes;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].size() <= limit) continue;
    return problem(call.request, 413, "too_large",
                   "record " + std::to_string(i + 1) + " has " + std::to_string(records[i].size()) +
                       " bytes, and the limit is " + std::to_string(limit) +
                       "; nothing was written");
  }
  return std::nullopt;
}

void count(Api& api, const Call& call, const Appended& reply, std::int64_t start_ns) {
  api.metrics().count_append(reply.records, call.request.body.size(),
                             api.fs().monotonic_ns() - start_ns, reply.reached == Level::power);
}

Response appended_reply(std::string_view key, const Appended& reply) {
  JsonObject object = appended_object(key, reply);
  const bool added = reply.already_there < reply.records || reply.records == 0;
  Response response = json_reply(object.add("id", session_id(key)), added ? 201 : 200);
  response.set("ETag", etag_of(reply.version));
  response.set("Location", session_path(key));
  return response;
}

// One of the appends that are written together.
struct Pending {
  const Call& call;
  std::vector<std::string_view> records;
  WriteOptions how;
  UsedIds::Claim claim = UsedIds::Claim::again;
};

// What goes to the store, or what is answered without it.
using Begun = std::variant<Pending, Response>;

Result<Begun> begin_append(Api& api, const Call& call) {
  WriteOptions how = TRY(write_options(call));
  Pending pending{call, lines_of(call.request.body), std::move(how)};
  if (pending.records.empty()) return Status(Code::invalid, "the body has no record");
  if (auto refused = too_large(api, call, pending.records)) return Begun(*std::move(refused));
  const std::string& id = pending.how.once.operation;
  if (id.empty()) return Begun(std::move(pending));
  pending.claim = api.used_ids().claim(call.key, id, call.request.body);
  if (pending.claim != UsedIds::Claim::other) return Begun(std::move(pending));
  return Begun(problem(call.request, 409, "conflict",
                       "other records came under this Idempotency-Key; nothing was written"));
}

Result<Response> end_append(Api& api, const Pending& pending, const Result<Appended>& reply,
                            std::int64_t start_ns) {
  const Call& call = pending.call;
  if (!reply) {
    // After an I/O error some of it may stand there.
    const bool is_free =
        pending.claim == UsedIds::Claim::first && reply.status().code() != Code::io;
    if (is_free) api.used_ids().release(call.key, pending.how.once.operation);
    return reply.status();
  }
  count(api, call, *reply, start_ns);
  return appended_reply(call.key, *reply);
}

}  // namespace

Result<Response> append_records(Api& api, const Call& call) {
  return std::move(append_each(api, {&call, 1}).front());
}

std::vector<Result<Response>> append_each(Api& api, std::span<const Call> calls) {
  std::vector<Result<Begun>> begun;
  std::vector<AppendCall> appends;
  begun.reserve(calls.size());
  for (const Call& call : calls) {
    begun.push_back(begin_append(api, call));
    if (!begun.back() || !std::holds_alternative<Pending>(*begun.back())) continue;
    const Pending& pending = std::get<Pending>(*begun.back());
    appends.push_back({.records = pending.records, .how = pending.how});
  }
  const std::int64_t start_ns = api.fs().monotonic_ns();
  if (!appends.empty()) api.store().append_each(calls.front().key, appends);
  std::vector<Result<Response>> responses;
  auto append = appends.begin();
  for (Result<Begun>& one : begun) {
    if (!one) {
      responses.emplace_back(one.status());
    } else if (auto* answered = std::get_if<Response>(&*one)) {
      responses.emplace_back(std::move(*answered));
    } else {
      responses.push_back(end_append(api, std::get<Pending>(*one), append->reply, start_ns));
      ++append;
    }
  }
  return responses;
}

Result<Response> save_records(Api& api, const Call& call) {
  WriteOptions how = TRY(write_options(call));
  if (!how.expected) {
    return problem(call.request, 428, "invalid",
                   "PUT replaces all records: say of what with If-Match: \"VERSION\", or "
                   "If-None-Match: * for a new session");
  }
  const bool merge = TRY(call.query.flag("merge"));
  const std::vector<std::string_view> records = lines_of(call.request.body);
  if (auto refused = too_large(api, call, records)) return *std::move(refused);
  const std::int64_t start_ns = api.fs().monotonic_ns();
  const Appended reply = TRY(merge ? api.store().save_merging(call.key, records, how)
                                   : api.store().save(call.key, records, how));
  count(api, call, reply, start_ns);
  Response response = appended_reply(call.key, reply);
  response.status = how.expected == Version::none() ? 201 : 200;
  return response;
}

}  // namespace everturn::server
