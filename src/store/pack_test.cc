// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <functional>

#include "store/test_help.h"

namespace everturn {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Compresses well, and each line is another one.
Texts long_texts(int first, int last) {
  Texts all;
  for (int i = first; i <= last; ++i) {
    all.push_back(R"({"n":)" + std::to_string(i) + R"(,"c":")" + std::string(200, 'x') + R"("})");
  }
  return all;
}

class PackTest : public SimStoreTest {
 protected:
  void fill(const Texts& records, std::string_view key = kKey) {
    must(append_to(*open(), key, records));
  }
  void pack(std::string_view key = kKey) { ASSERT_TRUE(must(open()->pack(key)).changed); }
  [[nodiscard]] std::string packed_path(std::string_view key = kKey) const {
    return path(packed_file_name(session_file_name(key, false)));
  }
  [[nodiscard]] bool is_packed() const {
    return disk_.read_file(packed_path()).has_value() && !disk_.read_file(file_of(kKey));
  }
  [[nodiscard]] bool is_plain() const {
    return !disk_.read_file(packed_path()).has_value() && disk_.read_file(file_of(kKey));
  }
  static std::string raw(Store& store) {
    std::string bytes;
    EXPECT_TRUE(store
                    .read_raw(kKey,
                              [&bytes](std::string_view piece) {
                                bytes += piece;
                                return true;
                              })
                    .ok());
    return bytes;
  }
  // Changes a byte in the middle of the packed file's first frame.
  void damage_frame() {
    std::string file = disk_.read_file(packed_path()).value_or("");
    file[file.size() / 4] ^= 1;
    disk_.write_file(packed_path(), file);
  }
};

TEST_F(PackTest, APackedSessionIsListedAndReadAsBefore) {
  fill(long_texts(1, 50));
  const std::string before = bytes_of();
  const std::int64_t written = must(open()->list()).front().modified_ns;
  pack();
  EXPECT_TRUE(is_packed());
  EXPECT_EQ(raw(*open()), before);
  EXPECT_EQ(load(*open(), kKey).records, long_texts(1, 50));
  EXPECT_EQ(load(*open(), kKey, last(3)).records, long_texts(48, 50));
  EXPECT_EQ(must(open()->metadata(kKey)).key, kKey);
  const std::vector<SessionInfo> listed = must(open()->list({.check = true}));
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].key, kKey);
  EXPECT_EQ(listed[0].records, 50U);
  EXPECT_EQ(listed[0].unpacked_bytes, before.size());
  EXPECT_LT(listed[0].bytes, before.size() / 4);
  EXPECT_EQ(listed[0].modified_ns, written);
  EXPECT_THAT(must(open()->list({.names_only = true})), SizeIs(1));
}

TEST_F(PackTest, UnpackedItIsWhatItWas) {
  fill(long_texts(1, 50));
  const std::string before = bytes_of();
  const std::int64_t written = must(open()->list()).front().modified_ns;
  pack();
  EXPECT_TRUE(must(open()->unpack(kKey)).changed);
  EXPECT_TRUE(is_plain());
  EXPECT_EQ(bytes_of(), before);
  EXPECT_EQ(must(open()->list()).front().modified_ns, written);
}

TEST_F(PackTest, TheFirstAppendUnpacksAndGoesOn) {
  fill(long_texts(1, 50));
  pack();
  fill(long_texts(51, 51));
  EXPECT_TRUE(is_plain());
  EXPECT_EQ(load(*open(), kKey).records, long_texts(1, 51));
}

TEST_F(PackTest, AWriterThatIsOpenGoesOnToo) {
  const auto store = open();
  const auto writer = open_padded(*store);
  for (const std::string& text : long_texts(1, 50)) must(append_to(*writer, {text}));
  pack();
  must(append_to(*writer, long_texts(51, 51)));
  EXPECT_TRUE(is_plain());
  EXPECT_EQ(load(*open(), kKey).records, long_texts(1, 51));
}

TEST_F(PackTest, EveryOtherWriteUnpacksToo) {
  const auto changes = [](Store& store, const Version& version) {
    return std::vector<std::function<Status()>>{
        [&] {
          return store.update_metadata(kKey, {R"({"a":1})", {}}).status();
        },
        [&] { return store.pop(kKey, 1).status(); },
        [&] {
          const std::string record = text(1);
          return store.save(kKey, std::vector<std::string_view>{record}, expecting(version))
              .status();
        },
        [&] { return append_to(store, kKey, texts(1, 1), expecting(version)).status(); },
        [&] { return store.rename(kKey, kOtherKey).status(); },
    };
  };
  for (std::size_t i = 0; i < 5; ++i) {
    const auto store = open();
    fill(long_texts(1, 50));
    pack();
    const Version version = must(store->version(kKey));
    EXPECT_TRUE(changes(*store, version)[i]().ok()) << i;
    EXPECT_FALSE(disk_.read_file(packed_path()).has_value()) << i;
    must(store->remove(i == 4 ? kOtherKey : kKey));
  }
}

