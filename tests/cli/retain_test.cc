// SPDX-License-Identifier: Apache-2.0
// everturn retain.
#include <gmock/gmock.h>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class Retain : public CliTest {
 protected:
  // Six messages, three turns; the first two messages are consolidated.
  void append_turns() {
    std::string records;
    for (int i = 1; i <= 3; ++i) {
      const std::string number = std::to_string(i);
      records += "{\"role\":\"user\",\"content\":\"ask " + number + "\"}\n" +
                 "{\"role\":\"assistant\",\"content\":\"say " + number + "\"}\n";
    }
    must({"append", "s", "--quiet"}, records);
    must({"meta", "set", "s", "--last-consolidated", "3", "--quiet"});
  }
  [[nodiscard]] std::string archive() const { return folder() + "/old.jsonl"; }
};

TEST_F(Retain, TellsWhatWouldGoAndChangesNothing) {
  append_turns();
  const std::string before = read_whole(only_session_file());
  const Ran ran = run({"retain", "s", "--keep", "3", "--at-most"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out,
            "2 messages would be kept, 4 would be dropped, of them 3 consolidated and 1 not\n");
  EXPECT_THAT(ran.err, HasSubstr("nothing was changed"));
  EXPECT_EQ(read_whole(only_session_file()), before);
}

TEST_F(Retain, WhatGoesIsInTheArchiveAndTheOffsetFollows) {
  append_turns();
  must({"retain", "s", "--keep", "4", "--archive", archive(), "--quiet"});
  EXPECT_THAT(lines_of(must({"load", "s"})), SizeIs(4));
  EXPECT_THAT(must({"load", "s"}), StartsWith("{\"role\":\"user\",\"content\":\"ask 2\"}\n"));
  EXPECT_EQ(read_whole(archive()),
            "{\"role\":\"user\",\"content\":\"ask 1\"}\n"
            "{\"role\":\"assistant\",\"content\":\"say 1\"}\n");
  EXPECT_THAT(must({"meta", "get", "s", "--json"}), HasSubstr("\"last_consolidated\":1"));
}

TEST_F(Retain, AnArchiveThatIsThereAlreadyChangesNothing) {
  append_turns();
  append_to_file(archive(), "theirs");
  EXPECT_EQ(run({"retain", "s", "--keep", "2", "--archive", archive()}).exit_code, 4);
  EXPECT_THAT(lines_of(must({"load", "s"})), SizeIs(6));
  EXPECT_EQ(read_whole(archive()), "theirs");
}

TEST_F(Retain, ARecordOverTheLimitIsNotLeftOutUnseen) {
  append_turns();
  must({"append", "s", "--quiet"},
       "{\"role\":\"user\",\"content\":\"" + std::string(5000, 'x') + "\"}\n");
  const std::string before = read_whole(only_session_file());
  const Ran ran = run({"--max-record", "2K", "retain", "s", "--keep", "2", "--archive", archive()});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("raise --max-record"));
  EXPECT_EQ(read_whole(only_session_file()), before);
}

TEST_F(Retain, WhatIsOnlyForReadingGetsNoArchive) {
  const std::string file = std::string(EVERTURN_SOURCE_DIR) + "/tests/dialects/nanobot.jsonl";
  const Ran ran = run({"retain", file, "--keep", "1", "--archive", archive()});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("only for reading"));
  EXPECT_EQ(read_whole(archive()), "");
}

TEST_F(Retain, WhereAllIsKeptNothingIsWritten) {
  append_turns();
  const std::string before = read_whole(only_session_file());
  EXPECT_THAT(must({"retain", "s", "--keep", "10", "--discard"}), HasSubstr("0 would be dropped"));
  EXPECT_EQ(read_whole(only_session_file()), before);
}

TEST_F(Retain, AskedWronglyItSaysHow) {
  append_turns();
  EXPECT_EQ(run({"retain", "s"}).exit_code, 2);
  EXPECT_EQ(run({"retain", "s", "--keep", "0"}).exit_code, 2);
  EXPECT_EQ(run({"retain", "s", "--keep", "1", "--discard", "--archive", archive()}).exit_code, 2);
  EXPECT_EQ(run({"retain", "nobody", "--keep", "1"}).exit_code, 3);
  const std::string claude = std::string(EVERTURN_SOURCE_DIR) + "/tests/dialects/claude.jsonl";
  EXPECT_THAT(run({"retain", claude, "--keep", "1"}).err, HasSubstr("reads as claude"));
}

TEST_F(Retain, JsonHasTheCounts) {
  append_turns();
  EXPECT_THAT(must({"retain", "s", "--keep", "2", "--discard", "--json"}),
              AllOf(HasSubstr(R"("schema":"everturn.retain/1")"), HasSubstr(R"("applied":true)"),
                    HasSubstr(R"("kept":2,"dropped":4,"dropped_consolidated":3)")));
}

}  // namespace
}  // namespace everturn::cli_test
