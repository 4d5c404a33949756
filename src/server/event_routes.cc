// SPDX-License-Identifier: Apache-2.0
// Following: one session, or which sessions of the store change.
#include <utility>

#include "base/try.h"
#include "server/api.h"
#include "server/event_source.h"
#include "server/handlers.h"
#include "server/problem.h"
#include "server/reply.h"

namespace everturn::server {
namespace {

Response event_stream(std::unique_ptr<EventSource> events) {
  Response response;
  response.set("Content-Type", "text/event-stream")
      .set("Cache-Control", "no-store")
      .set("X-Accel-Buffering", "no");  // a proxy in front must not hold events back
  response.events = std::move(events);
  return response;
}

// The cursor behind everything that is there, by a reading of the end alone.
Result<Cursor> end_of(Store& store, const std::string& key) {
  ReadOptions how;
  how.last = 0;
  const ReadReport report = TRY(store.read(key, how, [](const Record&) { return true; }));
  return Cursor{Cursor::State::at, report.end, 0};
}

Result<Cursor> last_records(Store& store, const std::string& key, std::uint64_t count) {
  if (count == 0) return end_of(store, key);
  ReadOptions how;
  how.last = count;
  std::optional<Position> first;
  TRY(store.read(key, how, [&](const Record& record) {
    first = record.position;
    return false;
  }));
  return Cursor{Cursor::State::at, first.value_or(Position{}), 0};
}

// Where to begin: behind what the client got last, or where the parameters say.
Result<Cursor> first_cursor(Store& store, const Call& call) {
  if (call.request.count("Last-Event-ID") > 0) {
    const auto cursor = Cursor::parse(call.request.header("Last-Event-ID").value_or(""));
    if (!cursor) return Status(Code::invalid, "Last-Event-ID is none of this stream");
    return *cursor;
  }
  const std::optional<std::uint64_t> last = TRY(call.query.number("last"));
  const std::optional<std::string> from = call.query.text("from");
  if (last && from) return Status(Code::invalid, "from and last exclude each other");
  if (last) return last_records(store, call.key, *last);
  if (!from) return Cursor{};
  if (*from == "end") return end_of(store, call.key);
  const Result<Position> position = Position::parse(*from);
  if (!position.ok()) return position.status().within("from");
  return Cursor{Cursor::State::at, *position, 0};
}

}  // namespace

Result<Response> follow_session(Api& api, const Call& call) {
  if (api.hub() == nullptr) return Status(Code::unavailable, "nothing is followed here");
  const bool comes_back = call.request.count("Last-Event-ID") > 0;
  if (!comes_back && TRY(api.store().version(call.key)) == Version::none()) {
    return Status(Code::not_found, "there is no session " + call.key);
  }
  const Cursor from = TRY(first_cursor(api.store(), call));
  Result<RecordStyle> style = record_style(api.store(), call.key, call.query, RecordForm::objects);
  if (!style.ok() && !(comes_back && style.status().code() == Code::not_found)) {
    return style.status();
  }
  if (!style.ok()) style = RecordStyle{RecordForm::entries, "generic", SIZE_MAX};
  return event_stream(session_events(*api.hub(), api.hub()->feed(call.key, *style), from));
}

Result<Response> follow_store(Api& api, const Call& call) {
  if (api.hub() == nullptr) return Status(Code::unavailable, "nothing is followed here");
  const std::string last(call.request.header("Last-Event-ID").value_or(""));
  return event_stream(store_events(*api.hub(), last));
}

}  // namespace everturn::server
