// SPDX-License-Identifier: Apache-2.0
// Markdown and HTML pages: what is in a session stays a text.
#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "views/page_test_help.h"

namespace everturn::views_test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string html_of(const Lines& lines, const std::map<std::size_t, Damage>& damage = {}) {
  return page_of(lines, options_of(PageFormat::html), damage);
}
std::string markdown_of(const Lines& lines, const std::map<std::size_t, Damage>& damage = {}) {
  return page_of(lines, options_of(PageFormat::markdown), damage);
}

// What somebody may have put into a transcript to act on its reader.
const std::vector<std::string>& attacks() {
  static const std::vector<std::string> list = {
      "<script>alert(1)</script>",
      "</pre></details><img src=x onerror=alert(1)>",
      "\"><svg onload=alert(1)>",
      "' onmouseover='alert(1)",
      "[x](javascript:alert(1))",
      "</style></title><iframe src=//x>",
      "<!-- ",
      "]]><a href='javascript:1'>",
      "&lt;b&gt;",
  };
  return list;
}

// A session that says `text` wherever a text can stand.
Lines saying(const std::string& text) {
  return {"{\"_type\":\"metadata\",\"key\":" + q(text) + ",\"created_at\":" + q(text) +
              ",\"updated_at\":" + q(text) + ",\"metadata\":{\"title\":" + q(text) +
              "},\"last_consolidated\":0}",
          "{\"role\":\"user\",\"content\":" + q(text) + ",\"timestamp\":" + q(text) +
              ",\"name\":" + q(text) + "}",
          "{\"role\":\"assistant\",\"model\":" + q(text) + ",\"reasoning_content\":" + q(text) +
              ",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":" + q(text) +
              "}},{\"type\":\"image\",\"source\":{\"media_type\":\"image/png\",\"data\":" +
              q(text) + "}}],\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":" + q(text) +
              ",\"arguments\":" + q("{\"command\":" + q(text) + "}") + "}}]}",
          "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":" + q(text) + "}",
          "{\"role\":\"system\",\"content\":" + q(text) + "}",
          "{\"what\":" + q(text) + "}"};
}

// The tags of a page, in order, without their attributes' values.
std::vector<std::string> tags_of(std::string_view html) {
  std::vector<std::string> tags;
  for (std::size_t at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
    const std::string_view tag = html.substr(at, html.find('>', at) - at);
    std::string bare;
    bool is_quoted = false;
    for (const char c : tag) {
      if (c == '"') is_quoted = !is_quoted;
      if (!is_quoted) bare += c;
    }
    tags.push_back(bare);
  }
  return tags;
}

TEST(HtmlPage, NoTextOfASessionBecomesMarkup) {
  const std::vector<std::string> harmless = tags_of(html_of(saying("plain words")));
  for (const std::string& attack : attacks()) {
    const std::string html = html_of(saying(attack));
    EXPECT_EQ(tags_of(html), harmless) << attack;
    const bool is_markup = attack.find('<') != attack.npos;
    EXPECT_EQ(is_markup && html.find(attack) != html.npos, false) << attack;
  }
}

TEST(HtmlPage, HasNoScriptNoLinkAndAPolicyAgainstThem) {
  const std::string html = html_of({chat("user", "see https://example.org")});
  EXPECT_THAT(html, AllOf(HasSubstr("Content-Security-Policy"), HasSubstr("default-src 'none'"),
                          Not(HasSubstr("<script")), Not(HasSubstr("<a ")),
                          Not(HasSubstr("src=\"http")), Not(HasSubstr("<link"))));
}

TEST(HtmlPage, IsForLightAndDarkAndForPhones) {
  EXPECT_THAT(html_of({chat("user", "a")}),
              AllOf(HasSubstr("prefers-color-scheme: dark"), HasSubstr("width=device-width")));
}

TEST(HtmlPage, APictureOfASafeTypeIsInTheFile) {
  const auto image = [](const std::string& type, const std::string& data) {
    return html_of({R"({"role":"user","content":[{"type":"image","source":{"media_type":)" +
                    q(type) + ",\"data\":" + q(data) + "}}]}"});
  };
  EXPECT_THAT(image("image/png", "iVBORw0KGgo="),
              HasSubstr("<img src=\"data:image/png;base64,iVBORw0KGgo=\""));
  EXPECT_THAT(image("image/svg+xml", "PHN2Zz4="), Not(HasSubstr("<img")));
  EXPECT_THAT(image("image/png", "x\" onerror=\"1"), Not(HasSubstr("<img")));
}

