// SPDX-License-Identifier: Apache-2.0
#include "fs/power_cut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "fs/sim_fs.h"

namespace everturn {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kAbsent = "(absent)";

std::unique_ptr<Folder> open_root(SimFs& disk) { return *disk.open_folder("/", false); }

std::unique_ptr<File> create(Folder& folder, std::string_view name, std::string_view content) {
  auto file = *folder.open(name, Access::create_new);
  EXPECT_TRUE(file->append(content).ok());
  return file;
}

std::unique_ptr<File> open(Folder& folder, std::string_view name, Access access = Access::append) {
  return *folder.open(name, access);
}

void append(File& file, std::string_view bytes) { EXPECT_EQ(*file.append(bytes), bytes.size()); }

void overwrite(File& file, std::uint64_t offset, std::string_view bytes) {
  EXPECT_EQ(*file.write_at(offset, bytes), bytes.size());
}

// What `path` may be after a cut now.
std::set<std::string> outcomes(const SimFs& disk, const std::string& path) {
  std::set<std::string> seen;
  disk.power_cut().for_each_state(100'000, 1, [&](const DiskState& state) {
    seen.insert(state.file(path).value_or(kAbsent));
    return true;
  });
  return seen;
}

// Which of the names in the root may be there after a cut now, as "a b".
std::set<std::string> name_sets(const SimFs& disk) {
  std::set<std::string> seen;
  disk.power_cut().for_each_state(100'000, 1, [&](const DiskState& state) {
    std::string names;
    for (const auto& [path, content] : state.files()) names += path + " ";
    seen.insert(names);
    return true;
  });
  return seen;
}

std::string zeros(std::size_t count) { return std::string(count, '\0'); }

std::string letters(std::size_t count, char letter) { return std::string(count, letter); }

TEST(PowerCut, AppendIsLostWholeTornOrZeros) {
  SimFs disk;
  disk.write_file("/x", "old\n");
  append(*open(*open_root(disk), "x"), "ab\n");
  EXPECT_THAT(outcomes(disk, "/x"),
              UnorderedElementsAre("old\n", "old\na", "old\nab", "old\nab\n", "old\n" + zeros(3)));
}

TEST(PowerCut, AppendOverTwoSectorsKeepsAnySubset) {
  SimFs disk;
  disk.write_file("/x", letters(510, 'o'));
  append(*open(*open_root(disk), "x"), "abcd");
  const std::string old = letters(510, 'o');
  EXPECT_THAT(outcomes(disk, "/x"),
              UnorderedElementsAre(old, old + "a", old + "ab", old + "abc", old + "abcd",
                                   old + zeros(4), old + "ab" + zeros(2), old + zeros(2) + "cd"));
}

TEST(PowerCut, GoodBytesMayFollowAHoleOfALostAppend) {
  SimFs disk;
  disk.write_file("/x", "");
  auto file = open(*open_root(disk), "x");
  append(*file, "aa");
  append(*file, "b");
  EXPECT_THAT(outcomes(disk, "/x"), Contains(zeros(2) + "b"));
}

TEST(PowerCut, OverwriteKeepsAnySubsetOfSectors) {
  SimFs disk;
  disk.write_file("/x", letters(1024, 'o'));
  overwrite(*open(*open_root(disk), "x", Access::write), 511, "ab");
  const auto content = [](char first, char second) {
    return letters(511, 'o') + first + second + letters(511, 'o');
  };
  EXPECT_THAT(outcomes(disk, "/x"), UnorderedElementsAre(content('o', 'o'), content('a', 'o'),
                                                         content('o', 'b'), content('a', 'b')));
}

TEST(PowerCut, OverwriteOfALostAppendNeverGrowsTheFile) {
  SimFs disk;
  disk.write_file("/x", "");
  auto root = open_root(disk);
  append(*open(*root, "x"), "abc");
  overwrite(*open(*root, "x", Access::write), 1, "B");
  const auto seen = outcomes(disk, "/x");
  EXPECT_THAT(seen, IsSupersetOf({std::string(), std::string("aBc"), std::string("abc")}));
}

