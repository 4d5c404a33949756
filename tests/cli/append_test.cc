// SPDX-License-Identifier: Apache-2.0
// everturn append and everturn save.
#include <gmock/gmock.h>
#include <signal.h>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class Append : public CliTest {};
class Save : public CliTest {};

TEST_F(Append, RecordsComeBackByteForByte) {
  const std::string records = "{ \"b\":1.0e5,\t\"a\":\"\\u00e9\\/\" }\n{\"a\":1,\"a\":2}\n";
  EXPECT_THAT(must({"append", "s"}, records), StartsWith("2 records appended to s, durable"));
  EXPECT_EQ(must({"load", "s"}), records);
}

TEST_F(Append, TheLastLineMayLackItsEnd) {
  must({"append", "s"}, "{\"a\":1}\n{\"a\":2}");
  EXPECT_EQ(must({"load", "s"}), "{\"a\":1}\n{\"a\":2}\n");
}

TEST_F(Append, BlankLinesAreSkippedAndCounted) {
  const Ran ran = run({"append", "s"}, "\n{\"a\":1}\n  \t\n");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.err, HasSubstr("2 blank lines skipped"));
  EXPECT_EQ(must({"load", "s"}), "{\"a\":1}\n");
}

TEST_F(Append, ABadLineIsNamedAndNothingIsWritten) {
  const Ran ran = run({"append", "s"}, "{\"a\":1}\n\n{\"a\":x}\n");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("line 3, byte 5"));
  EXPECT_EQ(run({"load", "s"}).exit_code, 3);
}

TEST_F(Append, ALineOverTheLimitIsNamed) {
  const Ran ran =
      run({"append", "s", "--max-record", "1K"}, "{}\n{\"a\":\"" + std::string(2000, 'x') + "\"}");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("line 2 has more than 1024 bytes"));
}

TEST_F(Append, NothingToAppendIsFine) {
  EXPECT_THAT(must({"append", "s"}, ""), StartsWith("0 records appended"));
  EXPECT_EQ(run({"load", "s"}).exit_code, 3);
}

TEST_F(Append, TheExpectedVersionGuards) {
  append_three("s");
  const std::string version = lines_of(must({"version", "s"})).at(0);
  must({"append", "s", "--expect", version}, "{\"n\":\"d\"}");
  const Ran late = run({"append", "s", "--expect", version}, "{\"n\":\"e\"}");
  EXPECT_EQ(late.exit_code, 4);
  EXPECT_EQ(run({"append", "s", "--expect", "none"}, "{}").exit_code, 4);
  EXPECT_THAT(must({"load", "s", "--last", "1"}), "{\"n\":\"d\"}\n");
}

TEST_F(Append, ARepeatedOperationAddsNothing) {
  must({"append", "s", "--once", "turn-1"}, "{\"a\":1}");
  EXPECT_THAT(must({"append", "s", "--once", "turn-1"}, "{\"a\":1}"), HasSubstr("1 already there"));
  EXPECT_EQ(must({"load", "s"}), "{\"a\":1}\n");
}

TEST_F(Append, ARecordOfTheSameIdentityIsNotAddedAgain) {
  must({"append", "s", "--once-member", "id"}, "{\"id\":1}");
  must({"append", "s", "--once-member", "id"}, "{\"id\":1}\n{\"id\":2}");
  EXPECT_EQ(must({"load", "s"}), "{\"id\":1}\n{\"id\":2}\n");
}

TEST_F(Append, CreateDecidesWhetherTheSessionMayBeNew) {
  EXPECT_EQ(run({"append", "s", "--create", "never"}, "{}").exit_code, 3);
  must({"append", "s", "--create", "must"}, "{}");
  EXPECT_EQ(run({"append", "s", "--create", "must"}, "{}").exit_code, 4);
}

TEST_F(Append, LevelsAreTold) {
  append_three("s");  // creating a session is durable at any level
  EXPECT_THAT(must({"append", "s", "--level", "kernel"}, "{}"), HasSubstr("not yet durable"));
  EXPECT_THAT(must({"append", "s", "--level", "interval:50"}, "{}"), HasSubstr(", durable"));
  EXPECT_THAT(must({"append", "s", "--padded"}, "{}"), HasSubstr(", durable"));
  EXPECT_EQ(run({"append", "s", "--level", "wish"}, "{}").exit_code, 2);
}

TEST_F(Append, RecordsThatNanobotCannotReadAreRefused) {
  const Ran ran = run({"append", "s", "--for", "nanobot"}, "{\"a\":\"\\ud800\"}");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("line 1: nanobot could not read this record"));
  const std::string deep = std::string(2000, '[') + std::string(2000, ']');
  for (const std::string& value : {deep, std::string(5000, '9')}) {
    EXPECT_EQ(run({"append", "s", "--for", "nanobot"}, "{\"a\":" + value + "}").exit_code, 2);
    must({"append", "s"}, "{\"a\":" + value + "}");
  }
  EXPECT_EQ(run({"append", "s", "--for", "others"}, "{}").exit_code, 2);
  must({"append", "s"}, "{\"a\":\"\\ud800\"}");
}

