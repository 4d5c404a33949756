// SPDX-License-Identifier: Apache-2.0
// everturn show: a session as a person reads it, damage in its place.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/json_object.h"
#include "cli/reading.h"
#include "views/json_text.h"
#include "views/readable.h"

namespace everturn::cli {
namespace {

struct ShowArguments {
  std::string key;
  std::optional<std::uint64_t> last;
  bool raw = false;
};

Style style_of_role(std::string_view role) {
  if (role == "user") return Style::green;
  if (role == "assistant") return Style::cyan;
  if (role == "tool") return Style::yellow;
  if (role == "system") return Style::blue;
  return Style::dim;
}

std::string_view mark_of(PartKind kind) {
  switch (kind) {
    case PartKind::thinking:
      return "thinks: ";
    case PartKind::tool_call:
      return "calls ";
    case PartKind::text:
    case PartKind::other:
      break;
  }
  return "";
}

// Every line of content is indented, so that none can pass for a heading or for damage.
std::string indented(std::string_view text) {
  std::string block;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) block += "  ";
    block += text.substr(0, end);
    block += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return block;
}

// Prints the records and, by offset, the damage between them.
class Presenter {
 public:
  Presenter(std::vector<Damage> damage, bool raw, Output& output)
      : damage_(std::move(damage)), raw_(raw), output_(output) {}

  bool show(const Record& record) {
    show_damage_before(record.position.offset);
    if (raw_) return output_.write(printable(compact_json(record.bytes)) + "\n");
    return output_.write(readable_text(make_readable(record.bytes)));
  }

  void show_rest() { show_damage_before(UINT64_MAX); }

 private:
  void show_damage_before(std::uint64_t offset) {
    for (; next_ < damage_.size() && damage_[next_].offset <= offset; ++next_) {
      output_.write(output_.paint(Style::red, "!! " + damage_text(damage_[next_])) +
                    (raw_ ? "\n" : "\n\n"));
    }
  }

  [[nodiscard]] std::string readable_text(const Readable& readable) const {
    std::string heading = output_.paint(style_of_role(readable.role),
                                        readable.role.empty() ? "record" : readable.role);
    if (!readable.name.empty()) heading += " " + output_.paint(Style::bold, readable.name);
    if (!readable.time.empty()) heading += "  " + output_.paint(Style::dim, readable.time);
    std::string text = heading + "\n";
    for (const ReadablePart& part : readable.parts) text += part_text(part);
    return text + "\n";
  }

  [[nodiscard]] std::string part_text(const ReadablePart& part) const {
    const std::string name = part.name.empty() ? "" : part.name + " ";
    std::string block = indented(std::string(mark_of(part.kind)) + name + part.text);
    if (part.kind == PartKind::text) return block;
    std::string dimmed;  // line by line: a pager shows styles only up to the end of a line
    for (std::string_view rest = block; !rest.empty();) {
      const std::size_t end = rest.find('\n');
      dimmed += output_.paint(Style::dim, rest.substr(0, end)) + "\n";
      rest.remove_prefix(end + 1);
    }
    return dimmed;
  }

  std::vector<Damage> damage_;
  bool raw_;
  Output& output_;
  std::size_t next_ = 0;
};

std::string readable_json(const Record& record) {
  const Readable readable = make_readable(record.bytes);
  std::vector<std::string> parts;
  for (const ReadablePart& part : readable.parts) {
    constexpr std::array kNames = {"text", "thinking", "tool_call", "other"};
    parts.push_back(JsonObject()
                        .add("kind", kNames.at(static_cast<std::size_t>(part.kind)))
                        .add("name", part.name)
                        .add("text", part.text)
                        .text());
  }
  return JsonObject("everturn.readable/1")
      .add("position", record.position.to_string())
      .add("role", readable.role)
      .add("name", readable.name)
      .add("time", readable.time)
      .add_list("parts", parts)
      .line();
}

Result<int> show_json(const ShowArguments& arguments, Context& context) {
  Output& output = context.output();
  ReadOptions options;
  options.last = arguments.last;
  const FoundSession session = TRY(find_session(context, arguments.key));
  const ReadReport report = TRY(read_session(context, session, options, [&](const Record& record) {
    return output.write(arguments.raw ? record_json_line(record) : readable_json(record));
  }));
  if (!output.flush()) return kExitOk;
  report_damage(context, report);
  return kExitOk;
}

Result<int> run_show(const ShowArguments& arguments, Context& context) {
  if (context.json()) return show_json(arguments, context);
  ReadOptions options;
  options.last = arguments.last;
  const FoundSession session = TRY(find_session(context, arguments.key));
  // Read twice: the damage is known at the end of a reading, and is to be shown in its place.
  ReadReport report =
      TRY(read_session(context, session, options, [](const Record&) { return true; }));
  options.from = report.records > 0 ? report.begin : Position{};
  options.last.reset();
  const std::vector<Note> notes = std::move(report.notes);  // some only a whole reading has
  const std::uint64_t note_count = report.note_count;
  Presenter presenter(std::move(report.damage), arguments.raw, context.output());
  if (report.records > 0) {
    report = TRY(read_session(context, session, options,
                              [&](const Record& record) { return presenter.show(record); }));
  }
  presenter.show_rest();
  if (!context.output().flush()) return kExitOk;
  if (report.records == 0) context.output().note("note: the session holds no record");
  report.notes = notes;
  report.note_count = note_count;
  report.damage.clear();
  report.damage_count -= std::min<std::uint64_t>(report.damage_count, kDamageListed);
  report_damage(context, report);
  return kExitOk;
}

}  // namespace

void add_show(Command& root, Context& context) {
  auto arguments = std::make_shared<ShowArguments>();
  Command command = root.add_command("show", "Show a session for reading", kReadGroup);
  command.argument("SESSION", arguments->key, kSessionHelp);
  command.option("-n,--last", "N", arguments->last, "Only the last N records");
  command.flag("--raw", arguments->raw, "Each record as compact JSON on a line");
  command.footer(
      "Chat messages are shown by role, tool calls and all; other records as JSON. Control\n"
      "characters in them are spelled out, such as \\u{1B}: nothing in a transcript can act on\n"
      "the terminal. Damage is shown in its place. For exact bytes, see load.");
  command.action([arguments, &context] { return run_show(*arguments, context); });
}

}  // namespace everturn::cli
