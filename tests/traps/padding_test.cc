// SPDX-License-Identifier: Apache-2.0
// The padded tail, seen from the store: readers, other writers, foreign programs, power cuts.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "journal/scan.h"
#include "store/test_help.h"
#include "tests/traps/hook_fs.h"

namespace everturn {
namespace {

constexpr std::size_t kPaddingMax = 16384;

class Padding : public SimStoreTest {
 protected:
  Padding() { put_session(first_line(kKey) + "\n"); }

  // A writer whose tail is padded: records 1 and 2 are there.
  std::unique_ptr<Writer> begin(Store& store) {
    std::unique_ptr<Writer> writer = open_padded(store);
    EXPECT_TRUE(append_to(*writer, {text(1)}).ok());
    EXPECT_TRUE(append_to(*writer, {text(2)}).ok());
    return writer;
  }
  // The bytes behind the last byte that is no blank.
  [[nodiscard]] std::string tail() const {
    const std::string bytes = bytes_of();
    return bytes.substr(bytes.find_last_not_of("\t\n") + 2);
  }
  void append_as_foreigner(const std::string& bytes) const {
    SimFs& disk = const_cast<SimFs&>(disk_);
    const auto folder = must(disk.open_folder(folder_, false));
    must(must(folder->open(session_file_name(kKey, false), Access::append))->append(bytes));
  }
};

TEST_F(Padding, IsOneLineOfAtMost16KiBOfTabs) {
  const auto store = open();
  const auto writer = begin(*store);
  EXPECT_EQ(tail(), std::string(kPaddingMax, kPaddingByte) + "\n");
}

TEST_F(Padding, StartsAtTheSecondAppendOfAWriter) {
  const auto store = open();
  const auto writer = open_padded(*store);
  ASSERT_TRUE(append_to(*writer, {text(1)}).ok());
  EXPECT_EQ(tail(), "");
  ASSERT_TRUE(append_to(*writer, {text(2)}).ok());
  EXPECT_NE(tail(), "");
}

TEST_F(Padding, IsNotWrittenWhereItDoesNotPay) {
  pad(false);
  const auto store = open();
  const auto writer = begin(*store);
  EXPECT_EQ(tail(), "");
}

TEST_F(Padding, IsNotWrittenByAnOrdinaryAppend) {
  const auto store = open();
  for (int i = 1; i < 5; ++i) ASSERT_TRUE(append_to(*store, kKey, {text(i)}).ok());
  EXPECT_EQ(tail(), "");
}

TEST_F(Padding, IsNeverWrittenWhereNanobotWritesToo) {
  disk_.write_file(path(".session-files.lock"), "");
  const auto store = open();
  const auto writer = begin(*store);
  EXPECT_EQ(tail(), "");
}

TEST_F(Padding, EndsWhenNanobotComes) {
  const auto store = open();
  const auto writer = begin(*store);
  disk_.write_file(path(".session-files.lock"), "");
  disk_.sleep_ns(1'000'000'000);
  ASSERT_TRUE(append_to(*writer, {text(3)}).ok());
  EXPECT_EQ(tail(), "");
  ASSERT_TRUE(append_to(*writer, {text(4)}).ok());
  ASSERT_TRUE(append_to(*writer, {text(5)}).ok());
  EXPECT_EQ(tail(), "");
  EXPECT_EQ(load(*store, kKey).records, texts(1, 5));
}

TEST_F(Padding, IsNeverWrittenInASharedFolder) {
  disk_.erase(path(".everturn"));
  disk_.write_file(path(".session-files.lock"), "");
  const auto store = open();
  const auto writer = begin(*store);
  EXPECT_EQ(tail(), "");
}

TEST_F(Padding, IsNeverWrittenInAnotherAgentsFolder) {
  disk_.erase(path(".everturn"));
  StoreOptions options;
  options.write_foreign = true;
  const auto store = open(options);
  const auto writer = begin(*store);
  EXPECT_EQ(tail(), "");
}

TEST_F(Padding, IsCutWhenTheWriterCloses) {
  const auto store = open();
  const auto writer = begin(*store);
  ASSERT_TRUE(writer->close().ok());
  EXPECT_EQ(bytes_of(), first_line(kKey) + "\n" + lines(texts(1, 2)));
}

TEST_F(Padding, IsNotCutWhileAnotherDescriptorIsOpen) {
  const auto store = open();
  const auto writer = begin(*store);
  const auto folder = must(disk_.open_folder(folder_, false));
  const auto other = must(folder->open(session_file_name(kKey, false), Access::append));
  ASSERT_TRUE(writer->close().ok());
  EXPECT_NE(tail(), "");
}

TEST_F(Padding, ReaderSeesTheRecordsAndNoDamage) {
  const auto store = open();
  const auto writer = begin(*store);
  const Loaded loaded = load(*open(), kKey);
  EXPECT_EQ(loaded.records, texts(1, 2));
  EXPECT_EQ(loaded.damage(), "");
  EXPECT_EQ(loaded.report.in_flight_bytes, 0U);
}

TEST_F(Padding, VersionIsTheSameWithAndWithoutIt) {
  const auto store = open();
  const auto writer = begin(*store);
  const Version padded = must(store->version(kKey));
  EXPECT_EQ(load(*store, kKey).report.version, padded);
  ASSERT_TRUE(writer->close().ok());
  EXPECT_EQ(must(store->version(kKey)), padded);
}

TEST_F(Padding, WatchSeesRecordsThatDoNotChangeTheSize) {
  const auto store = open();
  const auto writer = begin(*store);
  const auto watch =
      must(store->watch(kKey, must(store->read(kKey, {}, [](const Record&) { return true; })).end));
  const std::size_t size = bytes_of().size();
  ASSERT_TRUE(append_to(*writer, {text(3)}).ok());
  ASSERT_EQ(bytes_of().size(), size);
  Texts seen;
  EXPECT_EQ(must(watch->next(std::chrono::seconds(1),
                             [&](const Record& record) {
                               seen.emplace_back(record.bytes);
                               return true;
                             })),
            WatchEvent::records);
  EXPECT_EQ(seen, Texts{text(3)});
}

// What a power cut leaves now, on a machine switched on again.
class AfterTheCut {
 public:
  explicit AfterTheCut(const SimFs& disk)
      : disk_(SimFs::from(disk.power_cut().all_lost(), disk.profile())),
        store_(must(open_dir_engine(disk_, "/store", {}))) {}

  FileInfo stat() { return must(must(disk_.open_folder("/store", false))->stat(name_)); }
  Store& store() { return store_; }
  std::uint64_t listed_records() {
    ListOptions check;
    check.check = true;
    return must(store_.list(check)).at(0).records;
  }
  Texts watched_from(Position position) {
    Texts seen;
    const auto watch = must(store_.watch(kKey, position));
    must(watch->next(std::chrono::milliseconds(0), [&](const Record& record) {
      seen.emplace_back(record.bytes);
      return true;
    }));
    return seen;
  }

 private:
  const std::string name_ = session_file_name(kKey, false);
  SimFs disk_;
  Store store_;
};

// A sync for data does not make the time of an overwrite durable.
TEST_F(Padding, SizeAndTimeOfTheFileAreNotTrusted) {
  const auto store = open();
  const auto writer = begin(*store);
  AfterTheCut before(disk_);
  ASSERT_TRUE(append_to(*writer, {text(3)}).ok());
  AfterTheCut after(disk_);
  ASSERT_EQ(after.stat().size, before.stat().size);
  ASSERT_EQ(after.stat().modified_ns, before.stat().modified_ns);
  EXPECT_NE(must(after.store().version(kKey)), must(before.store().version(kKey)));
  EXPECT_EQ(after.listed_records(), before.listed_records() + 1);
  EXPECT_EQ(after.watched_from(load(before.store(), kKey).report.end), Texts{text(3)});
}

TEST_F(Padding, TailCheckSeesWhatAnotherStoreWrotePaddedAndTrimmed) {
  const auto first = open();
  const auto second = open();
  const auto writer = begin(*first);
  const auto other = open_padded(*second);
  for (int i = 3; i < 30; ++i) {
    ASSERT_TRUE(append_to(i % 3 == 0 ? *writer : *other, {text(i)}).ok());
    const bool plain = i % 7 == 0;
    ASSERT_TRUE(append_to(*second, kKey, plain ? Texts{text(1000)} : Texts{}).ok());
  }
  EXPECT_EQ(load(*first, kKey).damage(), "");
  EXPECT_EQ(load(*first, kKey).records.size(), 29U + 4U);
}

TEST_F(Padding, ForeignAppendBehindItIsKeptAndTheEndMovesPast) {
  const auto store = open();
  const auto writer = begin(*store);
  append_as_foreigner(text(100) + "\n");
  ASSERT_TRUE(append_to(*writer, {text(3)}).ok());
  ASSERT_TRUE(writer->close().ok());
  EXPECT_EQ(load(*store, kKey).records, (Texts{text(1), text(2), text(100), text(3)}));
}

TEST_F(Padding, ForeignAppendAtAnyMomentOfAnAppendIsKept) {
  for (const char* const call : {"write_at", "append", "sync_data"}) {
    put_session(first_line(kKey) + "\n");
    HookFs fs(disk_);
    const auto store = open_on(fs);
    const auto writer = begin(*store);
    fs.before(call, [&] { append_as_foreigner(text(100) + "\n"); });
    static_cast<void>(append_to(*writer, {record_of(20'000), text(3)}));
    static_cast<void>(writer->close());
    ASSERT_TRUE(fs.is_done()) << call;
    const Texts found = load(*open(), kKey).records;
    EXPECT_NE(std::find(found.begin(), found.end(), text(100)), found.end()) << call;
  }
}

TEST_F(Padding, ForeignAppendBeforeTheCutIsKept) {
  HookFs fs(disk_);
  const auto store = open_on(fs);
  const auto writer = begin(*store);
  fs.before("read_at", [&] { append_as_foreigner(text(100) + "\n"); });
  ASSERT_TRUE(writer->close().ok());
  ASSERT_TRUE(fs.is_done());
  EXPECT_EQ(load(*open(), kKey).records, (Texts{text(1), text(2), text(100)}));
}

// The moment when the bytes of a batch stand but its first.
class PaddingHalfWay : public Padding {
 protected:
  PaddingHalfWay() {
    StoreOptions impatient;
    impatient.lock_wait = std::chrono::milliseconds(1);
    reader_ = open(impatient);
  }
  // Appends two records; `look` runs before the first byte is written.
  void append_two(const std::function<void()>& look) {
    fs_.before("write_at", look, 2);
    ASSERT_TRUE(append_to(*writer_, texts(3, 4)).ok());
    ASSERT_TRUE(fs_.is_done());
  }
  // What a reader with these options gets then; nothing if it is told to wait.
  Texts seen(const ReadOptions& how) {
    Texts found;
    append_two([&] {
      const Result<Loaded> loaded = try_load(*reader_, kKey, how);
      if (loaded) {
        found = loaded->records;
        EXPECT_EQ(loaded->damage(), "");
      } else {
        EXPECT_EQ(code_of(loaded), Code::unavailable);
      }
    });
    return found;
  }

  HookFs fs_{disk_};
  std::unique_ptr<Store> store_ = open_on(fs_);
  std::unique_ptr<Writer> writer_ = begin(*store_);
  std::unique_ptr<Store> reader_;
};

bool is_beginning_of_session(const Texts& found) {
  const Texts all = texts(1, 4);
  return found.size() <= all.size() && std::equal(found.begin(), found.end(), all.begin());
}

TEST_F(PaddingHalfWay, ReaderStopsAtPaddingAndAsksUnderTheLock) {
  EXPECT_TRUE(is_beginning_of_session(seen({})));
  EXPECT_EQ(load(*reader_, kKey).records, texts(1, 4));
}

TEST_F(PaddingHalfWay, ReaderOfTheLastRecordsSeesNoEndWithoutABeginning) {
  const Texts found = seen(last(1));
  EXPECT_TRUE(found.empty() || found == Texts{text(2)}) << found[0];
}

TEST_F(PaddingHalfWay, BackwardReaderSeesNoEndWithoutABeginning) {
  ReadOptions how;
  how.backwards = true;
  Texts found = seen(how);
  std::reverse(found.begin(), found.end());
  EXPECT_TRUE(is_beginning_of_session(found));
}

TEST_F(PaddingHalfWay, VersionIsNotThatOfABatchThatNobodyCanRead) {
  const Version before = must(reader_->version(kKey));
  append_two([&] {
    const Result<Version> version = reader_->version(kKey);
    EXPECT_TRUE(!version || *version == before);
  });
  EXPECT_NE(must(reader_->version(kKey)), before);
}

// A sector that a cut takes out of the middle of a record leaves padding in it: made of spaces, it
// could be a record again, but another one.
TEST_F(Padding, SectorLostInARecordDoesNotAlterIt) {
  const auto store = open();
  const auto writer = begin(*store);
  const std::string unacknowledged = record_of(2000);
  disk_.cut_power_at(disk_.mutations() + 3);
  EXPECT_FALSE(append_to(*writer, {unacknowledged}).ok());
  disk_.power_cut().for_each_state(300, 1, [&](const DiskState& state) {
    SimFs after = SimFs::from(state, disk_.profile());
    for (const std::string& record : load(*open_on(after), kKey).records) {
      EXPECT_TRUE(record == text(1) || record == text(2) || record == unacknowledged) << record;
    }
    return !testing::Test::HasFailure();
  });
}

TEST_F(Padding, GapBetweenRecordsIsToldWithItsRange) {
  const std::string head = first_line(kKey) + "\n" + text(1) + "\n";
  put_session(head + std::string(1024 - head.size(), kPaddingByte) + text(2) + "\n");
  const Loaded loaded = load(*open(), kKey);
  EXPECT_EQ(loaded.records, texts(1, 2));
  EXPECT_EQ(loaded.damage(),
            "gap " + std::to_string(head.size()) + "+" + std::to_string(1024 - head.size()));
}

TEST_F(Padding, ReadingAcrossAGapWritesNothingAndNeedsNoWritableFolder) {
  const std::string head = first_line(kKey) + "\n" + text(1) + "\n";
  put_session(head + "\t\t\t\n" + text(2) + "\n");
  FsTraits traits;
  traits.read_only = true;
  disk_.set_traits(traits);
  EXPECT_EQ(load(*open(), kKey).records, texts(1, 2));
}

TEST_F(Padding, ReadingAcrossAGapMakesNoLockFile) {
  put_session(first_line(kKey) + "\n" + text(1) + "\n\t\t\t\n" + text(2) + "\n");
  EXPECT_EQ(load(*open(), kKey).records, texts(1, 2));
  EXPECT_FALSE(disk_.read_file(path(".everturn/lock")).has_value());
}

TEST_F(Padding, SessionThatIsOnlyPaddingIsEmpty) {
  put_session(std::string(100, kPaddingByte) + "\n");
  EXPECT_EQ(load(*open(), kKey).records, Texts{});
  ASSERT_TRUE(append_to(*open(), kKey, {text(1)}).ok());
  EXPECT_EQ(load(*open(), kKey).records, Texts{text(1)});
}

}  // namespace
}  // namespace everturn
