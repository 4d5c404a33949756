// SPDX-License-Identifier: Apache-2.0
// Pages for a terminal; what all formats share. Markdown and HTML: page_safety_test.cc.
#include "everturn/page.h"

#include <gmock/gmock.h>

#include "views/page_test_help.h"

namespace everturn::views_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string call_with(const std::string& id, const std::string& arguments) {
  return chat("assistant", "",
              ",\"tool_calls\":[{\"id\":" + q(id) +
                  R"(,"type":"function","function":{"name":"exec","arguments":)" + q(arguments) +
                  "}}]");
}

TEST(TextPage, TurnsHaveHeadingsAndTheirTextIsIndented) {
  EXPECT_EQ(page_of({R"({"role":"user","content":"hi\nyou"})",
                     R"({"role":"assistant","content":"a","model":"m"})",
                     R"({"role":"assistant","content":"b"})"}),
            "user\n  hi\n  you\n\nassistant  m\n  a\n  b\n");
}

TEST(TextPage, ACallIsALineAboutItselfAndALineOfItsResult) {
  EXPECT_THAT(page_of({call_with("c", R"({"timeout":9,"command":"ls -l"})"),
                       chat_result("c", "one\ntwo\n")}),
              HasSubstr("> exec ls -l\n< one... (2 lines, 8 B)\n"));
}

TEST(TextPage, ParallelCallsStandWithTheirOwnResults) {
  EXPECT_THAT(page_of({chat_calls({"a", "b"}), chat_result("b", "of b"), chat_result("a", "of a")}),
              HasSubstr("> ls {}\n< of a\n> ls {}\n< of b\n"));
}

TEST(TextPage, ACallWithoutAResultSaysSoBeforeTheNextTurn) {
  EXPECT_THAT(page_of({chat_calls({"a"}), chat("user", "next")}),
              AllOf(HasSubstr("< no result\n\nuser"), HasSubstr("  next")));
}

TEST(TextPage, AResultWhoseCallIsNotThereIsShown) {
  EXPECT_THAT(page_of({chat_result("x", "lost")}), HasSubstr("< ls: lost\n"));
}

TEST(TextPage, WhatASubAgentSaysInSeveralCopiesIsShownOnce) {
  const std::string inner =
      Claude{"x1", ""}.assistant("mx", text_block("found it"), "\"isSidechain\":true,");
  const std::string data = R"("data":{"type":"agent_progress","message":)" + inner + "}";
  const std::string page =
      page_of({Claude{"u1", ""}.user("search"), Claude{"p1", "u1"}.record("progress", data),
               Claude{"p2", "p1"}.record("progress", data)});
  const std::size_t first = page.find("found it");
  ASSERT_NE(first, std::string::npos) << page;
  EXPECT_EQ(page.find("found it", first + 1), std::string::npos) << page;
}

TEST(TextPage, AFailedResultSaysSo) {
  Claude call{"u1", ""};
  const std::string result = Claude{"u2", "u1"}.record(
      "user", R"("message":{"role":"user","content":[{"tool_use_id":"t","type":"tool_result",)"
              R"("is_error":true,"content":"no such file"}]})");
  EXPECT_THAT(page_of({call.assistant("m", use_block("t")), result}),
              HasSubstr("< failed: no such file\n"));
}

TEST(TextPage, ThoughtsAreFoldedToALineUnlessAllIsAskedFor) {
  const Lines lines = {
      R"({"role":"assistant","content":"42","reasoning_content":"6 times 7\nis it"})"};
  EXPECT_THAT(page_of(lines), HasSubstr("~ thinks: 6 times 7... (15 B)\n  42\n"));
  EXPECT_THAT(page_of(lines, options_of(PageFormat::text, true)),
              HasSubstr("~ thinks:\n  6 times 7\n  is it\n  42\n"));
}

