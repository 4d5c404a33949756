// SPDX-License-Identifier: Apache-2.0
// everturn load, show, tail and version.
#include <gmock/gmock.h>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A torn record, a write that never reached the disk, and text.
constexpr std::string_view kDamage("{\"n\":\n\0\0\0\nnot \x1b[31mjson\n", 24);

class Load : public CliTest {};
class Show : public CliTest {};
class Tail : public CliTest {};

TEST_F(Load, RangesOfRecords) {
  append_three("s");
  EXPECT_EQ(must({"load", "s", "--last", "2"}), "{\"n\":\"b\"}\n{\"n\":\"c\"}\n");
  EXPECT_EQ(must({"load", "s", "--limit", "1"}), "{\"n\":\"a\"}\n");
  EXPECT_EQ(must({"load", "s", "--backwards", "--limit", "1"}), "{\"n\":\"c\"}\n");
}

TEST_F(Load, GoesOnFromAPosition) {
  append_three("s");
  const std::string ok = lines_of(must({"append", "s", "--each"}, "{\"n\":\"d\"}")).at(0);
  EXPECT_EQ(must({"load", "s", "--from", ok.substr(3)}), "{\"n\":\"d\"}\n");
  EXPECT_EQ(run({"load", "s", "--from", "nonsense"}).exit_code, 2);
}

TEST_F(Load, APositionFromBeforeARewriteIsAConflict) {
  const std::string ok = lines_of(must({"append", "s", "--each"}, "{\"n\":\"d\"}")).at(0);
  must({"save", "s", "--force"}, "{\"other\":1}");
  EXPECT_EQ(run({"load", "s", "--from", ok.substr(3)}).exit_code, 4);
}

TEST_F(Load, DamageIsToldAndTheRestIsPrinted) {
  append_three("s");
  append_to_file(only_session_file(), kDamage);
  append_to_file(only_session_file(), "{\"n\":\"d\"}\n");
  const Ran ran = run({"load", "s"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(lines_of(ran.out).size(), 4U);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("torn"), HasSubstr("zeros"), HasSubstr("not_json")));
  EXPECT_EQ(run({"load", "s", "--strict"}).exit_code, 5);
}

TEST_F(Load, OfMuchDamageTheBeginningIsTold) {
  append_three("s");
  for (int i = 0; i < 30; ++i) append_to_file(only_session_file(), "no\n{}\n");
  const std::vector<std::string> told = lines_of(run({"load", "s"}).err);
  ASSERT_EQ(told.size(), 21U);
  EXPECT_THAT(told.back(), HasSubstr("10 more"));
}

TEST_F(Load, TheFileComesAsItIs) {
  append_three("s");
  append_to_file(only_session_file(), kDamage);
  append_to_file(only_session_file(), "\r\n  {\"a\":1}\r\n\xFF\xFEtorn");
  EXPECT_EQ(must({"load", "s", "--file"}), read_whole(only_session_file()));
  EXPECT_EQ(run({"load", "s", "--file", "--json"}).exit_code, 2);
}

TEST_F(Load, MetadataRecordsComeOnRequest) {
  append_three("s");
  EXPECT_THAT(must({"load", "s", "--all"}), HasSubstr("\"_type\":\"metadata\""));
  EXPECT_THAT(must({"load", "s"}), Not(HasSubstr("_type")));
}

TEST_F(Load, AMissingSessionIsNotFoundWithAHint) {
  const Ran ran = run({"load", "nobody\x1b[1m"});
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err,
              AllOf(StartsWith("everturn: "), HasSubstr("everturn list"), Not(HasSubstr("\x1b"))));
}

TEST_F(Load, AReaderThatLeavesIsNoFailure) {
  must({"append", "s", "--quiet"}, [] {
    std::string records;
    for (int i = 0; i < 20000; ++i) records += "{\"n\":" + std::to_string(i) + "}\n";
    return records;
  }());
  auto process = start({"load", "s"});
  EXPECT_EQ(process->read_line(), "{\"n\":0}");
  process->close_output();
  EXPECT_EQ(process->wait(), 0);
}