TEST_F(Append, EachLineIsAcknowledged) {
  const std::string out = must({"append", "s", "--each"}, "{\"a\":1}\n\n{\"a\":2}");
  EXPECT_THAT(out, MatchesRegex("ok [0-9a-f]+\\.[0-9]+\nok [0-9a-f]+\\.[0-9]+\n"));
  EXPECT_EQ(must({"load", "s"}), "{\"a\":1}\n{\"a\":2}\n");
}

TEST_F(Append, EachStopsAtABadLineAndKeepsTheOnesBefore) {
  const Ran ran = run({"append", "s", "--each"}, "{\"a\":1}\n{bad}\n{\"a\":3}\n");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("line 2, byte 1"));
  EXPECT_EQ(lines_of(ran.out).size(), 1U);
  EXPECT_EQ(must({"load", "s"}), "{\"a\":1}\n");
}

TEST_F(Append, EachExpectsAVersionOnceAndThenItsOwn) {
  must({"append", "s", "--each", "--expect", "none"}, "{\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(run({"append", "s", "--each", "--expect", "none"}, "{\"a\":3}").exit_code, 4);
}

TEST_F(Append, EachTakesNoOperationId) {
  EXPECT_EQ(run({"append", "s", "--each", "--once", "x"}, "{}").exit_code, 2);
}

TEST_F(Append, AcknowledgedLinesOutliveAKill) {
  const auto process = start({"append", "s", "--each", "--padded"});
  for (int i = 0; i < 20; ++i) {
    process->write("{\"n\":" + std::to_string(i) + "}\n");
    ASSERT_THAT(process->read_line(), StartsWith("ok "));
  }
  process->signal(SIGKILL);
  EXPECT_EQ(process->wait(), 128 + SIGKILL);
  const std::vector<std::string> records = lines_of(must({"load", "s"}));
  ASSERT_EQ(records.size(), 20U);
  EXPECT_EQ(records.back(), "{\"n\":19}");
}

TEST_F(Append, ASignalEndsItWithEverythingAcknowledged) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    const std::string key = "s" + std::to_string(number);
    const auto process = start({"append", key, "--each", "--level", "interval:3600000"});
    process->write("{\"a\":1}\n");
    ASSERT_THAT(process->read_line(), StartsWith("ok "));
    process->signal(number);
    EXPECT_EQ(process->wait(), 128 + number);
    EXPECT_EQ(must({"load", key, "--strict"}), "{\"a\":1}\n");
  }
}

TEST_F(Append, ASignalBeforeTheEndOfABatchWritesNothing) {
  append_three("s");
  const auto process = start({"append", "s", "--quiet"});
  process->write("{\"n\":\"d\"}\n");
  process->signal(SIGTERM);
  EXPECT_EQ(process->wait(), 128 + SIGTERM);
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 3U);
}

TEST_F(Save, ReplacesAllRecordsOfTheExpectedVersion) {
  append_three("s");
  const std::string version = lines_of(must({"version", "s"})).at(0);
  EXPECT_THAT(must({"save", "s", "--expect", version}, "{\"n\":\"x\"}"),
              StartsWith("1 record saved to s"));
  EXPECT_EQ(must({"load", "s"}), "{\"n\":\"x\"}\n");
  EXPECT_EQ(run({"save", "s", "--expect", version}, "{}").exit_code, 4);
}

TEST_F(Save, NeedsAVersionOrForce) {
  append_three("s");
  EXPECT_EQ(run({"save", "s"}, "{}").exit_code, 2);
  EXPECT_EQ(run({"save", "s", "--expect", "none"}, "{}").exit_code, 4);
  must({"save", "s", "--force"}, "{}");
  EXPECT_EQ(must({"load", "s"}), "{}\n");
}

TEST_F(Save, ANewSessionExpectsNone) {
  must({"save", "s", "--expect", "none"}, "{\"a\":1}");
  EXPECT_EQ(must({"load", "s"}), "{\"a\":1}\n");
}

TEST_F(Save, AnEmptyInputIsAMistakeUnlessForced) {
  append_three("s");
  const std::string version = lines_of(must({"version", "s"})).at(0);
  EXPECT_EQ(run({"save", "s", "--expect", version}, "").exit_code, 2);
  must({"save", "s", "--force"}, "");
  EXPECT_EQ(must({"load", "s"}), "");
}

TEST_F(Save, MergingKeepsWhatOthersAppended) {
  append_three("s");
  const std::string version = lines_of(must({"version", "s"})).at(0);
  const std::string loaded = must({"load", "s"});
  must({"append", "s"}, "{\"n\":\"theirs\"}");
  must({"save", "s", "--merge", "--expect", version}, loaded + "{\"n\":\"mine\"}\n");
  EXPECT_EQ(must({"load", "s"}), loaded + "{\"n\":\"theirs\"}\n{\"n\":\"mine\"}\n");
}

TEST_F(Save, ABadLineChangesNothing) {
  append_three("s");
  const Ran ran = run({"save", "s", "--force"}, "{}\n[1]\n");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("line 2"));
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 3U);
}

}  // namespace
}  // namespace everturn::cli_test
