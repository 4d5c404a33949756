// SPDX-License-Identifier: Apache-2.0
// What an Importer is told between its passes, on the system's own file system.
#include <sys/syscall.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"
#include "store/import.h"

namespace everturn {
namespace {

constexpr std::int64_t kLongMs = 10'000;

class ImportWatchTest : public PosixTest {
 protected:
  ImportWatchTest() {
    write("claude/projects/old/a.jsonl", "{}\n");
    write("claude/projects/new/b.jsonl", "{}\n");
    importer_ = must(Importer::open(posix_fs(), path("copy")));
    importer_->watch_folders();
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::app | std::ios::binary) << text;
  }
  // The names of the sources that were copied.
  std::vector<std::string> pass() {
    AgentPlace place;
    place.folder = {Agent::claude, path("claude"), "", {"projects"}};
    std::vector<std::string> copied;
    const Status done = importer_->import(place, [&](const ImportEvent& event) {
      if (event.report.bytes > 0) {
        copied.push_back(std::filesystem::path(event.source).filename());
      }
      return true;
    });
    EXPECT_TRUE(done.ok()) << done.message();
    return copied;
  }

  std::unique_ptr<Importer> importer_;
};

using Names = std::vector<std::string>;

TEST_F(ImportWatchTest, AWriteInAnyFolderIsTold) {
  EXPECT_EQ(pass(), (Names{"b.jsonl", "a.jsonl"}));
  EXPECT_FALSE(importer_->wait(0));
  for (const char* name : {"a.jsonl", "b.jsonl"}) {
    write(std::string("claude/projects/") + (*name == 'a' ? "old/" : "new/") + name, "[]\n");
    EXPECT_TRUE(importer_->wait(kLongMs));
    EXPECT_EQ(pass(), Names{name});
    EXPECT_FALSE(importer_->wait(0));
  }
  EXPECT_FALSE(importer_->must_look_again());
}

TEST_F(ImportWatchTest, ANewFolderIsWatchedFromThePassThatFoundIt) {
  pass();
  write("claude/projects/third/c.jsonl", "{}\n");
  EXPECT_TRUE(importer_->wait(kLongMs));
  EXPECT_EQ(pass(), Names{"c.jsonl"});
  // The write of c may be told only now.
  while (importer_->wait(0)) pass();
  write("claude/projects/third/c.jsonl", "[]\n");
  EXPECT_TRUE(importer_->wait(kLongMs));
  EXPECT_EQ(pass(), Names{"c.jsonl"});
}

TEST_F(ImportWatchTest, AFolderThatWasMissingIsLookedFor) {
  std::filesystem::remove_all(path("claude/projects"));
  pass();
  EXPECT_FALSE(importer_->must_look_again());
  write("claude/projects/p/d.jsonl", "{}\n");
  EXPECT_TRUE(importer_->must_look_again());
  EXPECT_EQ(pass(), Names{"d.jsonl"});
  EXPECT_FALSE(importer_->must_look_again());
}

TEST_F(ImportWatchTest, WhereTheWatchesRunOutItLooksAgain) {
  EXPECT_EQ(in_child([&] {
              refuse_call(SYS_inotify_add_watch, ENOSPC);
              pass();
              EXPECT_TRUE(importer_->must_look_again());
              pass();
              EXPECT_TRUE(importer_->must_look_again());
            }),
            0);
}

TEST(ImportWatch, AFileSystemThatTellsNothingIsLookedAtAgain) {
  SimFs disk;
  disk.write_file("/home/.claude/projects/p/s.jsonl", "{}\n");
  const std::unique_ptr<Importer> importer = must(Importer::open(disk, "/copy"));
  importer->watch_folders();
  AgentPlace place;
  place.folder = {Agent::claude, "/home/.claude", "", {"projects"}};
  EXPECT_TRUE(importer->import(place, [](const ImportEvent&) { return true; }).ok());
  EXPECT_FALSE(importer->wait(5));
  EXPECT_TRUE(importer->must_look_again());
}

}  // namespace
}  // namespace everturn