TEST_F(Show, ReadsAsAConversation) {
  must({"append", "s", "--quiet"},
       "{\"role\":\"user\",\"content\":\"hi\\nyou\"}\n{\"role\":\"assistant\",\"tool_calls\":"
       "[{\"function\":{\"name\":\"ls\",\"arguments\":\"{}\"}}]}\n{\"x\": 1}\n");
  EXPECT_EQ(must({"show", "s"}),
            "user\n  hi\n  you\n\nassistant\n> ls {}\n< no result\n\nother\n  {\"x\":1}\n");
  EXPECT_EQ(must({"show", "s", "--raw", "--last", "1"}), "{\"x\":1}\n");
}

TEST_F(Show, NothingInARecordActsOnTheTerminal) {
  must({"append", "s", "--quiet"},
       "{\"role\":\"\\u001b[2J\",\"content\":\"x\"}\n"
       "{\"role\":\"user\",\"content\":\"\\u001b]0;title\\u0007 \\u202e \xC2\x9B"
       "1m\"}");
  const std::string shown = run_on_terminal({"show", "s", "--color", "never"}).out;
  EXPECT_THAT(shown,
              AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("\xE2\x80\xAE")),
                    Not(HasSubstr("\xC2\x9B")), HasSubstr("\\u{1B}]0;title")));
}

TEST_F(Show, ContentCannotPassForAHeading) {
  must({"append", "s", "--quiet"}, "{\"role\":\"user\",\"content\":\"a\\n!! 3 bytes\\nuser\"}");
  EXPECT_EQ(must({"show", "s"}), "user\n  a\n  !! 3 bytes\n  user\n");
}

TEST_F(Show, DamageStandsInItsPlace) {
  append_three("s");
  append_to_file(only_session_file(), kDamage);
  append_to_file(only_session_file(), "{\"n\":\"d\"}\n");
  const std::vector<std::string> shown = lines_of(must({"show", "s", "--raw"}));
  ASSERT_EQ(shown.size(), 7U);
  EXPECT_EQ(shown[2], "{\"n\":\"c\"}");
  EXPECT_THAT(shown[3], HasSubstr("torn"));
  EXPECT_THAT(shown[4], HasSubstr("zeros"));
  EXPECT_THAT(shown[5], AllOf(HasSubstr("not_json"), Not(HasSubstr("\x1b"))));
  EXPECT_EQ(shown[6], "{\"n\":\"d\"}");
}

TEST_F(Show, AFewRecordsAreReadAsTheSessionIs) {
  must({"append", "s", "--quiet"},
       R"({"type":"user","uuid":"a","parentUuid":null,"sessionId":"s","message":)"
       R"({"role":"user","content":"hi"}})"
       "\n"
       R"({"type":"mode","mode":"plan","sessionId":"s"})"
       "\n");
  EXPECT_THAT(must({"show", "s", "--last", "1"}), HasSubstr("1 record about the session: mode"));
  EXPECT_THAT(must({"show", "s", "--dialect", "generic"}), HasSubstr("\"mode\":\"plan\""));
  EXPECT_EQ(run({"show", "s", "--dialect", "klingon"}).exit_code, 2);
}

TEST_F(Show, JsonHasTheEntriesOfEachRecord) {
  must({"append", "s", "--quiet"}, R"({"role":"user","content":"hi"})");
  EXPECT_THAT(must({"show", "s", "--json"}),
              AllOf(HasSubstr(R"("dialect":"nanobot")"),
                    HasSubstr(R"("entries":[{"kind":"user","name":"","call_id":"")"),
                    HasSubstr(R"("text":"hi")")));
}

