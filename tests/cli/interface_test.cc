// SPDX-License-Identifier: Apache-2.0
// What all commands share: global options, the choice of the store, JSON, colours, failures of the
// standard streams.
#include <gmock/gmock.h>

#include <filesystem>

#include "base/json.h"
#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Interface : public CliTest {
 protected:
  // Expects each line of standard output to be an object of this schema, and the exit code 0.
  void expect_schema(const std::string& schema, const Arguments& arguments,
                     std::string_view input = "") {
    for (const std::string& line : lines_of(must(arguments, input))) {
      JsonFault fault;
      EXPECT_TRUE(is_json_object_by_grammar(line, &fault)) << line;
      EXPECT_THAT(line, StartsWith("{\"schema\":\"" + schema + "\""));
    }
  }
};

TEST_F(Interface, AloneItPrintsItsHelp) {
  const std::string help = must({});
  EXPECT_THAT(help, AllOf(HasSubstr("Examples:"), HasSubstr("Exit status:"), HasSubstr("append")));
  EXPECT_EQ(must({"--help"}), help);
  EXPECT_THAT(must({"--version"}), StartsWith("everturn "));
}

TEST_F(Interface, EveryCommandHasItsHelp) {
  for (const char* command :
       {"append", "save",   "load",    "list",    "show",   "tail",   "rm",     "undelete",
        "purge",  "trash",  "rewind",  "history", "export", "stats",  "retain", "fork",
        "rename", "vacuum", "version", "meta",    "store",  "verify", "seal"}) {
    EXPECT_THAT(must({command, "--help"}), HasSubstr(std::string("Usage: everturn ") + command));
  }
}

TEST_F(Interface, AWrongCommandLineIsInvalid) {
  for (const Arguments& bad : std::vector<Arguments>{{"lod"},
                                                     {"load"},
                                                     {"load", "a", "b"},
                                                     {"load", "a", "--last", "x"},
                                                     {"load", "a", "--last", "-1"},
                                                     {"list", "--nonsense"},
                                                     {"list", "--color", "pink"},
                                                     {"list", "--wait", "long"},
                                                     {"list", "--max-record", "0"},
                                                     {"meta"},
                                                     {"--store", "foo:bar", "list"}}) {
    const Ran ran = run(bad);
    EXPECT_EQ(ran.exit_code, 2) << testing::PrintToString(bad);
    EXPECT_THAT(ran.err, StartsWith("everturn: "));
  }
}

TEST_F(Interface, GlobalOptionsStandBeforeOrBehind) {
  append_three("s");
  EXPECT_EQ(must({"--json", "list"}), must({"list", "--json"}));
  const std::string elsewhere = folder() + "/elsewhere";
  must({"--store", elsewhere, "append", "t"}, "{}");
  EXPECT_THAT(must({"list", "--store", elsewhere}), StartsWith("t\t"));
  EXPECT_THAT(must({"meta", "get", "t", "--store=" + elsewhere}), StartsWith("key: t"));
}

TEST_F(Interface, TheStoreIsTheUsersOwnByDefault) {
  set_environment("EVERTURN_STORE", "");
  must({"append", "s"}, "{}");
  EXPECT_TRUE(std::filesystem::is_directory(folder() + "/.local/share/everturn"));
  set_environment("XDG_DATA_HOME", folder() + "/data");
  must({"append", "s"}, "{}");
  EXPECT_TRUE(std::filesystem::is_directory(folder() + "/data/everturn"));
}