TEST_F(PackTest, ForkReadsItAndDeletingMovesItPacked) {
  fill(long_texts(1, 50));
  pack();
  must(open()->fork(kKey, kOtherKey));
  EXPECT_TRUE(is_packed());
  EXPECT_EQ(load(*open(), kOtherKey).records, long_texts(1, 50));
  const TrashEntry entry = must(open()->remove(kKey));
  EXPECT_EQ(must(open()->version(kKey)), Version::none());
  EXPECT_TRUE(open()->undelete(entry.id).ok());
  EXPECT_TRUE(is_packed());
  EXPECT_EQ(load(*open(), kKey).records, long_texts(1, 50));
}

TEST_F(PackTest, DamageIsKeptByteForByte) {
  std::string bytes = first_line(kKey) + "\n{\"torn\n";
  for (const std::string& text : long_texts(1, 50)) bytes += text + "\n";
  bytes += "{\"unterminated";
  put_session(bytes);
  pack();
  EXPECT_EQ(raw(*open()), bytes);
  EXPECT_EQ(load(*open(), kKey).report.in_flight_bytes, 14U);
  must(open()->unpack(kKey));
  EXPECT_EQ(bytes_of(), bytes);
}

TEST_F(PackTest, AnOlderTwinGoesAndThePlainFileCounts) {
  fill(long_texts(1, 50));
  pack();
  const std::string packed = disk_.read_file(packed_path()).value_or("");
  fill(long_texts(51, 51));
  disk_.write_file(packed_path(), packed);
  EXPECT_EQ(load(*open(), kKey).records, long_texts(1, 51));
  const std::vector<SessionInfo> listed = must(open()->list());
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_THAT(listed[0].note, HasSubstr("packed file of the same name"));
  must(open()->unpack(kKey));
  EXPECT_TRUE(is_plain());
  EXPECT_THAT(must(open()->trash()), IsEmpty());
}

TEST_F(PackTest, ATwinWithOtherContentGoesToTheTrash) {
  fill(long_texts(1, 50));
  pack();
  const std::string packed = disk_.read_file(packed_path()).value_or("");
  must(open()->unpack(kKey));
  must(open()->pop(kKey, 1));
  ASSERT_TRUE(open()->purge(must(open()->trash()).front().id).ok());
  disk_.write_file(packed_path(), packed);
  EXPECT_THAT(must(open()->pack(kKey)).note, HasSubstr("in the trash"));
  EXPECT_THAT(must(open()->trash()), SizeIs(1));
  EXPECT_EQ(load(*open(), kKey).records, long_texts(1, 49));
}

TEST_F(PackTest, BitRotIsToldAndTheRestIsRead) {
  // Two frames: of lines that do not compress away.
  Texts records;
  std::uint64_t x = 1;
  for (int i = 0; i < 3000; ++i) {
    std::string noise;
    for (int n = 0; n < 500; ++n) {
      x = x * 6364136223846793005U + 1442695040888963407U;
      noise += static_cast<char>('a' + (x >> 60U));
    }
    records.push_back(R"({"n":)" + std::to_string(i) + R"(,"c":")" + noise + R"("})");
  }
  fill(records);
  pack();
  damage_frame();
  const Loaded loaded = load(*open(), kKey);
  EXPECT_EQ(loaded.report.damage_count, 1U);
  EXPECT_GT(loaded.report.damage_bytes, 900'000U);
  EXPECT_GT(loaded.records.size(), 500U);
  EXPECT_EQ(loaded.records.back(), records.back());
  EXPECT_EQ(code_of(append_to(*open(), kKey, texts(1, 1))), Code::damaged);
  EXPECT_EQ(code_of(open()->unpack(kKey)), Code::damaged);
  EXPECT_TRUE(is_packed());
  EXPECT_TRUE(must(open()->unpack(kKey, true)).changed);
  EXPECT_THAT(must(open()->trash()), SizeIs(1));
  EXPECT_EQ(load(*open(), kKey).records, loaded.records);
  EXPECT_TRUE(append_to(*open(), kKey, texts(1, 1)).ok());
}

TEST_F(PackTest, SealingLeavesItPacked) {
  StoreOptions unsealed;
  unsealed.seals = false;
  must(append_to(*open(unsealed), kKey, long_texts(1, 50)));
  ASSERT_TRUE(must(open(unsealed)->pack(kKey)).changed);
  must(open()->seal(kKey, false));
  EXPECT_TRUE(is_packed());
  const SealReport report = must(open()->verify(kKey));
  EXPECT_TRUE(report.has_seals);
  EXPECT_EQ(report.unsealed_bytes, 0U);
}

TEST_F(PackTest, WhatCannotBeUnpackedIsNotSealed) {
  fill(long_texts(1, 50));
  pack();
  damage_frame();
  EXPECT_EQ(code_of(open()->seal(kKey, true)), Code::damaged);
  EXPECT_TRUE(is_packed());
  EXPECT_TRUE(must(open()->verify(kKey)).is_alarm());
}

TEST_F(PackTest, WhatIsNoZstdIsDamageAndNotWrittenTo) {
  disk_.write_file(path(".everturn/format"), "everturn 1\n");
  disk_.write_file(packed_path(), "no such thing");
  EXPECT_EQ(load(*open(), kKey).report.damage_count, 1U);
  const std::vector<SessionInfo> listed = must(open()->list());
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].note, "no record");
  EXPECT_EQ(code_of(append_to(*open(), kKey, texts(1, 1))), Code::damaged);
}

