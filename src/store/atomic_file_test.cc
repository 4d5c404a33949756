// SPDX-License-Identifier: Apache-2.0
#include "store/atomic_file.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <vector>

#include "fs/power_cut.h"
#include "fs/sim_fs.h"

namespace everturn {
namespace {

constexpr const char* kPath = "/folder/notes.md";

class AtomicFileTest : public testing::TestWithParam<Profile> {
 protected:
  AtomicFileTest() { disk_.write_file(kPath, "old"); }
  Status replace(const std::string& content) {
    auto file = create_atomic_file(disk_, kPath);
    if (!file) return file.status();
    const Status written = (*file)->write(content);
    return written.ok() ? (*file)->commit() : written;
  }
  std::vector<std::string> paths() { return disk_.paths(); }

  SimFs disk_{GetParam(), 1};
};

TEST_P(AtomicFileTest, CommitReplacesTheWholeFile) {
  EXPECT_TRUE(replace("new").ok());
  EXPECT_EQ(disk_.read_file(kPath), "new");
  EXPECT_EQ(disk_.durable_file(kPath), "new");
}

TEST_P(AtomicFileTest, WithoutCommitNothingHappened) {
  const auto before = paths();
  {
    auto file = create_atomic_file(disk_, kPath);
    ASSERT_TRUE((*file)->write("new").ok());
  }
  EXPECT_EQ(disk_.read_file(kPath), "old");
  EXPECT_EQ(paths(), before);
}

TEST_P(AtomicFileTest, ANewFileTakesNoNameThatIsTaken) {
  const std::size_t before = paths().size();
  EXPECT_EQ(create_new_file(disk_, kPath).status().code(), Code::conflict);
  auto file = create_new_file(disk_, "/folder/new.md");
  ASSERT_TRUE((*file)->write("ours").ok());
  disk_.write_file("/folder/new.md", "theirs");
  EXPECT_EQ((*file)->commit().code(), Code::conflict);
  EXPECT_EQ(disk_.read_file("/folder/new.md"), "theirs");
  file->reset();
  EXPECT_EQ(paths().size(), before + 1) << "theirs, and no leftover";
}

TEST_P(AtomicFileTest, ANewFileIsDurableUnderItsName) {
  auto file = create_new_file(disk_, "/folder/new.md");
  ASSERT_TRUE((*file)->write("ours").ok());
  ASSERT_TRUE((*file)->commit().ok());
  EXPECT_EQ(disk_.durable_file("/folder/new.md"), "ours");
}

TEST_P(AtomicFileTest, ExceptionOfTheCallerLeavesNoLeftover) {
  const auto before = paths();
  try {
    auto file = create_atomic_file(disk_, kPath);
    ASSERT_TRUE((*file)->write("new").ok());
    throw std::runtime_error("the caller's own");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(paths(), before);
}

TEST_P(AtomicFileTest, ErrorLeavesTheOldFileAndNoLeftover) {
  const auto before = paths();
  for (const char* call : {"append", "sync_data", "rename"}) {
    disk_.fail_next(call, ENOSPC);
    EXPECT_EQ(replace(std::string(3 << 20, 'x')).code(), Code::io) << call;
    EXPECT_EQ(disk_.read_file(kPath), "old") << call;
    EXPECT_EQ(paths(), before) << call;
  }
}

TEST_P(AtomicFileTest, PowerCutLeavesOldOrNewAndAfterCommitOnlyNew) {
  for (std::uint64_t cut = 0;; ++cut) {
    SimFs disk(GetParam(), 1);
    disk.write_file(kPath, "old");
    disk.cut_power_at(cut);
    auto file = create_atomic_file(disk, kPath);
    const bool acknowledged = file && (*file)->write("new").ok() && (*file)->commit().ok();
    const bool finished = !disk.power_is_off();
    disk.power_cut().for_each_state(1000, 1, [&](const DiskState& state) {
      SimFs after = SimFs::from(state, GetParam());
      const std::string content = after.read_file(kPath).value_or("no file");
      EXPECT_TRUE(content == "new" || (!acknowledged && content == "old")) << content;
      return true;
    });
    if (finished) break;
  }
}

TEST_P(AtomicFileTest, WritingAfterCommitIsInvalid) {
  auto file = create_atomic_file(disk_, kPath);
  ASSERT_TRUE((*file)->commit().ok());
  EXPECT_EQ((*file)->write("more").code(), Code::invalid);
}

INSTANTIATE_TEST_SUITE_P(Disks, AtomicFileTest,
                         testing::Values(Profile::strict_posix, Profile::journaling));

}  // namespace
}  // namespace everturn
