// SPDX-License-Identifier: Apache-2.0
// everturn retain: keeps the newest messages of a session that nanobot or a store of ours wrote.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/json_object.h"
#include "cli/reading.h"
#include "cli/signals.h"
#include "cli/transcript_reading.h"

namespace everturn::cli {
namespace {

struct RetainArguments {
  std::string key;
  std::optional<std::uint64_t> keep;
  std::optional<std::string> archive;
  bool at_most = false;
  bool discard = false;
};

Status check(const RetainArguments& arguments) {
  if (!arguments.keep || *arguments.keep == 0) {
    return {Code::invalid, "retain needs --keep N, the number of messages to keep"};
  }
  if (arguments.archive && arguments.discard) {
    return {Code::invalid, "--archive keeps what goes, --discard does not: give one of them"};
  }
  return {};
}

// The records of the session, apart: those that stay, and those that go.
struct Split {
  std::vector<std::string> stay;
  std::vector<std::string> go;
  Version version;
};

Result<Split> split(const Reading& reading, const Retention& plan, Context& context) {
  Split split;
  std::uint32_t number = 0;
  ReadOptions how;
  how.with_metadata = true;
  const ReadReport report =
      TRY(read_session(context, reading.session, how, [&](const Record& record) {
        const bool goes = std::binary_search(plan.gone.begin(), plan.gone.end(), number++);
        if (record.kind != RecordKind::metadata) {
          (goes ? split.go : split.stay).emplace_back(record.bytes);
        }
        return true;
      }));
  const bool is_cut =
      std::any_of(report.damage.begin(), report.damage.end(),
                  [](const Damage& one) { return one.reason == DamageReason::oversize; });
  if (is_cut) {
    return Status(Code::invalid, printable(reading.session.key) +
                                     " holds a record over the size limit, which would go unseen; "
                                     "raise --max-record");
  }
  split.version = report.version;
  return split;
}

Status write_archive(const std::string& path, const std::vector<std::string>& records) {
  const std::unique_ptr<AtomicFile> file = TRY(create_new_file(path));
  for (const std::string& record : records) CHECK_OK(file->write(record + "\n"));
  return file->commit();
}

// What goes is durable elsewhere before the session changes. The offset comes first: killed in
// between, the session holds messages that are consolidated once more, and none goes missing.
Status apply(const RetainArguments& arguments, const Reading& reading, const Retention& plan,
             Context& context) {
  const Split records = TRY(split(reading, plan, context));
  if (!(records.version == reading.version)) {
    return {Code::conflict, printable(arguments.key) + " was written meanwhile; try again"};
  }
  Store& store = *reading.session.store;
  const std::string& key = reading.session.key;
  if (TRY(store.info()).read_only) {  // before there is an archive of what stays
    return {Code::invalid, printable(key) +
                               " is only for reading; in another agent's folder --store FOLDER "
                               "--write-foreign allows it"};
  }
  if (arguments.archive) CHECK_OK(write_archive(*arguments.archive, records.go));
  WriteOptions how;
  how.create = Create::never;
  how.expected = records.version;
  if (plan.dropped_consolidated > 0) {
    MetadataChange change;
    change.last_consolidated = static_cast<std::int64_t>(plan.kept_consolidated);
    how.expected = TRY(store.update_metadata(key, change, how)).version;
  }
  const std::vector<std::string_view> stay(records.stay.begin(), records.stay.end());
  TRY(store.save(key, stay, how));
  return {};
}

void print(const RetainArguments& arguments, const Retention& plan, bool applied,
           Context& context) {
  const std::uint64_t lost = plan.dropped - plan.dropped_consolidated;
  if (context.json()) {
    context.print(JsonObject("everturn.retain/1")
                      .add("key", arguments.key)
                      .add_bool("applied", applied)
                      .add_number("kept", plan.kept.size())
                      .add_number("dropped", plan.dropped)
                      .add_number("dropped_consolidated", plan.dropped_consolidated)
                      .add("archive", arguments.archive.value_or("")));
    return;
  }
  Output& output = context.output();
  const std::string verb = applied ? "" : "would be ";
  output.write(counted(plan.kept.size(), "message") + " " + verb + "kept, " +
               std::to_string(plan.dropped) + " " + verb + "dropped, of them " +
               std::to_string(plan.dropped_consolidated) + " consolidated and " +
               std::to_string(lost) + " not\n");
  if (applied && arguments.archive) output.say("what went is in " + printable(*arguments.archive));
  if (!applied && plan.dropped > 0) {
    output.note("note: nothing was changed; --archive FILE does it and keeps what goes");
  }
}

Result<int> run_retain(const RetainArguments& arguments, Context& context) {
  CHECK_OK(check(arguments));
  const StopSignals signals;
  Reading reading = TRY(read_transcript(context, arguments.key, std::nullopt, false));
  const Retention plan = TRY(
      reading.transcript.retention(static_cast<std::size_t>(*arguments.keep), !arguments.at_most));
  const bool applies = (arguments.archive || arguments.discard) && plan.dropped > 0;
  if (applies) CHECK_OK(apply(arguments, reading, plan, context));
  print(arguments, plan, applies, context);
  return kExitOk;
}

}  // namespace

void add_retain(Command& root, Context& context) {
  auto arguments = std::make_shared<RetainArguments>();
  Command command =
      root.add_command("retain", "Keep only a session's newest messages", kLookAfterGroup);
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.option("--keep", "N", arguments->keep, "How many messages");
  command.option("--archive", "FILE", arguments->archive,
                 "Do it; what goes is in this new file before the session changes");
  command.flag("--discard", arguments->discard, "Do it, and keep nothing of what goes");
  command.flag("--at-most", arguments->at_most,
               "Never more than N, though the newest may have to go then");
  command.footer(
      "What is kept begins at a user's turn, or the delivery before it, and has no result without\n"
      "its call: more than N messages where the last turn is longer. Without --archive or\n"
      "--discard it only tells what would go, and how much of that was consolidated. Records that\n"
      "are no messages stay. For sessions in nanobot's format, by nanobot's own rule.\n"
      "\n"
      "Example:\n"
      "  everturn retain telegram:12345 --keep 500 --archive old.jsonl");
  command.action([arguments, &context] { return run_retain(*arguments, context); });
}

}  // namespace everturn::cli