TEST(PowerCut, SectorIsKeptWithAllThatWasWrittenIntoItBefore) {
  SimFs disk;
  disk.write_file("/x", letters(1024, 'o'));
  const auto file = open(*open_root(disk), "x", Access::write);
  overwrite(*file, 0, "a");
  overwrite(*file, 600, "b");
  overwrite(*file, 1, "c");
  for (const std::string& content : outcomes(disk, "/x")) {
    EXPECT_TRUE(content[1] == 'o' || content[0] == 'a') << content;
  }
  EXPECT_THAT(outcomes(disk, "/x"), testing::SizeIs(6));
}

TEST(PowerCut, TruncateHappensOrNot) {
  SimFs disk;
  disk.write_file("/x", "abcdef");
  ASSERT_TRUE(open(*open_root(disk), "x")->truncate(2).ok());
  EXPECT_THAT(outcomes(disk, "/x"), UnorderedElementsAre("abcdef", "ab"));
}

TEST(PowerCut, SyncedDataSurvives) {
  SimFs disk;
  disk.write_file("/x", "");
  auto file = open(*open_root(disk), "x");
  append(*file, "abc");
  ASSERT_TRUE(file->sync_data().ok());
  EXPECT_THAT(outcomes(disk, "/x"), ElementsAre("abc"));
}

TEST(PowerCut, NewFileWithoutSyncIsAbsentEmptyTornOrZeros) {
  SimFs disk;
  create(*open_root(disk), "x", "ab");
  EXPECT_THAT(outcomes(disk, "/x"), UnorderedElementsAre(kAbsent, "", "a", "ab", zeros(2)));
}

TEST(PowerCut, SyncingAFileSavesItsNameOnlyInAJournal) {
  for (const Profile profile : {Profile::strict_posix, Profile::journaling}) {
    SimFs disk(profile);
    ASSERT_TRUE(create(*open_root(disk), "x", "ab")->sync_data().ok());
    const bool may_be_absent = outcomes(disk, "/x").contains(kAbsent);
    EXPECT_EQ(may_be_absent, profile == Profile::strict_posix);
  }
}

TEST(PowerCut, SyncedFolderKeepsTheNameButNotTheData) {
  SimFs disk;
  auto root = open_root(disk);
  create(*root, "x", "ab");
  ASSERT_TRUE(root->sync().ok());
  EXPECT_THAT(outcomes(disk, "/x"), UnorderedElementsAre("", "a", "ab", zeros(2)));
}

TEST(PowerCut, RenameOfAnUnsyncedFileMayLoseBothContents) {
  for (const Profile profile : {Profile::strict_posix, Profile::journaling}) {
    SimFs disk(profile);
    disk.write_file("/x", "old");
    auto root = open_root(disk);
    create(*root, "t", "n");
    ASSERT_TRUE(root->rename("t", *root, "x", true).ok());
    EXPECT_THAT(outcomes(disk, "/x"), UnorderedElementsAre("old", "", "n", zeros(1)));
  }
}

TEST(PowerCut, RenameOfASyncedFileIsOldOrNew) {
  SimFs disk;
  disk.write_file("/x", "old");
  auto root = open_root(disk);
  ASSERT_TRUE(create(*root, "t", "new")->sync_data().ok());
  ASSERT_TRUE(root->rename("t", *root, "x", true).ok());
  EXPECT_THAT(outcomes(disk, "/x"), UnorderedElementsAre("old", "new"));
  ASSERT_TRUE(root->sync().ok());
  EXPECT_THAT(outcomes(disk, "/x"), ElementsAre("new"));
}

TEST(PowerCut, RemovedNameComesBackUntilTheFolderIsSynced) {
  SimFs disk;
  disk.write_file("/x", "old");
  auto root = open_root(disk);
  ASSERT_TRUE(root->remove("x").ok());
  EXPECT_THAT(outcomes(disk, "/x"), UnorderedElementsAre("old", kAbsent));
  ASSERT_TRUE(root->sync().ok());
  EXPECT_THAT(outcomes(disk, "/x"), ElementsAre(kAbsent));
}

TEST(PowerCut, NamesSurviveInAnySubsetUnlessAJournalOrdersThem) {
  for (const Profile profile : {Profile::strict_posix, Profile::journaling}) {
    SimFs disk(profile);
    auto root = open_root(disk);
    (void)*root->open("a", Access::create_new);
    (void)*root->open("b", Access::create_new);
    const auto seen = name_sets(disk);
    EXPECT_THAT(seen, IsSupersetOf({"", "/a ", "/a /b "}));
    EXPECT_EQ(seen.contains("/b "), profile == Profile::strict_posix);
  }
}