TEST(HtmlPage, ControlsAndBidirectionalControlsAreSpelledOut) {
  const std::string html = html_of({R"({"role":"user","content":"\u202eabc\u0000\u001b[2J"})"});
  EXPECT_THAT(html, AllOf(HasSubstr("\\u{202E}abc\\u{00}\\u{1B}[2J"), Not(HasSubstr("\x1b")),
                          Not(HasSubstr("\xE2\x80\xAE"))));
}

TEST(HtmlPage, DamageIsShownInItsPlaceAndCounted) {
  const std::string html = html_of({chat("user", "first"), chat("user", "second")},
                                   {{1, {42, 7, DamageReason::torn, "<b>"}}});
  EXPECT_THAT(html, AllOf(HasSubstr("7 bytes at 42 are no record: torn: &lt;b&gt;"),
                          HasSubstr("1 damaged place, marked above")));
  EXPECT_LT(html.find("first"), html.find("7 bytes at 42"));
  EXPECT_LT(html.find("7 bytes at 42"), html.find("second"));
}

TEST(HtmlPage, EveryElementThatOpensIsClosed) {
  const std::string html = html_of(
      {Claude{"a", ""}.user("old"), Claude{"c", ""}.user("sum", "\"isCompactSummary\":true,"),
       Claude{"d", "c"}.user("```\ncode"),
       Claude{"e", "d"}.assistant("m", text_block("x") + "," + use_block("t"))});
  for (const std::string_view name : {"section", "details", "main", "pre", "div", "p", "body"}) {
    const std::vector<std::string> tags = tags_of(html);
    const auto opens = std::count_if(tags.begin(), tags.end(), [&](const std::string& tag) {
      return tag == "<" + std::string(name) || tag.starts_with("<" + std::string(name) + " ");
    });
    EXPECT_EQ(opens, std::count(tags.begin(), tags.end(), "</" + std::string(name))) << name;
  }
}

TEST(HtmlPage, CodeInFencesIsSetAsCode) {
  EXPECT_THAT(html_of({chat("assistant", "so:\n```py\nprint(1)\n```\ndone")}),
              HasSubstr("<pre dir=\"auto\">\nprint(1)\n</pre>"));
}

// The page without what stands in fences; a fence that stays open takes the rest.
std::string outside_fences(const std::string& markdown) {
  std::string outside;
  std::string fence;
  std::istringstream stream(markdown);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t ticks = std::min(line.find_first_not_of('`'), line.size());
    if (fence.empty() && ticks >= 3) {
      fence = line.substr(0, ticks);
    } else if (!fence.empty() && ticks >= fence.size() && ticks == line.size()) {
      fence.clear();
    } else if (fence.empty()) {
      outside += line + "\n";
    }
  }
  return fence.empty() ? outside : "a fence stays open";
}

TEST(MarkdownPage, FencesAreLongerThanAnyInTheContent) {
  const std::string markdown = markdown_of({chat("user", "```\n# no heading\n`````\n[x](y)")});
  EXPECT_THAT(markdown, HasSubstr("``````markdown\n```\n# no heading\n`````\n[x](y)\n``````\n"));
}

TEST(MarkdownPage, NoTextOfASessionStandsOutsideFencesAndCodeSpans) {
  std::vector<std::string> texts = attacks();
  texts.emplace_back("```\nout\n```");
  texts.emplace_back("` x ``` y");
  texts.emplace_back("a\n\n# heading");
  const std::string harmless = outside_fences(markdown_of(saying("plain words")));
  const auto spans_removed = [](const std::string& text) {
    std::string bare;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t ticks = std::min(text.find_first_not_of('`', at), text.size()) - at;
      if (ticks == 0) {
        bare += text[at++];
        continue;
      }
      const std::string mark = " " + std::string(ticks, '`');
      at = text.find(mark, at + ticks) + mark.size();
      bare += "S";
    }
    return bare;
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(spans_removed(outside_fences(markdown_of(saying(text)))), spans_removed(harmless))
        << text;
  }
}

TEST(MarkdownPage, DamageIsShownInItsPlace) {
  const std::string markdown = markdown_of({chat("user", "first"), chat("user", "second")},
                                           {{1, {42, 7, DamageReason::torn, "`x`"}}});
  EXPECT_THAT(markdown, HasSubstr("> **Damage:** `` 7 bytes at 42 are no record: torn: `x` ``"));
  EXPECT_LT(markdown.find("7 bytes at 42"), markdown.find("second"));
}

}  // namespace
}  // namespace everturn::views_test
