// SPDX-License-Identifier: Apache-2.0
// everturn show: a session as a person reads it, damage in its place.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/pager.h"
#include "cli/reading.h"
#include "cli/session_input.h"
#include "everturn/page.h"
#include "everturn/views.h"
#include "views/entry_json.h"
#include "views/json_text.h"
#include "views/report_json.h"

namespace everturn::cli {
namespace {

struct ShowArguments {
  std::string key;
  std::optional<std::uint64_t> last;
  std::optional<std::string> at;
  Position from;  // of `at`
  std::optional<std::string> dialect;
  bool raw = false;
  bool full = false;
  bool no_pager = false;
};

constexpr std::uint64_t kRecordsToRecognize = 16;

Style style_of(PageStyle style) {
  constexpr std::array kStyles = {Style::green, Style::cyan, Style::blue, Style::dim, Style::red};
  return kStyles.at(static_cast<std::size_t>(style));
}

// The dialect that was asked for, or the one that the first records look like.
Result<std::string> dialect_of(const ShowArguments& arguments, SessionInput& input) {
  if (arguments.dialect) return *arguments.dialect;
  std::vector<std::string> first;
  ReadOptions how;
  how.with_metadata = true;
  how.limit = kRecordsToRecognize;
  TRY(input.read(how, [&](const Record& record) {
    first.emplace_back(record.bytes);
    return true;
  }));
  const std::vector<std::string_view> views(first.begin(), first.end());
  return std::string(recognize_dialect(views));
}

// What is left to tell when the damage was shown in its place.
void report_rest(Context& context, ReadReport report) {
  if (report.records == 0) context.output().note("note: the session holds no record");
  report.damage_count -= report.damage.size();
  report.damage.clear();
  report_damage(context, report);
}

// All of these read twice: where damage lies, and what of the session is shown, is known at the end
// of a reading.
Result<int> show_json(const ShowArguments& arguments, SessionInput& input, Context& context) {
  Output& output = context.output();
  const std::string dialect = TRY(dialect_of(arguments, input));
  ReadOptions how;
  how.last = arguments.last;
  how.from = arguments.from;
  const ReadReport report = TRY(input.read(how, [](const Record&) { return true; }));
  how.last.reset();
  if (report.records > 0) how.from = report.begin;
  TRY(input.read_with_damage(
      how, report,
      [&](const Record& record) {
        return output.write(arguments.raw ? record_object(record).line()
                                          : readable_object(dialect, record).line());
      },
      [&](const Damage& damage) { return output.write(damage_object(damage).line()); }));
  if (output.flush()) report_rest(context, report);
  return kExitOk;
}

Result<int> show_raw(const ShowArguments& arguments, SessionInput& input, Context& context) {
  Output& output = context.output();
  ReadOptions how;
  how.last = arguments.last;
  how.from = arguments.from;
  const ReadReport report = TRY(input.read(how, [](const Record&) { return true; }));
  how.last.reset();
  if (report.records > 0) how.from = report.begin;
  Pager pager(output, !arguments.no_pager);
  TRY(input.read_with_damage(
      how, report,
      [&](const Record& record) {
        return output.write(printable(compact_json(record.bytes)) + "\n");
      },
      [&](const Damage& damage) {
        return output.write(output.paint(Style::red, "!! " + damage_text(damage)) + "\n");
      }));
  pager.close();
  if (output.flush()) report_rest(context, report);
  return kExitOk;
}

Result<int> show_page(const ShowArguments& arguments, SessionInput& input, Context& context) {
  Output& output = context.output();
  PageOptions options;
  options.name = input.key();
  options.full = arguments.full;
  options.dialect =
      arguments.last ? TRY(dialect_of(arguments, input)) : arguments.dialect.value_or("");
  options.paint = [&output](PageStyle style, std::string_view text) {
    return output.paint(style_of(style), text);
  };
  Page page(options, [&output](std::string_view text) { return output.write(text); });
  ReadOptions how;
  how.with_metadata = !arguments.last;
  how.last = arguments.last;
  if (arguments.last) how.from = arguments.from;
  if (arguments.at) {  // is it a place in this session?
    ReadOptions there;
    there.from = arguments.from;
    there.limit = 0;
    TRY(input.read(there, [](const Record&) { return false; }));
  }
  // Where the page begins at a place, what stands before is looked at all the same: a later record
  // may be a part of it.
  std::uint64_t before = 0;
  ReadReport report = TRY(input.read(how, [&](const Record& record) {
    if (record.position.offset < arguments.from.offset) ++before;
    return page.look(record.bytes);
  }));
  how.last.reset();
  const bool begins_at = arguments.at && !arguments.last;
  how.from = report.records > 0 && !begins_at ? report.begin : arguments.from;
  const std::size_t damage_before = std::erase_if(
      report.damage, [&](const Damage& damage) { return damage.offset < arguments.from.offset; });
  report.damage_count -= damage_before;
  Pager pager(output, !arguments.no_pager);
  page.begin(before);
  TRY(input.read_with_damage(
      how, report, [&](const Record& record) { return page.add(record.bytes); },
      [&](const Damage& damage) { return page.add_damage(damage); }));
  page.end();
  pager.close();
  if (output.flush()) report_rest(context, report);
  return kExitOk;
}

Result<int> run_show(ShowArguments& arguments, Context& context) {
  if (arguments.dialect) CHECK_OK(check_dialect(*arguments.dialect));
  if (arguments.at) arguments.from = TRY(Position::parse(*arguments.at));
  SessionInput input = TRY(SessionInput::open(context, arguments.key));
  if (context.json()) return show_json(arguments, input, context);
  return arguments.raw ? show_raw(arguments, input, context) : show_page(arguments, input, context);
}

}  // namespace

void add_show(Command& root, Context& context) {
  auto arguments = std::make_shared<ShowArguments>();
  Command command = root.add_command("show", "Show a session for reading", kReadGroup);
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.option("-n,--last", "N", arguments->last, "Only the last N records");
  command.option("--at", "POSITION", arguments->at,
                 "From this record on: a position, as search prints it");
  command.flag("--full", arguments->full,
               "Fold nothing: tool calls, results, thoughts, what came before a compaction");
  command.flag("--raw", arguments->raw, "Each record as compact JSON on a line");
  command.option("--dialect", "NAME", arguments->dialect,
                 "nanobot, claude, codex, pi, gemini, openai, generic; default: by content");
  command.flag("--no-pager", arguments->no_pager, "Never through $PAGER");
  command.footer(
      "Who speaks stands in the first column, and so does what is folded to a line:\n"
      "  >  a tool call and what it is about     <  what came of it, and its size\n"
      "  ~  thoughts, what a program put in      .  records about the session\n"
      "  =  what came before the compaction      !! damage, in its place\n"
      "What was said is indented. Control characters in it are spelled out, such as \\u{1B}:\n"
      "nothing in a transcript can act on the terminal. On a terminal the text goes through\n"
      "$PAGER, or less. For exact bytes, see load.\n"
      "\n"
      "With --json: an object for each record, with its entries, and one for damage, in its "
      "place.");
  command.action([arguments, &context] { return run_show(*arguments, context); });
}

}  // namespace everturn::cli
