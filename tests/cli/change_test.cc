// SPDX-License-Identifier: Apache-2.0
// everturn meta, rm, undelete, purge, trash, rewind, fork, rename, vacuum and store.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class Meta : public CliTest {};
class Trash : public CliTest {};
class Change : public CliTest {};

TEST_F(Meta, ValuesAreJsonOrText) {
  append_three("s");
  must({"meta", "set", "s", "title=Holiday plans", "pinned=true", "tags=[1, \"a\"]", "odd=1=2"});
  EXPECT_EQ(must({"meta", "get", "s", "title"}), "Holiday plans\n");
  EXPECT_EQ(must({"meta", "get", "s", "pinned"}), "true\n");
  EXPECT_EQ(must({"meta", "get", "s", "tags"}), "[1,\"a\"]\n");
  EXPECT_EQ(must({"meta", "get", "s", "odd"}), "1=2\n");
}

TEST_F(Meta, AMissingValueIsNothingFound) {
  append_three("s");
  EXPECT_EQ(run({"meta", "get", "s", "title"}).exit_code, 1);
  EXPECT_EQ(run({"meta", "get", "nobody"}).exit_code, 3);
}

TEST_F(Meta, ValuesAreRemoved) {
  append_three("s");
  must({"meta", "set", "s", "a=1", "b=2", "c=3"});
  must({"meta", "set", "s", "--unset", "a", "d=4"});
  must({"meta", "set", "s", "--merge", "{\"b\": null, \"e\": {\"x\": []}}"});
  EXPECT_THAT(must({"meta", "get", "s"}), HasSubstr("values: {\"c\":3,\"d\":4,\"e\":{\"x\":[]}}"));
}

TEST_F(Meta, TheNumberOfArchivedRecords) {
  append_three("s");
  must({"meta", "set", "s", "--last-consolidated", "2"});
  EXPECT_THAT(must({"meta", "get", "s"}), HasSubstr("last_consolidated: 2"));
}

TEST_F(Meta, BadChangesAreRefused) {
  append_three("s");
  for (const Arguments& bad : {Arguments{},
                               {"novalue"},
                               {"=x"},
                               {"--merge", "[1]"},
                               {"--merge", "{}", "a=1"},
                               {"--last-consolidated", "many"}}) {
    Arguments arguments = {"meta", "set", "s"};
    arguments.insert(arguments.end(), bad.begin(), bad.end());
    EXPECT_EQ(run(arguments).exit_code, 2) << testing::PrintToString(bad);
  }
}

TEST_F(Trash, WhatRmTookComesBack) {
  append_three("s");
  EXPECT_THAT(must({"rm", "s"}), HasSubstr("everturn undelete "));
  EXPECT_EQ(run({"load", "s"}).exit_code, 3);
  EXPECT_EQ(must({"undelete", "s"}), "s is back\n");
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 3U);
}

TEST_F(Trash, AnEntryIsNamedByItsId) {
  append_three("s");
  must({"rm", "s"});
  const std::string row = lines_of(must({"trash"})).at(0);
  EXPECT_THAT(row, MatchesRegex("[^\t]+\ts\tsession\t[0-9]+\t-\t20[^\t]+Z"));
  must({"undelete", row.substr(0, row.find('\t'))});
  EXPECT_EQ(must({"trash"}), "");
}

TEST_F(Trash, OneMissingSessionDoesNotStopTheOthers) {
  append_three("a");
  append_three("b");
  EXPECT_EQ(run({"rm", "a", "nobody", "b"}).exit_code, 3);
  EXPECT_EQ(lines_of(must({"trash"})).size(), 2U);
}

TEST_F(Trash, UndeleteNeverOverwrites) {
  append_three("s");
  must({"rm", "s"});
  append_three("s");
  EXPECT_EQ(run({"undelete", "s"}).exit_code, 4);
  EXPECT_EQ(run({"undelete", "nobody"}).exit_code, 3);
}

