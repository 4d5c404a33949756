// SPDX-License-Identifier: Apache-2.0
// Redaction as a caller of the store meets it, beside others who write, and where it fails.
#include "everturn/redact.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <functional>
#include <utility>

#include "store/test_help.h"

namespace everturn {
namespace {

constexpr std::string_view kWord = "hunter2";

class Redact : public SimStoreTest {
 protected:
  // `meanwhile` runs once, when the first match is found.
  static RedactOptions apply(std::function<void()> meanwhile = {}) {
    RedactOptions how;
    how.apply = true;
    how.who = "test";
    how.find = [meanwhile = std::move(meanwhile)](std::string_view text,
                                                  std::vector<RedactMatch>& matches) mutable {
      const std::size_t at = text.find(kWord);
      if (at == std::string_view::npos) return;
      matches.push_back({at, at + kWord.size(), "word"});
      if (meanwhile) std::exchange(meanwhile, {})();
    };
    return how;
  }
};

TEST_F(Redact, WhatAnotherAgentWritesMeanwhileIsKeptAndRedactedToo) {
  const std::string agents_file = path("chat.jsonl");
  disk_.write_file(agents_file, "{\"n\":1,\"c\":\"hunter2\"}\n");
  const auto write = [this] {
    const auto root = must(disk_.open_folder(folder_, false));
    const auto file = must(root->open("chat.jsonl", Access::append));
    must(file->append("{\"n\":2}\n{\"n\":3,\"c\":\"hunter2\"}\n"));
  };
  StoreOptions options;
  options.write_foreign = true;
  const auto store = open(options);
  const RedactReport report = must(redact(*store, {}, apply(write)));
  EXPECT_EQ(report.counts.at("word"), 2U);
  EXPECT_EQ(
      disk_.read_file(agents_file),
      "{\"n\":1,\"c\":\"[redacted:word]\"}\n{\"n\":2}\n{\"n\":3,\"c\":\"[redacted:word]\"}\n");
}

TEST_F(Redact, WhatIsGoneIsInTheAuditAlsoWhereTheRestFails) {
  put_session("{\"c\":\"hunter2\"}\n");
  disk_.write_file(path(".everturn/cache/catalog.db"), "hunter2");
  disk_.fail_always("remove", EIO, "catalog.db");
  RedactOptions how = apply();
  how.everywhere = true;
  EXPECT_EQ(code_of(redact(*open(), {}, how)), Code::io);
  EXPECT_EQ(bytes_of(), "{\"c\":\"[redacted:word]\"}\n");
  const std::string audit = disk_.read_file(path(".everturn/audit.jsonl")).value_or("");
  EXPECT_NE(audit.find(R"("where":"telegram:12345","counts":{"word":1})"), std::string::npos)
      << audit;
}

TEST_F(Redact, ALeftoverThatIsLeftIsNotCountedAsGone) {
  put_session("{\"n\":1}\n");
  disk_.write_file(path("." + std::string(32, 'a') + ".tmp"), "{\"c\":\"hunter2\"}\n");
  RedactOptions how = apply();
  how.everywhere = true;
  const RedactReport report = must(redact(*open(), {}, how));
  EXPECT_EQ(report.problems.size(), 1U);
  EXPECT_TRUE(report.places.empty());
}

}  // namespace
}  // namespace everturn
