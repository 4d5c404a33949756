// SPDX-License-Identifier: Apache-2.0
// A page as Markdown. What comes from the session stands in fences that are longer than any run of
// backticks in it, or in code spans: it stays what it is, and none of it is taken for markup.
#include <algorithm>

#include "base/utf8.h"
#include "views/json_text.h"
#include "views/page_writer.h"

namespace everturn {
namespace {

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string fenced(std::string_view text, std::string_view language) {
  std::string safe = printable_lines(text);
  const std::string fence(std::max<std::size_t>(3, longest_run(safe, '`') + 1), '`');
  if (!safe.empty() && !safe.ends_with('\n')) safe += '\n';
  return fence + std::string(language) + "\n" + safe + fence + "\n\n";
}

// One line in the middle of a text.
std::string span(std::string_view text) {
  const std::string safe = printable(text);
  if (safe.find_first_not_of(' ') == std::string::npos) return "(empty)";
  const std::string ticks(longest_run(safe, '`') + 1, '`');
  return ticks + " " + safe + " " + ticks;
}

class MarkdownPage : public PageWriter {
 public:
  std::string begin(const PageOptions& options, const Survey& survey) override {
    const std::string title = survey.title();
    std::string text = "# " + span(title.empty() ? options.name : cut_line(title, 120)) + "\n\n";
    text += "Session " + span(options.name) + ", " + std::to_string(survey.records()) +
            (survey.records() == 1 ? " record" : " records") + ", read as " +
            std::string(survey.dialect().name);
    const std::string from = readable_time(survey.first_time());
    const std::string to = readable_time(survey.last_time());
    if (!from.empty()) text += ", from " + span(from) + " to " + span(to);
    return text + ".\n\n";
  }

  std::string begin_earlier(std::uint64_t records) override {
    return "---\n\n# Before the last compaction: " + std::to_string(records) +
           (records == 1 ? " record" : " records") + "\n\n";
  }
  std::string end_earlier(std::uint64_t /*records*/) override {
    return "---\n\n# After the last compaction\n\n";
  }

  std::string block(const Block& block) override {
    std::string text;
    if (headings_.is_due(block)) text += heading(block);
    switch (block.kind) {
      case BlockKind::words:
      case BlockKind::summary:
        return text + fenced(block.text, "markdown");
      case BlockKind::thinking:
        if (block.text.empty()) return text + "Thinking, sealed.\n\n";
        return text + "Thinking:\n\n" + fenced(block.text, "text");
      case BlockKind::call:
        text += "Tool call " + span(block.name) + "\n\n" + fenced(block.text, "text");
        return text + (block.result ? result(*block.result) : "No result.\n\n");
      case BlockKind::result:
        if (!block.name.empty()) text += "Tool " + span(block.name) + "\n\n";
        return text + result(block.result.value_or(BlockResult()));
      case BlockKind::image:
        return text + "Image: " + span(block.text) + "\n\n";
      case BlockKind::aside:
        return text + span(aside_text(block.types)) + "\n\n";
      case BlockKind::unknown:
        return text + fenced(block.text, "json");
      case BlockKind::damage:
        break;
    }
    return text + "> **Damage:** " + span(damage_sentence(block.damage)) + "\n\n";
  }

  std::string end(std::uint64_t /*records*/, std::uint64_t damaged) override {
    if (damaged == 0) return {};
    return "---\n\nDamaged places: " + std::to_string(damaged) + ".\n";
  }

 private:
  static std::string heading(const Block& block) {
    std::string text = "## " + speaker_text(block);
    const bool has_name = block.kind == BlockKind::words || block.kind == BlockKind::unknown;
    if (has_name && !block.is_queued && !block.name.empty()) text += " " + span(block.name);
    if (!block.time.empty()) text += " " + span(block.time);
    if (block.is_queued) text += " (typed while the model was at work)";
    if (tells_unsent(block)) text += " (not part of what is sent)";
    return text + "\n\n";
  }

  static std::string result(const BlockResult& result) {
    return (result.is_failed ? "Result, failed:\n\n" : "Result:\n\n") + fenced(result.text, "text");
  }

  Headings headings_;
};

}  // namespace

std::unique_ptr<PageWriter> markdown_page() { return std::make_unique<MarkdownPage>(); }

}  // namespace everturn
