// SPDX-License-Identifier: Apache-2.0
// everturn export: a session in another format, to standard output or to a new file.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/reading.h"
#include "cli/session_input.h"
#include "cli/signals.h"
#include "views/export.h"

namespace everturn::cli {
namespace {

struct ExportArguments {
  std::string key;
  std::optional<std::string> format;
  std::optional<std::string> to;
  std::optional<std::string> dialect;
};

// Where an export goes. A file is there whole, or not at all.
class Target {
 public:
  static Result<Target> open(const std::optional<std::string>& path, Output& output) {
    Target target(output);
    if (path) target.file_ = TRY(create_new_file(*path));
    return target;
  }

  // False: there is no use in going on.
  bool write(std::string_view text) {
    bytes_ += text.size();
    if (StopSignals::received() != 0) return false;
    if (file_ == nullptr) return output_->write(text);
    if (status_.ok()) status_ = file_->write(text);
    return status_.ok();
  }

  // Without it, and after a signal, no file appears.
  Status finish() {
    if (file_ == nullptr || StopSignals::received() != 0) return {};
    CHECK_OK(status_);
    return file_->commit();
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  explicit Target(Output& output) : output_(&output) {}
  Output* output_;
  std::unique_ptr<AtomicFile> file_;
  Status status_;
  std::uint64_t bytes_ = 0;
};

void tell(const ExportArguments& arguments, const std::string& format, const Target& target,
          Exported& exported, Context& context) {
  Output& output = context.output();
  if (context.json()) {
    std::vector<std::string> notes;
    for (const std::string& note : exported.notes) notes.push_back(quote_json(note));
    context.print(JsonObject("everturn.export/1")
                      .add("format", format)
                      .add("to", *arguments.to)
                      .add_number("records", exported.report.records)
                      .add_number("bytes", target.bytes())
                      .add_number("damage", exported.report.damage_count)
                      .add_list("notes", notes));
    return;
  }
  for (const std::string& note : exported.notes) output.note("note: " + note);
  if (arguments.to) output.say("written to " + printable(*arguments.to));
}

Result<int> run_export(const ExportArguments& arguments, Context& context) {
  const std::string format = arguments.format.value_or("");
  TRY(choose("--format", format, {"jsonl", "nanobot", "openai", "anthropic", "md", "html"}));
  if (arguments.dialect) CHECK_OK(check_dialect(*arguments.dialect));
  if (context.json() && !arguments.to) {
    return Status(Code::invalid,
                  "--json tells of an export that goes to a file: give --to FILE as well");
  }
  const StopSignals signals;
  SessionInput input = TRY(SessionInput::open(context, arguments.key));
  Target target = TRY(Target::open(arguments.to, context.output()));
  Result<Exported> result = export_session(
      input.store(), input.key(), {*export_format_of(format), arguments.dialect.value_or("")},
      [&target](std::string_view text) { return target.write(text); });
  if (!result.ok()) return with_list_hint(context, result.status());
  Exported& exported = *result;
  CHECK_OK(target.finish());
  if (StopSignals::received() != 0 || !context.output().flush()) return kExitOk;  // main tells why
  if (exported.shows_damage) {
    exported.report.damage_count -= exported.report.damage.size();
    exported.report.damage.clear();
  }
  if (!context.json()) report_damage(context, exported.report);
  tell(arguments, format, target, exported, context);
  return kExitOk;
}

}  // namespace

void add_export(Command& root, Context& context) {
  auto arguments = std::make_shared<ExportArguments>();
  Command command = root.add_command("export", "Write a session in another format", kReadGroup);
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.option("--format", "FORMAT", arguments->format,
                 "jsonl, nanobot, openai, anthropic, md, html");
  command.option("--to", "FILE", arguments->to,
                 "A new file instead of standard output; it appears whole");
  command.option("--dialect", "NAME", arguments->dialect,
                 "nanobot, claude, codex, pi, gemini, openai, generic; default: by content");
  command.footer(
      "  jsonl      the whole records, byte for byte, one a line\n"
      "  nanobot    a session file that nanobot loads\n"
      "  openai     {\"messages\":[...]} for the Chat Completions interface: all that was said\n"
      "  anthropic  {\"system\":...,\"messages\":[...]} for the Messages interface\n"
      "  md         Markdown; what was said stands in fences\n"
      "  html       one file for a browser: no scripts, nothing from elsewhere\n"
      "\n"
      "Of a damaged session md and html show where the damage is; the others go without it.\n"
      "\n"
      "Examples:\n"
      "  everturn export telegram:12345 --format html --to session.html\n"
      "  everturn export telegram:12345 --format jsonl | jq -r .content");
  command.action([arguments, &context] { return run_export(*arguments, context); });
}

}  // namespace everturn::cli