TEST_F(PackTest, NotWhereNanobotOrAnotherAgentReads) {
  disk_.write_file(path(".session-files.lock"), "");
  disk_.write_file(file_of(kKey), first_line(kKey) + "\n" + lines(long_texts(1, 50)));
  EXPECT_THAT(open()->pack(kKey).status().message(), HasSubstr("nanobot"));
  EXPECT_TRUE(is_plain());
}

TEST_F(PackTest, NothingIsPackedThatWouldNotBecomeSmaller) {
  put_session("{}\n");
  const Packed packed = must(open()->pack(kKey));
  EXPECT_FALSE(packed.changed);
  EXPECT_TRUE(is_plain());
  EXPECT_EQ(code_of(open()->pack("nobody")), Code::not_found);
}

TEST_F(PackTest, PositionsFromBeforeAreOfAnotherGeneration) {
  fill(long_texts(1, 50));
  ReadOptions from;
  from.from = must(open()->read(kKey, {}, [](const Record&) { return true; })).end;
  pack();
  EXPECT_EQ(code_of(open()->read(kKey, from, [](const Record&) { return true; })), Code::conflict);
}

TEST_F(PackTest, RewindTakesAPositionOfThePackedSession) {
  fill(long_texts(1, 50));
  pack();
  ReadOptions two;
  two.last = 2;
  const Position position = must(open()->read(kKey, two, [](const Record&) { return true; })).begin;
  EXPECT_EQ(must(open()->rewind(kKey, position)).removed_records, 2U);
  EXPECT_TRUE(is_plain());
  EXPECT_EQ(load(*open(), kKey).records, long_texts(1, 48));
  EXPECT_EQ(code_of(open()->rewind(kKey, position)), Code::conflict);
}

TEST_F(PackTest, BackupTakesItPackedAndBringsItBack) {
  fill(long_texts(1, 50));
  pack();
  must(open()->backup("/backup"));
  RestoreOptions how;
  how.apply = true;
  Store other(must(open_dir_engine(disk_, "/other", {})));
  EXPECT_EQ(must(other.restore("/backup", how)).created, 1U);
  EXPECT_EQ(load(other, kKey).records, long_texts(1, 50));
}

TEST_F(PackTest, RepairOfAPackedSessionUnpacksIt) {
  put_session(first_line(kKey) + "\n{\"torn\n" + lines(long_texts(1, 50)));
  pack();
  EXPECT_TRUE(must(open()->plan_repair(kKey)).has_work());
  EXPECT_TRUE(is_packed());
  EXPECT_EQ(must(open()->repair(kKey)).set_aside_count, 1U);
  EXPECT_TRUE(is_plain());
  EXPECT_EQ(load(*open(), kKey).report.damage_count, 0U);
}

TEST_F(PackTest, RepairIsUndoneAlsoWhereTheSessionWasPackedSince) {
  const std::string before = first_line(kKey) + "\n{\"torn\n" + lines(long_texts(1, 50));
  put_session(before);
  const std::string id = must(open()->repair(kKey)).receipt_id;
  pack();
  ASSERT_TRUE(open()->undo_repair(id, "/copy.jsonl").ok());
  EXPECT_TRUE(is_packed());
  EXPECT_EQ(disk_.read_file("/copy.jsonl"), before);
  ASSERT_TRUE(open()->undo_repair(id).ok());
  EXPECT_TRUE(is_plain());
  EXPECT_EQ(bytes_of(), before);
}

class PackedFolder : public PosixTest {};

TEST_F(PackedFolder, WatchTellsOfAPackedSessionThatGoes) {
  Store store(must(open_dir_engine(posix_fs(), path("store"), {})));
  must(append_to(store, kKey, long_texts(1, 50)));
  ASSERT_TRUE(must(store.pack(kKey)).changed);
  const auto watching = must(store.watch_all());
  must(store.remove(kKey));
  std::string told;
  const auto keep = [&told](std::string_view key) { told = key; };
  EXPECT_TRUE(must(watching->next(std::chrono::milliseconds(0), keep)));
  EXPECT_EQ(told, kKey);
}

}  // namespace
}  // namespace everturn
