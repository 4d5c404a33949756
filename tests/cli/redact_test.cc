// SPDX-License-Identifier: Apache-2.0
// everturn redact.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Made up, and put together here so that this file holds nothing that looks like a secret.
const std::string kToken = "gh" + std::string("p_") + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";

class Redact : public CliTest {
 protected:
  void put(const std::string& key, const std::string& content) {
    must({"append", key, "--quiet"},
         "{\"role\":\"user\",\"content\":\"before\"}\n{\"role\":\"user\",\"content\":\"" + content +
             "\"}\n");
  }
  // Every file below the test's folder, with the user's cache folder in it, that holds the text.
  [[nodiscard]] std::vector<std::string> files_with(const std::string& text) const {
    std::vector<std::string> found;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder())) {
      if (!file.is_regular_file()) continue;
      if (read_whole(file.path()).find(text) != std::string::npos) found.push_back(file.path());
    }
    return found;
  }
};

TEST_F(Redact, APlanCountsAndShowsNothingOfIt) {
  put("s", "it is " + kToken + " , keep it");
  const Ran ran = run({"redact", "s", "--secrets"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("s: 1 github_token"), Not(HasSubstr(kToken))));
  EXPECT_THAT(must({"load", "s"}), HasSubstr(kToken));
}

TEST_F(Redact, ApplyTakesItOutAndTheRestStays) {
  put("s", "it is " + kToken + " , keep it");
  must({"redact", "s", "--secrets", "--apply"});
  EXPECT_EQ(must({"load", "s"}),
            "{\"role\":\"user\",\"content\":\"before\"}\n"
            "{\"role\":\"user\",\"content\":\"it is [redacted:github_token] , keep it\"}\n");
  EXPECT_THAT(files_with(kToken), IsEmpty());
  EXPECT_EQ(run({"redact", "s", "--secrets", "--apply"}).exit_code, 1);
}

TEST_F(Redact, EverywhereLeavesItInNoFile) {
  const std::string escaped = "gh\\u0070_" + kToken.substr(4);
  put("plain", kToken);
  put("escaped", "x \\\"" + escaped + "\\\" y");
  put("gone", kToken);
  must({"rm", "gone", "--quiet"});
  put("rewound", kToken);
  must({"rewind", "rewound", "--pop", "1", "--quiet"});
  put("torn", kToken);
  append_to_file(store_path() + "/dG9ybg.jsonl", "{\"cut\":\"" + kToken + "\n{\"a\":1}\n");
  must({"repair", "torn", "--apply", "--quiet"});
  put("damaged", "x");
  append_to_file(store_path() + "/ZGFtYWdlZA.jsonl", "no json: " + kToken + "\n");
  for (int i = 0; i < 30; ++i) put("packed", "filler " + kToken);
  must({"pack", "packed", "--quiet"});
  must({"append", "untouched", "--quiet"}, "{\"a\":1}\n");
  const std::string untouched = read_whole(store_path() + "/dW50b3VjaGVk.jsonl");
  std::filesystem::create_directories(store_path() + "/.everturn/cache/more");
  append_to_file(store_path() + "/.everturn/cache/search.db", "row " + kToken);
  append_to_file(store_path() + "/.everturn/cache/more/x", kToken);
  ASSERT_GE(files_with(kToken).size(), 6U);

  must({"redact", "--all", "--secrets", "--everywhere", "--apply"});
  EXPECT_THAT(files_with(kToken), IsEmpty());
  EXPECT_THAT(files_with(escaped), IsEmpty());
  EXPECT_THAT(must({"load", "packed"}), Not(HasSubstr(kToken)));
  EXPECT_THAT(must({"load", "packed"}), HasSubstr("filler [redacted:github_token]"));
  EXPECT_THAT(must({"load", "escaped"}), HasSubstr("x \\\"[redacted:github_token]\\\" y"));
  must({"undelete", "gone"});
  EXPECT_THAT(must({"load", "gone"}), HasSubstr("[redacted:github_token]"));
  EXPECT_EQ(read_whole(store_path() + "/dW50b3VjaGVk.jsonl"), untouched);
}

TEST_F(Redact, ApplyAlsoTakesItOutOfTitlesThatWereListed) {
  must({"append", "s", "--quiet"}, "{\"role\":\"user\",\"content\":\"" + kToken + "\"}\n");
  EXPECT_THAT(must({"list", "--json"}), HasSubstr(kToken));
  must({"index"});
  EXPECT_THAT(files_with(kToken), SizeIs(testing::Ge(2U)));
  must({"redact", "s", "--secrets", "--apply"});
  EXPECT_THAT(files_with(kToken), IsEmpty());
  EXPECT_THAT(must({"list", "--json"}), HasSubstr("[redacted:github_token]"));
  EXPECT_THAT(files_with(kToken), IsEmpty());
}