TEST(TextPage, AnImageIsAPlaceholderInTurnsAndResults) {
  const std::string image = R"({"type":"image","source":{"type":"base64","media_type":"image/png",)"
                            R"("data":"iVBORw0KGgoAAAAN"}})";
  EXPECT_THAT(page_of({R"({"role":"user","content":[)" + image + "]}", chat_calls({"a"}),
                       R"({"role":"tool","tool_call_id":"a","content":[)" + image + "]}"}),
              AllOf(HasSubstr("[image/png, 12 B]\n"), HasSubstr("< [image/png, 12 B]"),
                    Not(HasSubstr("iVBOR"))));
}

TEST(TextPage, WhatCameBeforeACompactionIsFoldedWithItsCount) {
  const Lines lines = {Claude{"a", ""}.user("old question"),
                       Claude{"b", "a"}.assistant("m1", text_block("old answer")),
                       Claude{"c", ""}.user("what was said", "\"isCompactSummary\":true,"),
                       Claude{"d", "c"}.user("new question")};
  EXPECT_THAT(page_of(lines),
              AllOf(StartsWith("= before the last compaction: 2 records; --full shows it\n"),
                    Not(HasSubstr("old question")), HasSubstr("~ what was said\n"),
                    HasSubstr("  new question\n")));
  EXPECT_THAT(page_of(lines, options_of(PageFormat::text, true)),
              AllOf(HasSubstr("  old question\n"), HasSubstr("= after the last compaction\n")));
}

TEST(TextPage, ASummaryOfABranchFoldsNothing) {
  EXPECT_THAT(page_of({kPiHeader, pi("message", pi_user("kept"), "a"),
                       pi("branch_summary", R"("summary":"a try")", "b", "a")}),
              AllOf(HasSubstr("  kept\n"), HasSubstr("~ a try\n")));
}

TEST(TextPage, DamageStandsInItsPlace) {
  const std::string page = page_of({chat("user", "a"), chat("user", "b")}, {},
                                   {{1, {42, 7, DamageReason::zeros, "NUL \x1b bytes"}}});
  EXPECT_THAT(page, HasSubstr("  a\n!! 7 bytes at 42 are no record: zeros: NUL \\u{1B} bytes\n"));
  EXPECT_LT(page.find("!! 7"), page.find("  b\n"));
}

TEST(TextPage, AResponseThatIsWrittenAgainIsShownOnce) {
  const Lines lines = {Claude{"a", ""}.assistant("m", text_block("said")),
                       Claude{"b", "a"}.assistant("m", text_block("said") + "," + use_block("t"))};
  const std::string page = page_of(lines);
  EXPECT_EQ(page.find("said"), page.rfind("said"));
  EXPECT_THAT(page, HasSubstr("> ls"));
}

TEST(TextPage, OfAResponseThatGrowsOnlyWhatIsNewIsShown) {
  const std::string page = page_of({Claude{"a", ""}.assistant("m", text_block("one")),
                                    Claude{"b", "a"}.assistant("m", text_block("one and two")),
                                    Claude{"c", "b"}.assistant("m", text_block("one and two")),
                                    Claude{"d", "c"}.assistant("n", text_block("one and two"))});
  EXPECT_THAT(page, HasSubstr("  one\n   and two\n  one and two\n"));
}

TEST(TextPage, OfAMessageThatIsUpdatedTheLastStateIsShown) {
  const std::string page =
      page_of({kGeminiHeader, gemini("1", "user", "hi"), gemini("2", "gemini", "draft"),
               gemini("2", "gemini", "final")});
  EXPECT_THAT(page, AllOf(HasSubstr("  final\n"), Not(HasSubstr("draft"))));
}

TEST(TextPage, APromptTypedInMidTurnIsShownOnce) {
  const std::string page =
      page_of({R"({"type":"queue-operation","operation":"enqueue","content":"and the docs",)"
               R"("sessionId":"s","timestamp":"2026-08-20T10:02:11Z"})",
               Claude{"a", ""}.user("and the docs"), Claude{"b", "a"}.user("more")});
  EXPECT_THAT(page, HasSubstr("typed while the model was at work"));
  EXPECT_EQ(page.find("and the docs"), page.rfind("and the docs"));
}

