// SPDX-License-Identifier: Apache-2.0
// everturn du: where the bytes of a store are, and how to make room.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/signals.h"
#include "cli/sizes.h"
#include "views/examination.h"

namespace everturn::cli {
namespace {

struct DuArguments {
  std::optional<std::uint64_t> top;
  bool check = false;
};

// What vacuum would drop of a session: padding, blank lines, metadata that was superseded.
Result<std::uint64_t> droppable_bytes(Store& store, const SessionInfo& session) {
  std::uint64_t kept = 0;
  std::uint64_t last_metadata = 0;
  ReadOptions how;
  how.with_metadata = true;
  const ReadReport report = TRY(store.read(session.key, how, [&](const Record& record) {
    const std::uint64_t bytes = record.next.offset - record.position.offset;
    (record.kind == RecordKind::metadata ? last_metadata : kept) =
        record.kind == RecordKind::metadata ? bytes : kept + bytes;
    return true;
  }));
  kept += last_metadata + report.damage_bytes + report.in_flight_bytes;
  const std::uint64_t all = session.unpacked_bytes > 0 ? session.unpacked_bytes : session.bytes;
  return all - std::min(kept, all);
}

// What of the sessions is packed, and what could be dropped.
struct Sums {
  std::uint64_t unpacked_bytes = 0;
  std::uint64_t droppable_bytes = 0;
  std::vector<std::string> problems;
};

Sums sum_up(Store& store, const std::vector<SessionInfo>& sessions, bool check, Context& context) {
  Sums sums;
  Progress progress(context.output());
  std::size_t done = 0;
  for (const SessionInfo& session : sessions) {
    sums.unpacked_bytes += session.unpacked_bytes;
    if (!check || StopSignals::received() != 0) continue;
    progress.show("reading " + std::to_string(++done) + " of " + std::to_string(sessions.size()));
    const Result<std::uint64_t> bytes = droppable_bytes(store, session);
    if (bytes) sums.droppable_bytes += *bytes;
    if (!bytes) sums.problems.push_back(session.key + ": " + bytes.status().message());
  }
  return sums;
}

void print_json(const StoreInfo& info, const Sums& sums, bool checked, Context& context) {
  JsonObject object("everturn.du/1");
  object.add_number("sessions", info.sessions)
      .add_number("session_bytes", info.session_bytes)
      .add_number("packed_sessions", info.packed_sessions)
      .add_number("packed_bytes", info.packed_bytes)
      .add_number("unpacked_bytes", sums.unpacked_bytes)
      .add_number("trash_entries", info.trash_entries)
      .add_number("trash_bytes", info.trash_bytes)
      .add_number("receipts", info.quarantine_entries)
      .add_number("quarantine_bytes", info.quarantine_bytes)
      .add_number("cache_bytes", info.cache_bytes)
      .add_number("leftovers", info.leftovers)
      .add_number("leftover_bytes", info.leftover_bytes);
  if (checked) object.add_number("droppable_bytes", sums.droppable_bytes);
  object.add_number("bytes", info.session_bytes + info.trash_bytes + info.quarantine_bytes +
                                 info.cache_bytes + info.leftover_bytes);
  context.print(object);
}

std::string ratio(std::uint64_t before, std::uint64_t after) {
  const std::uint64_t tenths = after == 0 ? 0 : before * 10 / after;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "x";
}

void print_table(const StoreInfo& info, const Sums& sums, bool checked, Context& context) {
  Output& output = context.output();
  Table table({{"BYTES", true}, {"COUNT", true}, {"WHAT"}, {"HOW TO MAKE ROOM"}});
  const auto add = [&](std::uint64_t bytes, std::uint64_t count, std::string what,
                       const std::string& command) {
    table.add({size_cell(bytes, output), std::to_string(count), std::move(what), command});
  };
  const auto hint = [&](const char* command) { return context.command_hint(command); };
  const std::uint64_t plain = info.sessions - info.packed_sessions;
  add(info.session_bytes - info.packed_bytes, plain, "sessions",
      info.read_only ? "" : hint("pack --older-than 30d") + ", or prune");
  if (info.packed_sessions > 0) {
    add(info.packed_bytes, info.packed_sessions,
        "packed sessions (" + ratio(sums.unpacked_bytes, info.packed_bytes) + ")",
        hint("prune --older-than 90d"));
  }
  add(info.trash_bytes, info.trash_entries, "trash", hint("purge --all"));
  add(info.quarantine_bytes, info.quarantine_entries, "quarantine",
      "remove the files of receipts that need no undo");
  add(info.cache_bytes, 0, "cache", "may be deleted at any time");
  if (info.leftovers > 0) {
    add(info.leftover_bytes, info.leftovers, "leftovers of rewrites", hint("vacuum --all"));
  }
  add(info.session_bytes + info.trash_bytes + info.quarantine_bytes + info.cache_bytes +
          info.leftover_bytes,
      info.sessions + info.trash_entries + info.quarantine_entries + info.leftovers, "all", "");
  table.print(output);
  if (checked) {
    output.write(size_text(sums.droppable_bytes) +
                 " of the sessions are padding, blank lines and superseded metadata" +
                 (sums.droppable_bytes > 0 ? ": " + hint("vacuum SESSION") + " drops them" : "") +
                 "\n");
  }
}

// "tool output 71 %, images 20 %": what makes it big.
std::string largest_parts(const Examination& examination) {
  std::vector<std::pair<std::uint64_t, std::string>> parts;
  for (std::size_t i = 0; i < kSizeParts; ++i) {
    std::string name(size_part_name(static_cast<SizePart>(i)));
    if (examination.sizes.at(i) > 0) parts.emplace_back(examination.sizes.at(i), std::move(name));
  }
  std::sort(parts.rbegin(), parts.rend());
  std::string text;
  constexpr std::size_t kShown = 3;
  for (std::size_t i = 0; i < std::min(parts.size(), kShown); ++i) {
    const std::uint64_t percent =
        parts[i].first * 100 / std::max<std::uint64_t>(examination.record_bytes, 1);
    text += (text.empty() ? "" : ", ") + parts[i].second + " " + std::to_string(percent) + " %";
  }
  return text;
}

void print_top(const SessionInfo& session, const Result<Examination>& examination,
               Context& context) {
  if (context.json()) {
    JsonObject parts;
    for (std::size_t i = 0; examination.ok() && i < kSizeParts; ++i) {
      std::string name(size_part_name(static_cast<SizePart>(i)));
      std::replace(name.begin(), name.end(), ' ', '_');
      parts.add_number(name, examination->sizes.at(i));
    }
    context.print(JsonObject("everturn.du_session/1")
                      .add("key", session.key)
                      .add_number("bytes", session.bytes)
                      .add_number("unpacked_bytes", session.unpacked_bytes)
                      .add_raw("parts", parts.text()));
    return;
  }
  Output& output = context.output();
  output.write(size_text(session.bytes) + "  " + printable(session.key) +
               (examination.ok() ? "  " + largest_parts(*examination) : "  cannot be read") + "\n");
}

Result<int> run_du(const DuArguments& arguments, Context& context) {
  Store* store = TRY(context.store());
  const StopSignals signals;
  const StoreInfo info = TRY(store->info());
  std::vector<SessionInfo> sessions;
  const bool needs_list = arguments.top || arguments.check || info.packed_sessions > 0;
  if (needs_list) sessions = TRY(store->list());
  const Sums sums = sum_up(*store, sessions, arguments.check, context);
  if (context.json()) {
    print_json(info, sums, arguments.check, context);
  } else {
    print_table(info, sums, arguments.check, context);
  }
  std::stable_sort(sessions.begin(), sessions.end(),
                   [](const SessionInfo& a, const SessionInfo& b) { return a.bytes > b.bytes; });
  const auto top = std::min<std::size_t>(arguments.top.value_or(0), sessions.size());
  for (std::size_t i = 0; i < top && StopSignals::received() == 0; ++i) {
    print_top(sessions[i], examine(*store, sessions[i].key), context);
  }
  for (const std::string& problem : sums.problems) {
    context.report(Status(Code::io, "not counted: " + problem));
  }
  for (const std::string& warning : info.warnings) {
    context.output().note("note: " + printable(warning));
  }
  return sums.problems.empty() ? kExitOk : static_cast<int>(Code::io);
}

}  // namespace

void add_du(Command& root, Context& context) {
  auto arguments = std::make_shared<DuArguments>();
  Command command =
      root.add_command("du", "Where the bytes are, and how to make room", kLookAfterGroup);
  command.option("--top", "N", arguments->top, "Also the N largest sessions, and what fills them");
  command.flag("--check", arguments->check, "Read every session, and count what vacuum would drop");
  command.footer(
      "Into a pipe: bytes, count, what and how to make room, separated by tabs. With --store\n"
      "agents: it tells of the sessions of other agents.");
  command.action([arguments, &context] { return run_du(*arguments, context); });
}

}  // namespace everturn::cli