TEST(PowerCut, RenameWithinAFolderIsAtomicAndBetweenFoldersInAJournal) {
  for (const Profile profile : {Profile::strict_posix, Profile::journaling}) {
    SimFs disk(profile);
    disk.write_file("/x", "");
    disk.write_file("/f/y", "");
    auto root = open_root(disk);
    ASSERT_TRUE(root->rename("x", *root, "z", false).ok());
    EXPECT_THAT(name_sets(disk), UnorderedElementsAre("/f/y /x ", "/f/y /z "));
    disk.settle();
    auto folder = *root->open_folder("f");
    ASSERT_TRUE(root->rename("z", *folder, "z", false).ok());
    const auto seen = name_sets(disk);
    EXPECT_THAT(seen, IsSupersetOf({"/f/y /z ", "/f/y /f/z "}));
    EXPECT_EQ(seen.contains("/f/y "), profile == Profile::strict_posix);
    EXPECT_EQ(seen.contains("/f/y /f/z /z "), profile == Profile::strict_posix);
  }
}

TEST(PowerCut, NewFolderTakesItsSyncedContentWithIt) {
  SimFs disk;
  auto root = open_root(disk);
  ASSERT_TRUE(root->make_folder("f").ok());
  auto folder = *root->open_folder("f");
  ASSERT_TRUE(create(*folder, "x", "ab")->sync_data().ok());
  ASSERT_TRUE(folder->sync().ok());
  EXPECT_THAT(outcomes(disk, "/f/x"), UnorderedElementsAre(kAbsent, "ab"));
  ASSERT_TRUE(root->sync().ok());
  EXPECT_THAT(outcomes(disk, "/f/x"), ElementsAre("ab"));
}

TEST(PowerCut, SyncingAnyFileInAJournalSavesAllEarlierNames) {
  SimFs disk(Profile::journaling);
  disk.write_file("/x", "");
  disk.write_file("/y", "");
  auto root = open_root(disk);
  ASSERT_TRUE(root->remove("x").ok());
  ASSERT_TRUE(open(*root, "y")->sync_data().ok());
  ASSERT_TRUE(root->remove("y").ok());
  EXPECT_THAT(name_sets(disk), UnorderedElementsAre("/y ", ""));
}

TEST(PowerCut, SmallCutsAreExhaustedEachStateOnce) {
  SimFs disk;
  disk.write_file("/x", "");
  auto file = open(*open_root(disk), "x");
  append(*file, "abc");
  append(*file, "defg");
  // 3 + 2 ways and 4 + 2 ways; behind a kept second append, a lost first one reads as zeros.
  EXPECT_EQ(disk.power_cut().combinations(), 30u);
  std::set<std::string> different;
  const auto visited = disk.power_cut().for_each_state(30, 1, [&](const DiskState& state) {
    different.insert(*state.file("/x"));
    return true;
  });
  EXPECT_EQ(visited, 25u);
  EXPECT_EQ(different.size(), 25u);
}

TEST(PowerCut, NamesAndDataMultiply) {
  const auto combinations = [](Profile profile) {
    SimFs disk(profile);
    auto root = open_root(disk);
    create(*root, "a", "12");
    create(*root, "b", "1");
    return disk.power_cut().combinations();
  };
  EXPECT_EQ(combinations(Profile::strict_posix), 2u * 2u * 4u * 3u);
  EXPECT_EQ(combinations(Profile::journaling), 3u * 4u * 3u);
}

TEST(PowerCut, LargeCutsVisitTellingStatesWithinTheLimit) {
  SimFs disk;
  disk.write_file("/x", "");
  auto file = open(*open_root(disk), "x");
  std::string all;
  for (int i = 0; i < 12; ++i) {
    append(*file, letters(100, 'a'));
    all += letters(100, 'a');
  }
  std::set<std::string> seen;
  const auto visited = disk.power_cut().for_each_state(
      300, 7, [&](const DiskState& state) { return seen.insert(*state.file("/x")).second; });
  EXPECT_EQ(visited, 300u);
  EXPECT_THAT(seen, IsSupersetOf({std::string(), all, all.substr(0, 300), all.substr(0, 301)}));
}

