// SPDX-License-Identifier: Apache-2.0
// everturn du.
#include <gmock/gmock.h>

#include "tests/cli/cli_process.h"

namespace everturn::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Du : public CliTest {
 protected:
  void fill(const std::string& key, int records) {
    std::string text;
    for (int i = 0; i < records; ++i) {
      text += R"({"role":"user","content":"what about )" + std::to_string(i) + "?\"}\n";
    }
    must({"append", key, "--quiet"}, text);
  }
};

TEST_F(Du, TellsPackedFromPlain) {
  fill("small", 3);
  fill("large", 300);
  must({"pack", "large"});
  EXPECT_THAT(must({"du", "--json"}),
              AllOf(HasSubstr(R"("sessions":2)"), HasSubstr(R"("packed_sessions":1)"),
                    Not(HasSubstr(R"("unpacked_bytes":0)")), HasSubstr(R"("leftovers":0)")));
  EXPECT_THAT(must({"du"}), HasSubstr("packed sessions ("));
}

TEST_F(Du, TheLargestComeWithWhatFillsThem) {
  fill("small", 3);
  fill("large", 300);
  const std::string out = must({"du", "--top", "1"});
  EXPECT_THAT(out, AllOf(HasSubstr("  large  "), HasSubstr("text "), Not(HasSubstr("  small  "))));
  EXPECT_THAT(must({"du", "--top", "2", "--json"}),
              HasSubstr(R"("schema":"everturn.du_session/1","key":"large")"));
}

TEST_F(Du, CheckCountsWhatVacuumDrops) {
  fill("s", 3);
  for (const char* title : {"a", "b", "c"})
    must({"meta", "set", "s", std::string("title=") + title});
  append_to_file(only_session_file(), "\n\n");
  const std::string before = must({"du", "--check", "--json"});
  EXPECT_THAT(before, Not(HasSubstr(R"("droppable_bytes":0)")));
  const std::size_t size = read_whole(only_session_file()).size();
  must({"vacuum", "s"});
  const std::size_t dropped = size - read_whole(only_session_file()).size();
  EXPECT_THAT(before, HasSubstr("\"droppable_bytes\":" + std::to_string(dropped)));
  EXPECT_THAT(must({"du", "--check", "--json"}), HasSubstr(R"("droppable_bytes":0)"));
}

TEST_F(Du, OfAgentsItTellsTheSessions) {
  EXPECT_THAT(must({"--store", "agents:", "du", "--json"}), HasSubstr(R"("sessions":0)"));
}

}  // namespace
}  // namespace everturn::cli_test
