// SPDX-License-Identifier: Apache-2.0
// A page for a terminal. What is said is indented; headings and what is folded begin in the first
// column, so that nothing in a record can pass for them.
#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "views/json_text.h"
#include "views/page_writer.h"

namespace everturn {
namespace {

class TextPage : public PageWriter {
 public:
  explicit TextPage(const PageOptions& options) : full_(options.full), paint_(options.paint) {}

  std::string begin(const PageOptions& /*options*/, const Survey& /*survey*/) override {
    return {};
  }

  std::string begin_earlier(std::uint64_t records) override {
    is_empty_ = false;
    if (full_) return line(PageStyle::folded, "= before the last compaction" + count(records));
    return line(PageStyle::folded,
                "= before the last compaction" + count(records) + "; --full shows it");
  }

  std::string end_earlier(std::uint64_t /*records*/) override {
    return full_ ? line(PageStyle::folded, "= after the last compaction") : std::string();
  }

  std::string block(const Block& block) override {
    if (block.kind == BlockKind::aside && !full_) {
      for (const auto& [type, count] : block.types) asides_[type] += count;
      return {};
    }
    std::string text;
    if (headings_.is_due(block)) text += heading(block);
    is_empty_ = false;
    switch (block.kind) {
      case BlockKind::words:
        return text + words(block);
      case BlockKind::thinking:
        return text + thinking(block);
      case BlockKind::call:
        return text + call(block);
      case BlockKind::result:
        return text + result(block.result.value_or(BlockResult()), block.name);
      case BlockKind::image:
        return text + line(PageStyle::folded, "[" + block.text + "]");
      case BlockKind::summary:
        return text + (full_ ? indented(block.text) : folded("", block.text));
      case BlockKind::aside:
        return text + line(PageStyle::folded, ". " + aside_text(block.types));
      case BlockKind::unknown:
        return text + indented(block.text);
      case BlockKind::damage:
        break;
    }
    return text + line(PageStyle::damage, "!! " + damage_sentence(block.damage));
  }

  std::string end(std::uint64_t /*records*/, std::uint64_t /*damaged*/) override {
    asides_.erase("metadata");  // every session of a store has that
    if (asides_.empty()) return {};
    return "\n" + line(PageStyle::folded, ". " + aside_text(asides_) + "; --full shows them");
  }

 private:
  [[nodiscard]] std::string paint(PageStyle style, std::string_view text) const {
    return paint_ ? paint_(style, text) : std::string(text);
  }

  // One line in the first column, made safe.
  [[nodiscard]] std::string line(PageStyle style, std::string_view text) const {
    return paint(style, printable(text)) + "\n";
  }

  static std::string count(std::uint64_t records) {
    return ": " + std::to_string(records) + (records == 1 ? " record" : " records");
  }

  std::string heading(const Block& block) const {
    PageStyle style = PageStyle::system;
    if (block.speaker == Speaker::user) style = PageStyle::user;
    if (block.speaker == Speaker::assistant) style = PageStyle::assistant;
    std::string text = is_empty_ ? "" : "\n";
    text += paint(style, printable(speaker_text(block)));
    std::string more;
    const bool has_name = block.kind == BlockKind::words || block.kind == BlockKind::unknown;
    if (has_name && !block.is_queued && !block.name.empty()) more += "  " + block.name;
    if (!block.model.empty() && block.speaker == Speaker::assistant) more += "  " + block.model;
    if (!block.time.empty()) more += "  " + block.time;
    if (block.is_queued) more += "  (typed while the model was at work)";
    if (tells_unsent(block)) more += "  (not part of what is sent)";
    if (!more.empty()) text += paint(PageStyle::folded, printable(more));
    return text + "\n";
  }

  // Each line apart, in a style: a pager shows styles only up to the end of a line.
  [[nodiscard]] std::string indented(std::string_view text, bool is_folded = false) const {
    const std::string safe = printable_lines(text);
    std::string block;
    for (std::string_view rest = safe; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view one = rest.substr(0, end);
      if (!one.empty())
        block += "  " + (is_folded ? paint(PageStyle::folded, one) : std::string(one));
      block += '\n';
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return block;
  }

  // "~ program: <system-reminder> ... (1,204 characters)"
  [[nodiscard]] std::string folded(std::string_view what, std::string_view text) const {
    constexpr std::size_t kCharacters = 80;
    const std::string first = cut_line(text, kCharacters);
    std::string line_text = "~ " + std::string(what) + first;
    if (first.ends_with("...")) line_text += " (" + readable_size(text.size()) + ")";
    return line(PageStyle::folded, line_text);
  }

  std::string words(const Block& block) const {
    // What a program puts in is long, and nobody's words.
    if (block.speaker == Speaker::program && !full_) return folded("", block.text);
    return indented(block.text);
  }

  std::string thinking(const Block& block) const {
    if (block.text.empty()) return line(PageStyle::folded, "~ thinks, sealed");
    if (!full_) return folded("thinks: ", block.text);
    return line(PageStyle::folded, "~ thinks:") + indented(block.text, true);
  }

  std::string call(const Block& block) const {
    const std::string name = block.name.empty() ? "a tool" : block.name;
    std::string text = line(PageStyle::folded, "> " + name + (full_ ? "" : " " + block.summary));
    if (full_) text += indented(block.text, true);
    if (!block.result) return text + line(PageStyle::folded, "< no result");
    return text + result(*block.result, "");
  }

  std::string result(const BlockResult& result, std::string_view tool) const {
    const std::string mark = "< " + (tool.empty() ? "" : std::string(tool) + ": ");
    if (!full_) return line(PageStyle::folded, mark + result_summary(result));
    std::string first = mark + (result.is_failed ? "failed:" : "result:");
    if (result.text.empty()) first += " nothing";
    return line(PageStyle::folded, first) + indented(result.text, true);
  }

  bool full_;
  std::function<std::string(PageStyle, std::string_view)> paint_;
  Headings headings_;
  std::map<std::string, std::uint64_t> asides_;
  bool is_empty_ = true;
};

}  // namespace

std::unique_ptr<PageWriter> text_page(const PageOptions& options) {
  return std::make_unique<TextPage>(options);
}

}  // namespace everturn
