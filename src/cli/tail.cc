// SPDX-License-Identifier: Apache-2.0
// everturn tail: the last records, and with -f what comes after them.
#include <chrono>
#include <memory>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/reading.h"

namespace everturn::cli {
namespace {

// How long a reader of our output can be gone before we notice.
constexpr std::chrono::milliseconds kLookAround(500);

struct TailArguments {
  std::string key;
  std::optional<std::uint64_t> last;
  bool follow = false;
};

Status follow(const FoundSession& session, Position from, Context& context) {
  Store* store = session.store;
  const std::string& key = session.key;
  Output& output = context.output();
  std::unique_ptr<Watch> watch = TRY(store->watch(key, from));
  const auto sink = [&](const Record& record) {
    return record.kind == RecordKind::metadata || write_record(context, record);
  };
  while (true) {
    const WatchEvent event = TRY(watch->next(kLookAround, sink));
    if (!output.flush() || !output.look_for_reader()) return output.status();
    if (event == WatchEvent::removed) {
      return {Code::not_found, "tail " + printable(key) + ": it was deleted or renamed"};
    }
    if (event == WatchEvent::reset) {
      output.note("note: " + printable(key) + " was rewritten; from its beginning:");
      watch = TRY(store->watch(key, Position{}));
    }
  }
}

Result<int> run_tail(const TailArguments& arguments, Context& context) {
  ReadOptions options;
  options.last = arguments.last.value_or(10);
  const FoundSession session = TRY(find_session(context, arguments.key));
  const ReadReport report = TRY(read_session(context, session, options, [&](const Record& record) {
    return write_record(context, record);
  }));
  if (!context.output().flush()) return kExitOk;
  report_damage(context, report);
  if (arguments.follow) CHECK_OK(follow(session, report.end, context));
  return kExitOk;
}

}  // namespace

void add_tail(Command& root, Context& context) {
  auto arguments = std::make_shared<TailArguments>();
  Command command = root.add_command("tail", "Print the last records, and follow", kReadGroup);
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.option("-n,--last", "N", arguments->last, "How many records [10]");
  command.flag("-f,--follow", arguments->follow, "Go on with what any process appends");
  command.footer(
      "With -f a rewritten session is printed again from its beginning, after a note on standard\n"
      "error; a deleted or renamed one ends it with exit status 3.");
  command.action([arguments, &context] { return run_tail(*arguments, context); });
}

}  // namespace everturn::cli
