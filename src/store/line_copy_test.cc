// SPDX-License-Identifier: Apache-2.0
#include "store/line_copy.h"

#include "store/metadata_record.h"
#include "store/test_help.h"

namespace everturn {
namespace {

class LineCopyTest : public SimStoreTest {
 protected:
  std::string copied(const std::string& bytes, bool terminate) {
    disk_.write_file("/x", bytes);
    const auto folder = must(disk_.open_folder("/", false));
    const auto from = must(folder->open("x", Access::read));
    const auto to = must(Replacement::begin(*folder, "y", ".y.tmp", nullptr));
    copy_ = must(copy_lines(*from, 0, bytes.size(), kKey, terminate, *to));
    EXPECT_TRUE(to->publish(true).ok());
    return disk_.read_file("/y").value_or("");
  }
  LineCopy copy_;
};

TEST_F(LineCopyTest, DamageIsCopiedByteForByte) {
  const std::string bytes =
      text(1) + "\n{\"torn\n" + std::string(600, '\0') + "\n\xFF\n" + text(2) + "\n";
  EXPECT_EQ(copied(bytes, true), bytes);
  EXPECT_EQ(copy_.bytes, bytes.size());
  EXPECT_EQ(copy_.lines, 5U);
}

TEST_F(LineCopyTest, BlankLinesAndOwnMetadataAreLeftOut) {
  Metadata metadata;
  metadata.key = kKey;
  EXPECT_EQ(copied(first_line(kKey) + "\n" + text(1) + "\n\n   \n" + compose_metadata(metadata) +
                       "\n" + text(2) + "\n",
                   true),
            lines(texts(1, 2)));
}

TEST_F(LineCopyTest, FirstLineThatACallerWroteStays) {
  EXPECT_EQ(copied(text(1) + "\n" + first_line(kKey) + "\n", true),
            text(1) + "\n" + first_line(kKey) + "\n");
}

TEST_F(LineCopyTest, LastLineIsTerminatedWhenAsked) {
  EXPECT_EQ(copied(text(1), true), text(1) + "\n");
  EXPECT_EQ(copied(text(1), false), text(1));
}

}  // namespace
}  // namespace everturn