TEST_F(Redact, InAnAgentsFolderTheUsersCacheLosesItToo) {
  const std::string project = folder() + "/.claude/projects/-srv-app";
  std::filesystem::create_directories(project);
  set_environment("HOME", folder());
  append_to_file(project + "/0a1b2c3d-0000-4000-8000-000000000001.jsonl",
                 R"({"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s","message":)"
                 R"({"role":"user","content":")" +
                     kToken + "\"}}\n");
  EXPECT_THAT(must({"--store", "agents:", "list", "--json"}), HasSubstr(kToken));
  EXPECT_THAT(must({"--store", project, "list", "--json"}), HasSubstr(kToken));
  EXPECT_THAT(files_with(kToken), SizeIs(testing::Ge(3U)));
  must({"--store", project, "--write-foreign", "redact", "--all", "--secrets", "--apply"});
  EXPECT_THAT(files_with(kToken), IsEmpty());
}

class Purge : public Redact {};

TEST_F(Purge, LeavesNothingOfATitleThatWasListed) {
  must({"append", "s", "--quiet"}, "{\"role\":\"user\",\"content\":\"" + kToken + "\"}\n");
  must({"list"});
  must({"index"});
  must({"rename", "s", "moved", "--quiet"});
  must({"rm", "moved", "--quiet"});
  EXPECT_THAT(files_with(kToken), Not(IsEmpty()));
  must({"purge", "moved", "--yes"});
  EXPECT_THAT(files_with(kToken), IsEmpty());
}

TEST_F(Purge, LeavesNothingOfRecordsThatWereTakenOffOrPruned) {
  put("rewound", kToken);
  put("old", kToken);
  must({"list"});
  must({"rewind", "rewound", "--pop", "1", "--quiet"});
  must({"prune", "--min-size", "1", "--keep", "1", "--apply", "--quiet"});
  must({"list"});
  EXPECT_THAT(files_with(kToken), Not(IsEmpty()));
  must({"purge", "--all", "--yes"});
  EXPECT_THAT(files_with(kToken), IsEmpty());
}

TEST_F(Purge, ThereIsAnAuditLine) {
  put("s", "x");
  must({"rm", "s", "--quiet"});
  must({"purge", "s", "--yes"});
  const std::string audit = read_whole(store_path() + "/.everturn/audit.jsonl");
  EXPECT_THAT(audit,
              AllOf(HasSubstr(R"("action":"purge","by":"uid )"), HasSubstr(R"("where":"trash/)"),
                    HasSubstr(R"("key":"s","kind":"session")")));
}

TEST_F(Redact, ThereIsAnAuditLineWithoutContent) {
  put("s", kToken);
  must({"redact", "s", "--secrets", "--apply"});
  const std::string audit = read_whole(store_path() + "/.everturn/audit.jsonl");
  EXPECT_THAT(audit, AllOf(HasSubstr(R"("schema":"everturn.audit/1")"),
                           HasSubstr(R"("where":"s","counts":{"github_token":1}})"),
                           HasSubstr("\"by\":\"uid "), Not(HasSubstr(kToken))));
}

TEST_F(Redact, APatternMatchesTextAsItReads) {
  put("s", "name: h\\u00fcnter2");
  must({"redact", "s", "--match", "hünter[0-9]", "--apply"});
  EXPECT_THAT(must({"load", "s"}), HasSubstr("name: [redacted:match]\""));
}

TEST_F(Redact, JsonHasTheCounts) {
  put("s", kToken + " " + kToken);
  EXPECT_THAT(must({"redact", "s", "--secrets", "--json"}),
              AllOf(HasSubstr(R"({"schema":"everturn.redact/1","where":"s","session":true,)"
                              R"("counts":{"github_token":2}})"),
                    HasSubstr(R"("applied":false,"places":1)")));
}

TEST_F(Redact, AskedWronglyItSaysHow) {
  put("s", "x");
  EXPECT_EQ(run({"redact", "s"}).exit_code, 2);
  EXPECT_EQ(run({"redact", "--secrets"}).exit_code, 2);
  EXPECT_EQ(run({"redact", "s", "--match", "("}).exit_code, 2);
  EXPECT_EQ(run({"redact", "s", "--match", "x*"}).exit_code, 2);
  EXPECT_THAT(run({"redact", "s", "--match", "x|red", "--apply"}).err,
              HasSubstr("matches what it is replaced by"));
  EXPECT_EQ(run({"redact", "nobody", "--secrets"}).exit_code, 3);
  EXPECT_THAT(run({"redact", "s", "--match", "s"}).err, HasSubstr("rename that session"));
  EXPECT_EQ(run({"--store", "agents:", "redact", "--all", "--secrets"}).exit_code, 2);
}

}  // namespace
}  // namespace everturn::cli_test