TEST(PowerCut, TheSameSeedVisitsTheSameStates) {
  SimFs disk;
  disk.write_file("/x", "");
  append(*open(*open_root(disk), "x"), letters(20'000, 'a'));
  const auto visit = [&](std::uint64_t seed) {
    std::vector<std::string> contents;
    disk.power_cut().for_each_state(200, seed, [&](const DiskState& state) {
      contents.push_back(*state.file("/x"));
      return true;
    });
    return contents;
  };
  EXPECT_EQ(visit(5), visit(5));
  EXPECT_NE(visit(5), visit(6));
}

TEST(PowerCut, VisitorStopsTheVisits) {
  SimFs disk;
  create(*open_root(disk), "x", "abc");
  EXPECT_EQ(disk.power_cut().for_each_state(100, 1, [](const DiskState&) { return false; }), 1u);
}

TEST(PowerCut, CutIsASnapshot) {
  SimFs disk;
  disk.write_file("/x", "old");
  const PowerCut cut = disk.power_cut();
  auto file = open(*open_root(disk), "x");
  append(*file, "new");
  ASSERT_TRUE(file->sync_data().ok());
  EXPECT_EQ(cut.all_kept().file("/x"), "old");
  EXPECT_EQ(disk.power_cut().all_lost().file("/x"), "oldnew");
}

TEST(PowerCut, DescriptionTellsWhatBecameOfEachOperation) {
  SimFs disk;
  create(*open_root(disk), "x", "ab");
  const PowerCut cut = disk.power_cut();
  EXPECT_EQ(cut.describe(cut.all_kept()), "set x, kept\nappend x at 0, 2 bytes: whole\n");
  EXPECT_EQ(cut.describe(cut.all_lost()), "set x, lost\nappend x at 0, 2 bytes: lost\n");
}

TEST(PowerCut, StatesCompareByWhatIsOnThePlatters) {
  SimFs disk;
  create(*open_root(disk), "x", "ab");
  const PowerCut cut = disk.power_cut();
  EXPECT_EQ(cut.all_kept(), cut.all_kept());
  EXPECT_NE(cut.all_kept(), cut.all_lost());
  EXPECT_EQ(cut.all_kept().text(), "/x 2 bytes: ab\n");
}

TEST(PowerCut, RecoveredDiskHasTheStateAndTheSameInodes) {
  SimFs disk;
  disk.write_file("/f/x", "ab");
  const FileId before = (*open(*(*disk.open_folder("/f", false)), "x")->info()).id;
  SimFs recovered = SimFs::from(disk.power_cut().all_kept(), Profile::strict_posix);
  auto file = open(*(*recovered.open_folder("/f", false)), "x");
  EXPECT_EQ((*file->info()).id.inode, before.inode);
  EXPECT_EQ((*file->info()).id.birth_ns, before.birth_ns);
  EXPECT_EQ((*file->info()).links, 1u);
  EXPECT_EQ(recovered.power_cut().combinations(), 1u);
  EXPECT_GT(recovered.now_ns(), disk.now_ns());
}

TEST(PowerCut, TimeOfAnOverwriteIsNotDurable) {
  SimFs disk;
  disk.write_file("/x", "abc");
  auto root = open_root(disk);
  const auto before = (*root->stat("x")).modified_ns;
  auto file = open(*root, "x", Access::write);
  overwrite(*file, 0, "A");
  ASSERT_TRUE(file->sync_data().ok());
  EXPECT_GT((*root->stat("x")).modified_ns, before);
  SimFs recovered = SimFs::from(disk.power_cut().all_lost(), Profile::strict_posix);
  EXPECT_EQ((*open_root(recovered)->stat("x")).modified_ns, before);
  EXPECT_EQ(recovered.read_file("/x"), "Abc");
}

TEST(PowerCut, UnreachableFilesCostNoStates) {
  SimFs disk;
  disk.write_file("/x", "abc");
  auto root = open_root(disk);
  auto file = open(*root, "x");
  ASSERT_TRUE(root->remove("x").ok());
  ASSERT_TRUE(root->sync().ok());
  append(*file, "lost anyway");
  EXPECT_EQ(disk.power_cut().combinations(), 1u);
  EXPECT_THAT(name_sets(disk), Not(Contains("/x ")));
}

}  // namespace
}  // namespace everturn
