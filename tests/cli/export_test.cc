// SPDX-License-Identifier: Apache-2.0
// everturn export.
#include <gmock/gmock.h>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Export : public CliTest {
 protected:
  void append_session() {
    must({"append", "s", "--quiet"},
         "{\"role\":\"user\",\"content\":\"hi\", \"n\":1.10}\n"
         "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\",\"type\":"
         "\"function\",\"function\":{\"name\":\"ls\",\"arguments\":\"{}\"}}]}\n"
         "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"a.txt\"}\n");
  }
  // A transcript of Claude Code, written for the project.
  static std::string claude() {
    return std::string(EVERTURN_SOURCE_DIR) + "/tests/dialects/claude.jsonl";
  }
  [[nodiscard]] std::string target() const { return folder() + "/out"; }
};

TEST_F(Export, JsonlIsTheRecordsByteForByte) {
  append_session();
  const std::string file = read_whole(only_session_file());
  EXPECT_EQ(must({"export", "s", "--format", "jsonl"}), file);
  EXPECT_EQ(must({"export", claude(), "--format", "jsonl"}), read_whole(claude()));
}

TEST_F(Export, AFileAppearsWholeAndTakesNoNameThatIsTaken) {
  append_session();
  EXPECT_THAT(must({"export", "s", "--format", "md", "--to", target()}), HasSubstr("written to"));
  const std::string first = read_whole(target());
  EXPECT_THAT(first, StartsWith("# ` hi `\n"));
  EXPECT_EQ(run({"export", "s", "--format", "html", "--to", target()}).exit_code, 4);
  EXPECT_EQ(read_whole(target()), first);
  EXPECT_EQ(run({"export", "nobody", "--format", "md", "--to", folder() + "/no"}).exit_code, 3);
  EXPECT_EQ(read_whole(folder() + "/no"), "");
}

TEST_F(Export, HtmlIsOneHarmlessFile) {
  must({"append", "s", "--quiet"}, R"({"role":"user","content":"<script>alert(1)</script>"})");
  EXPECT_THAT(must({"export", "s", "--format", "html"}),
              AllOf(StartsWith("<!DOCTYPE html>"), Not(HasSubstr("<script")),
                    HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;")));
}

TEST_F(Export, PagesShowDamageAndOtherFormatsTellOfIt) {
  append_session();
  append_to_file(only_session_file(), "{\"torn\nnext\n");
  for (const char* format : {"md", "html"}) {
    const Ran ran = run({"export", "s", "--format", format});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_THAT(ran.out, HasSubstr("6 bytes at")) << format;
    EXPECT_THAT(ran.err, Not(HasSubstr("6 bytes at"))) << format;
  }
  for (const char* format : {"jsonl", "nanobot", "openai", "anthropic"}) {
    EXPECT_THAT(run({"export", "s", "--format", format}).err, HasSubstr("6 bytes at")) << format;
  }
}

TEST_F(Export, MessagesAreAllThatWasSaidAlsoBeforeACompaction) {
  EXPECT_THAT(must({"history", claude()}), Not(HasSubstr("Fix the test")));
  const std::string openai = must({"export", claude(), "--format", "openai"});
  EXPECT_THAT(openai, AllOf(StartsWith("{\n\"messages\":[\n{\"role\":\"user\""),
                            HasSubstr("Fix the test"), HasSubstr("Done.")));
  EXPECT_THAT(must({"export", claude(), "--format", "anthropic"}), HasSubstr("Fix the test"));
}

TEST_F(Export, WhatIsExportedForOpenAiIsReadAsASession) {
  must({"export", claude(), "--format", "openai", "--to", folder() + "/messages.jsonl"});
  EXPECT_THAT(must({"show", folder() + "/messages.jsonl"}),
              AllOf(HasSubstr("  Fix the test\n"), HasSubstr("> Bash ls\n< a.txt\n")));
}

TEST_F(Export, NanobotsFileHasItsMetadataFirst) {
  const std::vector<std::string> lines =
      lines_of(must({"export", claude(), "--format", "nanobot"}));
  ASSERT_THAT(lines, SizeIs(8));
  EXPECT_THAT(lines[0], AllOf(StartsWith(R"({"_type":"metadata","key":)"), HasSubstr("The test")));
  append_session();
  must({"meta", "set", "s", "--last-consolidated", "2", "--quiet"});
  const std::string own = must({"export", "s", "--format", "nanobot"});
  EXPECT_THAT(lines_of(own), SizeIs(4));
  EXPECT_THAT(lines_of(own)[0], HasSubstr("\"last_consolidated\":2"));
  EXPECT_THAT(own, HasSubstr("\"hi\", \"n\":1.10}\n"));
}

TEST_F(Export, RecordsThatNanobotCannotReadAreLeftOutAndCounted) {
  append_session();
  std::string deep = std::string(600, '[') + std::string(600, ']');
  must({"append", "s", "--quiet"}, "{\"role\":\"user\",\"content\":" + deep + "}");
  const Ran ran = run({"export", "s", "--format", "nanobot"});
  EXPECT_THAT(lines_of(ran.out), SizeIs(4));
  EXPECT_THAT(ran.err, HasSubstr("1 record left out"));
}

TEST_F(Export, WhatNanobotConsolidatedIsCountedWithoutWhatIsLeftOut) {
  append_session();
  must({"meta", "set", "s", "--last-consolidated", "2", "--quiet"});
  const std::string file = only_session_file();
  std::vector<std::string> lines = lines_of(read_whole(file));
  std::string damaged;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    damaged += (i == 1 ? lines[i].substr(0, 10) : lines[i]) + "\n";
  }
  const std::string copy = folder() + "/damaged.jsonl";
  append_to_file(copy, damaged);
  EXPECT_THAT(lines_of(run({"export", copy, "--format", "nanobot"}).out)[0],
              HasSubstr("\"last_consolidated\":1"));
}

TEST_F(Export, JsonTellsOfAFileAndAsksForOne) {
  append_session();
  EXPECT_THAT(must({"export", "s", "--format", "jsonl", "--to", target(), "--json"}),
              AllOf(HasSubstr(R"("schema":"everturn.export/1")"), HasSubstr(R"("records":4)")));
  EXPECT_EQ(run({"export", "s", "--format", "jsonl", "--json"}).exit_code, 2);
  EXPECT_EQ(run({"export", "s"}).exit_code, 2);
  EXPECT_EQ(run({"export", "s", "--format", "pdf"}).exit_code, 2);
}

}  // namespace
}  // namespace everturn::cli_test
