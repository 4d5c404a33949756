// SPDX-License-Identifier: Apache-2.0
// What is exported for nanobot is what it loads.
#include <gmock/gmock.h>

#include "everturn/views.h"
#include "tests/nanobot/nanobot_folder.h"
#include "views/test_help.h"

namespace everturn::nanobot_test {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

class NanobotExport : public testing::Test {
 protected:
  NanobotExport() : nanobot_(folder_.path()) {}

  NanobotSession exported(const std::vector<std::string>& records) {
    Transcript transcript = views_test::transcript_of(records);
    const Result<NanobotFile> file = transcript.as_nanobot("k");
    write_whole(nanobot_.path_of("k"), lines(file->lines));
    return must_load(nanobot_, "k");
  }

  TemporaryFolder folder_;
  Nanobot nanobot_;
};

TEST_F(NanobotExport, OfAnotherAgentsSessionIsLoadedWithItsTurns) {
  using views_test::Claude;
  const NanobotSession session = exported(
      {Claude{"a", ""}.user("old"), Claude{"b", "a"}.assistant("m", views_test::use_block("t")),
       Claude{"c", "b"}.result("t", "found"),
       Claude{"d", ""}.user("sum", "\"isCompactSummary\":true,"),
       Claude{"e", "d"}.assistant("n", views_test::text_block("done"))});
  ASSERT_THAT(session.messages, SizeIs(5));
  EXPECT_THAT(session.messages, Each(HasSubstr("\"timestamp\": \"2026-08-20T")));
  EXPECT_THAT(session.messages[2], HasSubstr("\"name\": \"ls\""));
  EXPECT_THAT(nanobot_.list(), SizeIs(1));
}

TEST_F(NanobotExport, OfItsOwnSessionIsWhatItWas) {
  const std::string first = views_test::chat("user", "a");
  const std::string second = views_test::chat("assistant", "b");
  const NanobotSession session =
      exported({first, views_test::nanobot_metadata(0), second, views_test::nanobot_metadata(1)});
  EXPECT_EQ(session.messages, dumped({first, second}));
  EXPECT_EQ(session.last_consolidated, 1) << "the last metadata record counts";
}

TEST_F(NanobotExport, WithoutTheRecordsThatItCannotRead) {
  const std::string deep =
      "{\"role\":\"user\",\"content\":" + std::string(600, '[') + std::string(600, ']') + "}";
  EXPECT_THAT(exported({views_test::chat("user", "a"), deep}).messages, SizeIs(1));
  EXPECT_FALSE(nanobot_.list_fails());
}

}  // namespace
}  // namespace everturn::nanobot_test