TEST_F(Trash, PurgeNeedsAYes) {
  append_three("s");
  must({"rm", "s"});
  EXPECT_EQ(run({"purge", "s"}).exit_code, 2);
  EXPECT_EQ(run_on_terminal({"purge", "s"}, "n\n").exit_code, 1);
  EXPECT_EQ(lines_of(must({"trash"})).size(), 1U);
  EXPECT_EQ(run_on_terminal({"purge", "s"}, "y\n").exit_code, 0);
  EXPECT_EQ(must({"trash"}), "");
}

TEST_F(Trash, PurgeAllEmptiesIt) {
  append_three("a");
  append_three("b");
  must({"rm", "a", "b"});
  EXPECT_THAT(must({"purge", "--all", "--yes"}), StartsWith("2 entries purged"));
  EXPECT_EQ(must({"trash"}), "");
  EXPECT_EQ(run({"purge", "a", "--all", "--yes"}).exit_code, 2);
  EXPECT_EQ(run({"purge", "a", "--yes"}).exit_code, 3);
}

TEST_F(Change, PoppedRecordsComeBack) {
  append_three("s");
  EXPECT_THAT(must({"rewind", "s", "--pop", "2"}),
              AllOf(StartsWith("2 records taken off s"), HasSubstr("everturn undelete")));
  EXPECT_EQ(must({"load", "s"}), "{\"n\":\"a\"}\n");
  must({"undelete", "s"});
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 3U);
}

TEST_F(Change, RewindGoesToAPosition) {
  append_three("s");
  const std::string ok = lines_of(must({"append", "s", "--each"}, "{}\n{}\n")).at(0);
  must({"rewind", "s", ok.substr(3)});
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 3U);
  EXPECT_EQ(run({"rewind", "s"}).exit_code, 2);
  EXPECT_EQ(run({"rewind", "nobody", "--pop", "1"}).exit_code, 3);
}

TEST_F(Change, AForkHasTheRecordsBeforeThePosition) {
  append_three("s");
  const std::string ok = lines_of(must({"append", "s", "--each"}, "{}\n{}\n")).at(0);
  must({"fork", "s", "all"});
  must({"fork", "s", "part", "--at", ok.substr(3)});
  EXPECT_EQ(lines_of(must({"load", "all"})).size(), 5U);
  EXPECT_EQ(lines_of(must({"load", "part"})).size(), 3U);
  EXPECT_EQ(run({"fork", "s", "all"}).exit_code, 4);
}

TEST_F(Change, ARenamedSessionHasItsNewKeyOnly) {
  append_three("s");
  EXPECT_THAT(must({"rename", "s", "t"}), StartsWith("s is now t"));
  EXPECT_EQ(run({"load", "s"}).exit_code, 3);
  EXPECT_EQ(lines_of(must({"load", "t"})).size(), 3U);
}

TEST_F(Change, VacuumDropsBlankLines) {
  append_three("s");
  append_to_file(only_session_file(), std::string(5000, '\n'));
  EXPECT_THAT(must({"vacuum", "--all"}), StartsWith("s: 5."));
  EXPECT_LT(read_whole(only_session_file()).size(), 1000U);
  EXPECT_EQ(run({"vacuum"}).exit_code, 2);
  EXPECT_EQ(run({"vacuum", "nobody"}).exit_code, 3);
}

TEST_F(Change, TheStoreTellsAboutItself) {
  append_three("s");
  EXPECT_THAT(must({"store", "info"}),
              AllOf(HasSubstr("engine          dir"), HasSubstr("sessions        1")));
}

TEST_F(Change, AnotherAgentsFolderIsWrittenOnRequestOnly) {
  std::filesystem::create_directories(store_path());
  std::ofstream(store_path() + "/theirs.jsonl") << "{\"type\":\"x\"}\n";
  EXPECT_EQ(run({"append", "s"}, "{}").exit_code, 2);
  must({"append", "theirs", "--write-foreign"}, "{\"n\":1}");
  must({"store", "adopt"});
  must({"append", "s"}, "{}");
}

}  // namespace
}  // namespace everturn::cli_test