TEST_F(Show, JsonHasTheDamageInItsPlace) {
  append_three("s");
  append_to_file(only_session_file(), "nothing\n{\"n\":\"d\"}\n");
  for (const Arguments& how :
       {Arguments{"show", "s", "--json"}, Arguments{"show", "s", "--json", "--raw"}}) {
    const Ran ran = run(how);
    const std::vector<std::string> lines = lines_of(ran.out);
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_THAT(lines[3], AllOf(HasSubstr(R"("schema":"everturn.damage/1","offset":)"),
                                HasSubstr(R"("length":7,"reason":"not_json")")));
    EXPECT_EQ(ran.err, "");
  }
}

TEST_F(Show, OnATerminalAPagerTakesItAndElsewhereNone) {
  append_three("s");
  set_environment("PAGER", "sed 's/^/paged: /'");
  EXPECT_THAT(run_on_terminal({"show", "s", "--raw"}).out, HasSubstr("paged: {\"n\":\"a\"}"));
  EXPECT_THAT(run_on_terminal({"show", "s", "--raw", "--no-pager"}).out, Not(HasSubstr("paged")));
  EXPECT_THAT(must({"show", "s", "--raw"}), Not(HasSubstr("paged")));
}

TEST_F(Show, ThePagersEndChangesNoExitStatus) {
  append_three("s");
  for (const char* pager : {"exit 9", "head -n 1", "no-such-pager-anywhere"}) {
    set_environment("PAGER", pager);
    EXPECT_EQ(run_on_terminal({"show", "s"}).exit_code, 0) << pager;
    EXPECT_EQ(run_on_terminal({"show", "nobody"}).exit_code, 3) << pager;
  }
  EXPECT_THAT(run_on_terminal({"show", "s"}).out, HasSubstr("pager in PAGER was not found"));
}

TEST_F(Show, WhatIsLeftToTellComesBehindThePager) {
  append_three("s");
  append_to_file(only_session_file(), "{\"n\":\"unfinished");
  set_environment("PAGER", "cat; echo end of page");
  const std::string shown = run_on_terminal({"show", "s"}).out;
  EXPECT_LT(shown.find("end of page"), shown.find("have no line end"));
}

TEST_F(Show, DamageAloneIsShown) {
  append_three("s");
  must({"rewind", "s", "--pop", "3", "--quiet"});
  append_to_file(only_session_file(), "nothing\n");
  EXPECT_THAT(must({"show", "s"}), HasSubstr("!! 7 bytes"));
}

TEST_F(Tail, TheLastRecords) {
  append_three("s");
  EXPECT_EQ(must({"tail", "s", "-n", "1"}), "{\"n\":\"c\"}\n");
  EXPECT_EQ(lines_of(must({"tail", "s"})).size(), 3U);
}

TEST_F(Tail, FollowsOtherProcessesThroughARewriteToTheEnd) {
  append_three("s");
  const auto process = start({"tail", "-f", "s", "-n", "1", "--quiet"});
  EXPECT_EQ(process->read_line(), "{\"n\":\"c\"}");
  must({"append", "s"}, "{\"n\":\"d\"}");
  EXPECT_EQ(process->read_line(), "{\"n\":\"d\"}");
  must({"save", "s", "--force"}, "{\"n\":\"new\"}");
  EXPECT_EQ(process->read_line(), "{\"n\":\"new\"}");
  must({"rm", "s"});
  EXPECT_EQ(process->wait(), 3);
}

TEST_F(Tail, EndsWhenItsReaderHasLeft) {
  append_three("s");
  const auto process = start({"tail", "-f", "s", "-n", "1"});
  EXPECT_EQ(process->read_line(), "{\"n\":\"c\"}");
  process->close_output();
  EXPECT_EQ(process->wait(), 0);
}

TEST_F(Load, TheVersionOfNothingIsNone) { EXPECT_EQ(must({"version", "s"}), "none\n"); }

}  // namespace
}  // namespace everturn::cli_test
