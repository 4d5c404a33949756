// SPDX-License-Identifier: Apache-2.0
// everturn history.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class History : public CliTest {
 protected:
  void append_call() {
    must({"append", "s", "--quiet"},
         "{\"role\":\"user\",\"content\":\"hi\"}\n"
         "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\",\"type\":"
         "\"function\",\"function\":{\"name\":\"ls\",\"arguments\":\"{}\"}}]}\n");
  }
};

TEST_F(History, GivesLegalMessagesAndTellsOfStandIns) {
  append_call();
  const Ran ran = run({"history", "s"});
  EXPECT_EQ(ran.exit_code, 0);
  const std::vector<std::string> lines = lines_of(ran.out);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0], R"({"role":"user","content":"hi"})");
  EXPECT_THAT(lines[2], HasSubstr(R"({"role":"tool","tool_call_id":"c1","content":"[No result)"));
  EXPECT_THAT(ran.err, HasSubstr("1 message put in"));
}

TEST_F(History, TheFormatAndTheLimitsAreChosen) {
  append_call();
  EXPECT_THAT(must({"history", "s", "--format", "anthropic", "--unfinished", "drop"}),
              R"({"role":"user","content":[{"type":"text","text":"hi"}]})"
              "\n");
  EXPECT_THAT(lines_of(must({"history", "s", "--format", "native", "--unfinished", "keep"})),
              SizeIs(2));
  EXPECT_EQ(run({"history", "s", "--format", "xml"}).exit_code, 2);
  EXPECT_EQ(run({"history", "s", "--dialect", "klingon"}).exit_code, 2);
  EXPECT_EQ(run({"history", "nobody"}).exit_code, 3);
}

TEST_F(History, JsonMarksWhatWasPutInAndCounts) {
  append_call();
  const std::vector<std::string> lines = lines_of(must({"history", "s", "--json"}));
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[2], HasSubstr(R"("stand_in":true)"));
  EXPECT_THAT(lines[3], HasSubstr(R"("schema":"everturn.history/1")"));
  EXPECT_THAT(lines[3], HasSubstr(R"("messages":3,)"));
  EXPECT_THAT(lines[3], HasSubstr(R"("stand_ins":1,)"));
}

TEST_F(History, AStrictBoundaryStartsBehindWhatWasConsolidated) {
  must({"append", "s", "--quiet"},
       "{\"role\":\"user\",\"content\":\"old\",\"timestamp\":\"2026-08-20T10:02:11\"}\n"
       "{\"role\":\"user\",\"content\":\"new\",\"timestamp\":\"2026-08-20T10:02:12\"}\n");
  must({"meta", "set", "s", "--last-consolidated", "1", "--quiet"});
  EXPECT_THAT(lines_of(must({"history", "s"})), SizeIs(2));
  EXPECT_THAT(lines_of(must({"history", "s", "--boundary", "strict"})),
              ElementsAre(R"({"role":"user","content":"new"})"));
}

// `text` with a byte in it that is no UTF-8.
std::string broken(std::string text) { return text.insert(text.find("old") + 1, "\xFF"); }

TEST_F(History, ARecordThatIsReadMendedCountsOnce) {
  const std::string old = R"({"role":"user","content":"old","timestamp":"2026-08-20T10:02:11"})";
  const std::string file = folder() + "/s.jsonl";
  const std::string metadata = R"({"_type":"metadata","key":"s","last_consolidated":2})";
  const std::string last = R"({"role":"user","content":"new","timestamp":"2026-08-20T10:02:12"})";
  append_to_file(file, metadata + "\n" + broken(old) + "\n" + old + "\n" + last + "\n");
  EXPECT_THAT(lines_of(must({"history", file, "--boundary", "strict"})),
              ElementsAre(R"({"role":"user","content":"new"})"));
}

TEST_F(History, AResultThatIsReadMendedGetsNoStandIn) {
  append_call();
  append_to_file(
      only_session_file(),
      broken(R"({"role":"tool","tool_call_id":"c1","name":"ls","content":"old"})") + "\n");
  const std::string before = read_whole(only_session_file());
  const std::vector<std::string> lines = lines_of(run({"history", "s"}).out);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[2], HasSubstr("o\xEF\xBF\xBDld"));
  EXPECT_THAT(run({"history", "s", "--write-closers", "--json"}).out,
              HasSubstr(R"("stand_ins":0,"written_stand_ins":0,)"));
  EXPECT_EQ(read_whole(only_session_file()), before);
}

TEST_F(History, AResultOverTheSizeLimitGetsNoStandIn) {
  append_call();
  const std::string text(3000, 'x');
  must({"append", "s", "--quiet"},
       R"({"role":"tool","tool_call_id":"c1","name":"ls","content":")" + text + "\"}\n");
  EXPECT_THAT(run({"history", "s", "--max-record", "1K", "--write-closers", "--json"}).out,
              AllOf(HasSubstr(text), HasSubstr(R"("stand_ins":0,"written_stand_ins":0,)")));
  EXPECT_THAT(lines_of(must({"load", "s"})), SizeIs(3));
}

TEST_F(History, WrittenClosersAreRecordsAndAreWrittenOnce) {
  append_call();
  const Ran ran = run({"history", "s", "--write-closers"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, AllOf(HasSubstr("1 stand-in written to s"), Not(HasSubstr("put in"))));
  EXPECT_THAT(lines_of(ran.out), SizeIs(3));
  EXPECT_THAT(lines_of(must({"load", "s"})), SizeIs(3));
  EXPECT_THAT(must({"history", "s", "--write-closers", "--json"}),
              HasSubstr(R"("stand_ins":0,"written_stand_ins":0,)"));
  EXPECT_THAT(lines_of(must({"load", "s"})), SizeIs(3));
}

TEST_F(History, ClosersGoIntoAnotherAgentsFolderOnlyIfThatIsAllowed) {
  const std::string agents = folder() + "/agents";
  std::filesystem::create_directory(agents);
  const std::string lines =
      R"({"type":"user","uuid":"a","parentUuid":null,"sessionId":"s","message":{"role":"user",)"
      R"("content":"go"}})"
      "\n"
      R"({"type":"assistant","uuid":"b","parentUuid":"a","sessionId":"s","message":{"id":"m",)"
      R"("role":"assistant","content":[{"type":"tool_use","id":"t","name":"ls","input":{}}]}})"
      "\n";
  append_to_file(agents + "/one_session.jsonl", lines);
  const Arguments ask = {"history", "one_session", "--store", "dir:" + agents, "--write-closers"};
  EXPECT_NE(run(ask).exit_code, 0);
  EXPECT_EQ(read_whole(agents + "/one_session.jsonl"), lines);
  Arguments allowed = ask;
  allowed.emplace_back("--write-foreign");
  EXPECT_THAT(run(allowed).err, HasSubstr("1 stand-in written"));
  EXPECT_THAT(read_whole(agents + "/one_session.jsonl"),
              AllOf(testing::StartsWith(lines), HasSubstr(R"("parentUuid":"b")")));
}

}  // namespace
}  // namespace everturn::cli_test