TEST(TextPage, WhatAProgramPutsInAndRecordsAboutTheSessionAreFolded) {
  const Lines lines = {Claude{"a", ""}.user("<system>\nlong text", "\"isMeta\":true,"),
                       R"({"type":"mode","mode":"plan","sessionId":"s"})",
                       R"({"type":"mode","mode":"edit","sessionId":"s"})"};
  EXPECT_THAT(page_of(lines),
              AllOf(HasSubstr("program"), HasSubstr("~ <system>..."),
                    HasSubstr(". 2 records about the session: mode x 2; --full shows them\n")));
}

TEST(TextPage, TwinsOfWhatIsSaidAreNotShown) {
  const std::string page =
      page_of({codex("session_meta", R"({"id":"s"})"), codex_message("user", "hi"),
               codex("event_msg", R"({"type":"user_message","message":"hi"})")});
  EXPECT_EQ(page.find("  hi\n"), page.rfind("  hi\n"));
}

TEST(TextPage, UnknownRecordsAreShownAsJson) {
  EXPECT_EQ(page_of({R"({ "x": 1 })"}), "other\n  {\"x\":1}\n");
}

TEST(TextPage, NothingActsOnTheTerminal) {
  const std::string page = page_of(
      {R"({"role":"user\u001b[1m","name":"\u202e","timestamp":"\u0007","content":"\u001b]0;x",)"
       R"("model":"\u001b[3m","tool_calls":[{"function":{"name":"a\nb","arguments":"\u009b1m"}}]})",
       "{\"a\":\"\xC2\x9B\"}"});
  EXPECT_THAT(page, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\xC2\x9B")),
                          Not(HasSubstr("\xE2\x80\xAE")), Not(HasSubstr("\x07"))));
}

TEST(TextPage, ContentCannotPassForAHeadingOrForDamage) {
  EXPECT_EQ(page_of({R"({"role":"user","content":"a\n!! 3 bytes\nuser\n> ls\r\n"})"}),
            "user\n  a\n  !! 3 bytes\n  user\n  > ls\n");
}

TEST(TextPage, ACallThatIsAnsweredFarBelowDoesNotHoldBackThePage) {
  std::vector<std::string> pieces;
  Page page({}, [&](std::string_view piece) {
    pieces.emplace_back(piece);
    return true;
  });
  const std::string call = chat_calls({"late"});
  const std::string other = chat("assistant", std::string(1 << 16, 'x'));
  page.look(call);
  page.begin();
  page.add(call);
  for (int i = 0; i < 200; ++i) page.add(other);
  EXPECT_THAT(pieces, testing::Contains(HasSubstr("< no result")));
  page.add(chat_result("late", "here"));
  page.end();
  EXPECT_THAT(pieces, testing::Contains(HasSubstr("< ls: here")));
}

TEST(TextPage, WhatWasSaidIsGivenBeforeTheNextTurn) {
  std::string shown;
  Page page({}, [&](std::string_view piece) {
    shown = piece;  // only the last piece: nothing is held back to be given at the end
    return true;
  });
  const auto turn = [](int i) { return chat("user", "turn " + std::to_string(i)); };
  for (int i = 0; i < 1000; ++i) page.look(turn(i));
  page.begin();
  for (int i = 0; i < 1000; ++i) {
    page.add(turn(i));
    ASSERT_THAT(shown, HasSubstr("turn " + std::to_string(i) + "\n"));
  }
}

TEST(TextPage, ASinkThatHasEnoughStopsIt) {
  Page page({}, [](std::string_view) { return false; });
  const std::string record = chat("user", "a");
  page.look(record);
  page.begin();
  EXPECT_FALSE(page.add(record));
  EXPECT_FALSE(page.end());
}

TEST(AnyPage, AnyBytesAreRead) {
  for (const PageFormat format : {PageFormat::text, PageFormat::markdown, PageFormat::html}) {
    for (const std::string_view dialect : dialect_names()) {
      EXPECT_NO_FATAL_FAILURE(
          page_of({"", "{", "[1,2", "{\"role\":", "\xff\xfe", "{\"message\":{}}"},
                  options_of(format, false, std::string(dialect))));
    }
  }
}

}  // namespace
}  // namespace everturn::views_test
