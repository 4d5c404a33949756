// SPDX-License-Identifier: Apache-2.0
// A page as one HTML file. Every text of the session is escaped and made harmless, and stands
// between tags or in quoted attributes; there are no links and no scripts, and a policy in the page
// forbids the browser what a mistake here could let in.
#include <algorithm>

#include "base/utf8.h"
#include "views/html_style.h"
#include "views/json_text.h"
#include "views/page_writer.h"

namespace everturn {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'";
constexpr std::size_t kTitleCharacters = 160;

// `safe` without anything that HTML gives a meaning.
std::string escaped(std::string_view safe) {
  std::string text;
  text.reserve(safe.size() + safe.size() / 16);
  for (const char c : safe) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\'':
        text += "&#39;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string line(std::string_view text) { return escaped(printable(text)); }
std::string lines(std::string_view text) { return escaped(printable_lines(text)); }
std::string pre(std::string_view text) { return "<pre dir=\"auto\">\n" + lines(text) + "</pre>\n"; }
std::string soft(std::string_view text) { return "<span class=\"soft\">" + line(text) + "</span>"; }

// Words, with what stands between lines of ``` set as code.
std::string prose(std::string_view text) {
  std::string html;
  std::string piece;
  bool is_code = false;
  const auto end_piece = [&] {
    std::string_view said = piece;
    if (!is_code) {
      while (said.starts_with('\n')) said.remove_prefix(1);
      while (said.ends_with('\n')) said.remove_suffix(1);
    }
    if (is_code) {
      html += pre(said);
    } else if (!said.empty()) {
      html += "<div class=\"text\" dir=\"auto\">" + lines(said) + "</div>\n";
    }
    piece.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = text.substr(0, end);
    const std::size_t start = std::min(one.find_first_not_of(' '), one.size());
    if (one.substr(start).starts_with("```")) {
      end_piece();
      is_code = !is_code;
    } else {
      piece += one;
      piece += '\n';
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  end_piece();
  return html;
}

class HtmlPage : public PageWriter {
 public:
  std::string begin(const PageOptions& options, const Survey& survey) override {
    const std::string found = survey.title();
    const std::string title =
        line(found.empty() ? options.name : cut_line(found, kTitleCharacters));
    std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    html += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + std::string(kPolicy) +
            "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n<title>" +
            title + "</title>\n<style>" + kHtmlStyle + "</style>\n</head>\n<body>\n<header>\n<h1>" +
            title + "</h1>\n<p>Session <code>" + line(options.name) + "</code>, " +
            records_text(survey.records()) + ", read as " + line(survey.dialect().name);
    const std::string from = readable_time(survey.first_time());
    if (!from.empty()) {
      html += ", from <time>" + line(from) + "</time> to <time>" +
              line(readable_time(survey.last_time())) + "</time>";
    }
    return html + "</p>\n</header>\n<main>\n";
  }

  std::string begin_earlier(std::uint64_t records) override {
    return "<details class=\"earlier\">\n<summary>Before the last compaction: " +
           records_text(records) + "</summary>\n";
  }
  std::string end_earlier(std::uint64_t /*records*/) override {
    return end_turn() + "</details>\n";
  }

  std::string block(const Block& block) override {
    std::string html;
    if (headings_.is_due(block)) html += heading(block);
    switch (block.kind) {
      case BlockKind::words:
        return html + words(block);
      case BlockKind::thinking:
        return html + thinking(block);
      case BlockKind::call:
      case BlockKind::result:
        return html + call(block);
      case BlockKind::image:
        return html + image(block);
      case BlockKind::summary:
        return html + prose(block.text);
      case BlockKind::aside:
        return html + "<p class=\"soft\">" + line(aside_text(block.types)) + "</p>\n";
      case BlockKind::unknown:
        return html + pre(block.text);
      case BlockKind::damage:
        break;
    }
    return html +
           "<p class=\"damage\" role=\"note\">Damage: " + line(damage_sentence(block.damage)) +
           "</p>\n";
  }

  std::string end(std::uint64_t records, std::uint64_t damaged) override {
    std::string html = end_turn() + "</main>\n<footer>\n<p>" + records_text(records);
    if (damaged > 0) {
      html += ", and " + std::to_string(damaged) +
              (damaged == 1 ? " damaged place" : " damaged places") + ", marked above";
    }
    return html + ". Exported by Everturn.</p>\n</footer>\n</body>\n</html>\n";
  }

 private:
  static std::string records_text(std::uint64_t records) {
    return std::to_string(records) + (records == 1 ? " record" : " records");
  }

  std::string end_turn() {
    const bool was_open = is_open_;
    is_open_ = false;
    return was_open ? "</section>\n" : "";
  }

  std::string heading(const Block& block) {
    const bool is_user = block.speaker == Speaker::user;
    const bool is_model = block.speaker == Speaker::assistant;
    std::string html = end_turn() + "<section class=\"turn";
    html += is_user ? " user" : is_model ? " assistant" : "";
    html += "\">\n<h2>" + line(speaker_text(block));
    const bool has_name = block.kind == BlockKind::words || block.kind == BlockKind::unknown;
    if (has_name && !block.is_queued && !block.name.empty()) html += soft(block.name);
    if (is_model && !block.model.empty()) html += soft(block.model);
    if (!block.time.empty()) html += "<time>" + line(block.time) + "</time>";
    if (block.is_queued) html += soft("typed while the model was at work");
    if (tells_unsent(block)) html += soft("not part of what is sent");
    is_open_ = true;
    return html + "</h2>\n";
  }

  static std::string words(const Block& block) {
    if (block.speaker != Speaker::program) return prose(block.text);
    return "<details>\n<summary>" + line(cut_line(block.text, 100)) + "</summary>\n" +
           pre(block.text) + "</details>\n";
  }

  static std::string thinking(const Block& block) {
    if (block.text.empty()) return "<p class=\"soft\">thinking, sealed</p>\n";
    return "<details>\n<summary>thinking: " + line(cut_line(block.text, 100)) + "</summary>\n" +
           prose(block.text) + "</details>\n";
  }

  static std::string call(const Block& block) {
    const bool is_failed = block.result && block.result->is_failed;
    const std::string name = block.name.empty() ? "tool" : block.name;
    const std::string outcome = block.result ? result_summary(*block.result) : "no result";
    std::string html = "<details class=\"tool";
    html += is_failed ? " failed" : "";
    html += "\">\n<summary><b>" + line(name) + "</b> <code>" + line(block.summary) +
            "</code><span class=\"outcome\">" + line(outcome) + "</span></summary>\n";
    if (!block.text.empty()) html += "<h3>Arguments</h3>\n" + pre(block.text);
    if (block.result) html += "<h3>Result</h3>\n" + pre(block.result->text);
    return html + "</details>\n";
  }

  static std::string image(const Block& block) {
    if (block.image_url.empty()) return "<p class=\"soft\">[" + line(block.text) + "]</p>\n";
    return "<p><img src=\"" + escaped(block.image_url) + "\" alt=\"" + line(block.text) +
           "\"></p>\n";
  }

  Headings headings_;
  bool is_open_ = false;
};

}  // namespace

std::unique_ptr<PageWriter> html_page() { return std::make_unique<HtmlPage>(); }

}  // namespace everturn