TEST_F(Interface, WithoutAnyHomeTheStoreMustBeNamed) {
  set_environment("EVERTURN_STORE", "");
  set_environment("HOME", "");
  const Ran ran = run({"list"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("--store"));
}

TEST_F(Interface, CommandsMayBeKeys) {
  for (const char* key : {"list", "rm", "get", "[a,b]", "[]", "a b", "ключ"}) {
    must({"append", key}, "{\"a\":1}");
    EXPECT_EQ(must({"load", key}), "{\"a\":1}\n");
    EXPECT_THAT(must({"meta", "get", key}), StartsWith("key: "));
    must({"rm", key, "--quiet"});
    must({"undelete", key});
  }
  must({"append", "--", "-x"}, "{}");
  EXPECT_EQ(must({"load", "--", "-x"}), "{}\n");
}

TEST_F(Interface, EveryObjectNamesItsSchema) {
  expect_schema("everturn.append/1", {"append", "s", "--json"}, "{}\n{}");
  expect_schema("everturn.append/1", {"append", "s", "--each", "--json"}, "{}\n{}");
  expect_schema("everturn.session/1", {"list", "--check", "--json"});
  expect_schema("everturn.readable/1", {"show", "s", "--json"});
  expect_schema("everturn.record/1", {"tail", "s", "--json"});
  expect_schema("everturn.export/1",
                {"export", "s", "--format", "md", "--to", folder() + "/s.md", "--json"});
  expect_schema("everturn.stats/1", {"stats", "--json"});
  expect_schema("everturn.retain/1", {"retain", "s", "--keep", "9", "--json"});
  expect_schema("everturn.verify/1", {"verify", "s", "--json"});
  expect_schema("everturn.seal/1", {"seal", "s", "--json"});
  expect_schema("everturn.version/1", {"version", "s", "--json"});
  expect_schema("everturn.metadata/1", {"meta", "set", "s", "a=1", "--json"});
  expect_schema("everturn.metadata_value/1", {"meta", "get", "s", "a", "--json"});
  expect_schema("everturn.fork/1", {"fork", "s", "f", "--json"});
  expect_schema("everturn.rename/1", {"rename", "f", "g", "--json"});
  expect_schema("everturn.rewind/1", {"rewind", "s", "--pop", "1", "--json"});
  expect_schema("everturn.undelete/1", {"undelete", "s", "--json"});
  expect_schema("everturn.rm/1", {"rm", "g", "--json"});
  expect_schema("everturn.trash_entry/1", {"trash", "--json"});
  expect_schema("everturn.purge/1", {"purge", "g", "--yes", "--json"});
  expect_schema("everturn.vacuum/1", {"vacuum", "s", "--json"});
  expect_schema("everturn.save/1", {"save", "s", "--force", "--json"}, "{}");
  expect_schema("everturn.store/1", {"store", "info", "--json"});
  expect_schema("everturn.adopt/1", {"store", "adopt", "--json"});
}

TEST_F(Interface, LoadEndsWithItsSummary) {
  append_three("s");
  append_to_file(only_session_file(), "damage\n");
  const std::vector<std::string> lines = lines_of(must({"load", "s", "--json"}));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines[0], AllOf(StartsWith("{\"schema\":\"everturn.record/1\",\"position\":\""),
                              HasSubstr("\"record\":{\"n\":\"a\"}}")));
  EXPECT_THAT(lines[3], AllOf(StartsWith("{\"schema\":\"everturn.load/1\""),
                              HasSubstr("\"records\":3"), HasSubstr("\"reason\":\"not_json\"")));
}

TEST_F(Interface, FailuresAreObjectsToo) {
  for (const Arguments& arguments :
       {Arguments{"--json", "load", "nobody"}, Arguments{"load", "nobody", "--json"}}) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.exit_code, 3);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, StartsWith("{\"schema\":\"everturn.error/1\",\"code\":\"not_found\","
                                    "\"exit\":3,\"message\":"));
  }
  EXPECT_THAT(run({"load", "--json"}).err, HasSubstr("\"exit\":2"));
}

TEST_F(Interface, ColoursAreForTerminalsUnlessToldOtherwise) {
  append_three("s");
  EXPECT_THAT(must({"show", "s"}), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(must({"show", "s", "--color", "always"}), HasSubstr("\x1b["));
  EXPECT_THAT(run_on_terminal({"show", "s"}).out, HasSubstr("\x1b["));
  EXPECT_THAT(run_on_terminal({"show", "s", "--color", "never"}).out, Not(HasSubstr("\x1b[")));
  set_environment("NO_COLOR", "1");
  EXPECT_THAT(run_on_terminal({"show", "s"}).out, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(must({"show", "s", "--color", "always"}), HasSubstr("\x1b["));
}

TEST_F(Interface, QuietLeavesResultsAndFailures) {
  const Ran ran = run({"append", "s", "--quiet"}, "\n{}\n");
  EXPECT_EQ(ran.out + ran.err, "");
  EXPECT_EQ(must({"load", "s", "-q"}), "{}\n");
  EXPECT_NE(run({"load", "nobody", "-q"}).err, "");
}

TEST_F(Interface, AFullStandardOutputIsAFailure) {
  append_three("s");
  const Ran ran = run_into("/dev/full", {"load", "s"});
  EXPECT_EQ(ran.exit_code, 6);
  EXPECT_THAT(ran.err, HasSubstr("standard output"));
}

TEST_F(Interface, WithAClosedStandardOutputNothingIsDone) {
  append_three("s");
  const std::string before = read_whole(only_session_file());
  EXPECT_EQ(run_into("", {"append", "s"}, "{}").exit_code, 6);
  EXPECT_EQ(read_whole(only_session_file()), before);
  EXPECT_EQ(run_into("", {"load", "s"}).exit_code, 6);
  EXPECT_EQ(run_into("", {"append", "s", "--quiet"}, "{}").exit_code, 0);
  EXPECT_EQ(lines_of(must({"load", "s"})).size(), 4U);
}

TEST_F(Interface, AStoreThatIsNoFolderIsRefused) {
  append_to_file(store_path(), "a file");
  EXPECT_EQ(run({"list"}).exit_code, 2);
}

}  // namespace
}  // namespace everturn::cli_test
