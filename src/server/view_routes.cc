// SPDX-License-Identifier: Apache-2.0
// What a session means: history, health, figures, other formats.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/try.h"
#include "everturn/page.h"
#include "everturn/views.h"
#include "server/api.h"
#include "server/handlers.h"
#include "server/pushed_body.h"
#include "server/reply.h"
#include "server/target.h"
#include "views/examination.h"
#include "views/export.h"
#include "views/figures_json.h"
#include "views/session_reading.h"

namespace everturn::server {
namespace {

Result<std::string> dialect_parameter(const Query& query) {
  TRY(query.choice("dialect", dialect_names()));
  return query.text("dialect").value_or("");
}

Result<HistoryOptions> history_options(const Query& query) {
  constexpr std::array kFormats = {HistoryFormat::openai, HistoryFormat::responses,
                                   HistoryFormat::anthropic, HistoryFormat::native};
  constexpr std::array kUnfinished = {Unfinished::close, Unfinished::drop, Unfinished::keep};
  HistoryOptions options;
  options.format =
      kFormats.at(TRY(query.choice("format", {"openai", "responses", "anthropic", "native"})));
  options.unfinished = kUnfinished.at(TRY(query.choice("unfinished", {"close", "drop", "keep"})));
  options.strict_boundary = TRY(query.choice("boundary", {"own", "strict"})) == 1;
  options.max_messages = TRY(query.number("max_messages")).value_or(0);
  options.max_tokens = TRY(query.number("max_tokens")).value_or(0);
  return options;
}

}  // namespace

Result<Response> get_history(Api& api, const Call& call) {
  const HistoryOptions options = TRY(history_options(call.query));
  TranscriptOptions how;
  how.dialect = TRY(dialect_parameter(call.query));
  TranscriptReading reading =
      TRY(read_transcript(api.store(), call.key, how, /*with_oversize=*/true));
  const History history = TRY(reading.transcript.history(options));
  const TranscriptReport report = reading.transcript.report();
  std::vector<std::string> messages;
  for (const HistoryMessage& message : history.messages) messages.push_back(message.json);
  JsonObject object("everturn.history/1");
  object.add("dialect", report.dialect)
      .add("version", reading.version.to_string())
      .add_number("tokens", history.tokens)
      .add_number("left_out", history.left_out)
      .add_number("stand_ins", history.stand_ins)
      .add_number("dropped_calls", history.dropped_calls)
      .add_number("orphan_results", history.orphan_results)
      .add_number("repeats", history.repeats)
      .add_number("drifted", report.drifted)
      .add_number("damage_count", reading.report.damage_count)
      .add("system", history.system)
      .add_list("messages", messages);
  return json_reply(object);
}

namespace {

std::string secret_json(const SecretCount& secret) {
  return JsonObject()
      .add("kind", secret.kind)
      .add("title", secret.title)
      .add_number("distinct", secret.distinct)
      .add_number("places", secret.places)
      .text();
}

}  // namespace

Result<Response> get_health(Api& api, const Call& call) {
  const Examination found = TRY(examine(api.store(), call.key));
  std::vector<std::string> findings;
  for (const Finding& finding : found.findings) findings.push_back(finding_json(finding));
  std::vector<std::string> secrets;
  for (const SecretCount& secret : found.secrets) secrets.push_back(secret_json(secret));
  return json_reply(JsonObject("everturn.health/1")
                        .add("id", session_id(call.key))
                        .add("key", call.key)
                        .add("dialect", found.dialect)
                        .add("worst", grade_name(found.worst()))
                        .add_number("records", found.records)
                        .add_number("record_bytes", found.record_bytes)
                        .add_number("damage_bytes", found.damage_bytes)
                        .add("last_time", found.last_time)
                        .add_list("findings", findings)
                        .add_raw("sizes", sizes_json(found.sizes))
                        .add_list("secrets", secrets));
}

namespace {

// Adds one session; of copies the one that is added first counts.
Status count_session(Store& store, const std::string& key, Stats& stats, CountedSessions& counted) {
  stats.begin_session();
  ReadOptions how;
  how.with_metadata = true;
  const ReadReport report =
      TRY(store.read(key, how, [&](const Record& record) { return stats.add(record.bytes); }));
  counted.damage_count += report.damage_count;
  counted.damage_bytes += report.damage_bytes;
  return {};
}

}  // namespace

Result<Response> get_stats(Api& api, const Call& call) {
  Stats stats;
  CountedSessions counted;
  CHECK_OK(count_session(api.store(), call.key, stats, counted));
  counted.figures = stats.figures();
  return json_reply(stats_object(counted));
}

Result<Response> get_all_stats(Api& api, const Call& /*call*/) {
  std::vector<SessionInfo> sessions = TRY(api.store().list());
  std::sort(sessions.begin(), sessions.end(), [](const SessionInfo& a, const SessionInfo& b) {
    return a.modified_ns < b.modified_ns;
  });
  Stats stats;
  CountedSessions counted;
  for (const SessionInfo& session : sessions) {
    if (!session.part_of.empty()) ++counted.sub_agents;
    const Status status = count_session(api.store(), session.key, stats, counted);
    // Deleted since it was listed.
    if (!status.ok() && status.code() != Code::not_found) return status.within(session.key);
  }
  counted.figures = stats.figures();
  return json_reply(stats_object(counted));
}

namespace {

struct ExportKind {
  std::string_view name;
  std::string_view media_type;
  std::string_view ending;
};
constexpr std::array<ExportKind, 6> kExports = {{
    {"jsonl", "application/x-ndjson", "jsonl"},
    {"nanobot", "application/x-ndjson", "jsonl"},
    {"openai", "application/json", "json"},
    {"anthropic", "application/json", "json"},
    {"md", "text/markdown; charset=utf-8", "md"},
    {"html", "text/html; charset=utf-8", "html"},
}};

// Counts one export while it lasts.
class ExportSlot {
 public:
  explicit ExportSlot(std::atomic<std::size_t>& count) : count_(&count) {}
  ExportSlot(const ExportSlot&) = delete;
  ExportSlot& operator=(const ExportSlot&) = delete;
  ~ExportSlot() { --*count_; }

 private:
  std::atomic<std::size_t>* count_;
};

}  // namespace

Result<Response> export_file(Api& api, const Call& call) {
  const ExportKind& kind = kExports.at(
      TRY(call.query.choice("format", {"jsonl", "nanobot", "openai", "anthropic", "md", "html"})));
  ExportOptions options;
  options.format = *export_format_of(kind.name);
  options.dialect = TRY(dialect_parameter(call.query));
  // So that a session that is not there is told at once.
  if (TRY(api.store().version(call.key)) == Version::none()) {
    return Status(Code::not_found, "there is no session " + call.key);
  }
  const std::size_t others = api.exports++;
  auto slot = std::make_shared<ExportSlot>(api.exports);
  if (others >= api.options().max_exports) {
    return Status(Code::unavailable, "as many exports as may are on their way; try again");
  }
  api.audit(call, "export", call.key);
  Response response;
  response.stream = TRY(pushed_body([&api, options, slot, key = call.key](const PushSink& sink) {
    return export_session(api.store(), key, options, sink).status();
  }));
  const std::string name = session_id(call.key).substr(0, 100) + "." + std::string(kind.ending);
  response.set("Content-Type", kind.media_type)
      .set("Content-Disposition", "attachment; filename=\"" + name + "\"")
      .set("Content-Security-Policy",
           "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:");
  return response;
}

}  // namespace everturn::server
