// SPDX-License-Identifier: Apache-2.0
#include "journal/unreadable.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"
#include "journal/reader.h"
#include "journal/scan.h"

namespace everturn {
namespace {

// A record of `size` bytes; inner objects begin like records.
std::string record(std::size_t size, int number) {
  std::string text = R"({"role":"user","n":)" + std::to_string(number) + R"(,"parts":[)";
  const std::string part = R"({"role":"tool","text":"{}{\"role\":1}"},)";
  while (text.size() + 2 * part.size() + 40 < size) text += part;
  text += R"({"role":"end"}],"fill":")";
  if (text.size() + 2 < size) text.append(size - text.size() - 2, 'x');
  return text + "\"}";
}

struct Range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const Range&) const = default;
  [[nodiscard]] bool meets(std::uint64_t begin, std::uint64_t end) const {
    return offset < end && begin < offset + length;
  }
};

// What a reading says of a file.
struct Seen : LineSink, ScanSink {
  explicit Seen(bool padded = false) : scanner({padded}, *this) {}
  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
    return scanner.line(offset, bytes, terminated);
  }
  bool on_long_line(std::uint64_t offset, std::uint64_t length) override {
    return scanner.oversize_line(offset, length);
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front) override {
    return scanner.unreadable(offset, length, front);
  }
  bool on_record(const ScannedRecord& scanned) override {
    records.push_back({scanned.offset, scanned.length});
    texts.emplace_back(scanned.bytes);
    return true;
  }
  bool on_damage(Damage one) override {
    if (one.reason == DamageReason::unreadable) holes.push_back({one.offset, one.length});
    damage.push_back({one.offset, one.length});
    return true;
  }
  std::vector<Range> records;
  std::vector<std::string> texts;
  std::vector<Range> damage;
  std::vector<Range> holes;
  Scanner scanner;
};

class UnreadableTest : public ::testing::Test {
 protected:
  void put(const std::string& bytes) {
    bytes_ = bytes;
    disk_.erase("/x");  // with its bad pages
    disk_.write_file("/x", bytes);
    file_ = must(must(disk_.open_folder("/", false))->open("x", Access::read));
  }
  void break_pages(std::uint64_t first, std::uint64_t count) {
    disk_.set_unreadable("/x", first * kPageBytes, count * kPageBytes);
  }
  Seen read() {
    Seen seen(padded_);
    EXPECT_TRUE(read_lines(*file_, 0, bytes_.size(), {}, seen).ok());
    return seen;
  }
  TailState tail() { return must(read_tail(*file_, bytes_.size(), padded_)); }

  SimFs disk_;
  bool padded_ = false;
  std::string bytes_;
  std::unique_ptr<File> file_;
};

TEST_F(UnreadableTest, RecordsBeforeAndBehindAreReadAndTheRangeIsOneDamage) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += record(1000, i) + "\n";
  put(bytes);
  break_pages(3, 2);
  const Seen seen = read();
  EXPECT_EQ(seen.holes, (std::vector<Range>{{3 * kPageBytes, 2 * kPageBytes}}));
  EXPECT_EQ(seen.texts.front(), record(1000, 0));
  EXPECT_EQ(seen.texts.back(), record(1000, 99));
  EXPECT_EQ(seen.records.size(), 91U);  // without the 13th to the 21st
}

TEST_F(UnreadableTest, LongRunIsReadOnceAPage) {
  constexpr std::uint64_t kPages = 2000;
  put(record(100, 1) + "\n" + std::string(kPages * kPageBytes, 'x') + "\n" + record(100, 2) + "\n");
  break_pages(1, kPages - 1);
  disk_.reset_counters();
  EXPECT_EQ(read().holes.size(), 1U);
  EXPECT_LT(disk_.count("read_at"), kPages + 10);
}

TEST_F(UnreadableTest, FileOfWhichNothingCanBeReadIsTheErrorOfTheDisk) {
  put(record(5000, 1) + "\n");
  break_pages(0, 2);
  Seen seen;
  const Status failed = read_lines(*file_, 0, bytes_.size(), {}, seen);
  EXPECT_EQ(failed.code(), Code::io);
  EXPECT_EQ(failed.system_error(), EIO);
}

TEST_F(UnreadableTest, ReadThatFailsOnceCostsNothing) {
  put(record(9000, 1) + "\n" + record(100, 2) + "\n");
  disk_.fail_next("read_at", EIO);
  const Seen seen = read();
  EXPECT_EQ(seen.records.size(), 2U);
  EXPECT_TRUE(seen.damage.empty());
}

TEST_F(UnreadableTest, OtherFailuresStayFailures) {
  put(record(9000, 1) + "\n");
  for (const int error : {EINTR, ENOMEM, EACCES}) {
    disk_.fail_next("read_at", error);
    Seen seen;
    EXPECT_EQ(read_lines(*file_, 0, bytes_.size(), {}, seen).system_error(), error);
  }
}

// The hole ends where an inner object begins, at every such place.
TEST_F(UnreadableTest, InnerObjectsOfARecordThatIsCutAreNoRecords) {
  const std::string cut = record(3 * kPageBytes, 1);
  for (std::size_t at = cut.find('{', 1); at != std::string::npos; at = cut.find('{', at + 1)) {
    const std::uint64_t fill = 2 * kPageBytes - at % kPageBytes - 1;
    put(std::string(fill, ' ') + "\n" + cut + "\n" + record(100, 2) + "\n");
    ASSERT_EQ((fill + 1 + at) % kPageBytes, 0U);
    break_pages((fill + 1 + at) / kPageBytes - 1, 1);
    EXPECT_EQ(read().texts, std::vector<std::string>{record(100, 2)}) << at;
  }
}

TEST_F(UnreadableTest, LineThatBeginsOrEndsAtTheRangeIsARecordAlsoUnderAnotherName) {
  const std::string begin = R"({"type":"summary","text":")";
  const std::string other = begin + std::string(kPageBytes - begin.size() - 2, 'x') + "\"}";
  put(other + std::string(kPageBytes - 1, 'x') + "\n" + record(100, 1) + "\n");
  break_pages(1, 1);
  EXPECT_EQ(read().texts, (std::vector<std::string>{other, record(100, 1)}));
}

TEST_F(UnreadableTest, EndThatCannotBeReadIsContentAndNoLineEnd) {
  put(record(5000, 1) + "\n" + record(5000, 2) + "\n");
  break_pages(2, 1);
  EXPECT_EQ(tail().content_end, bytes_.size());
  EXPECT_TRUE(tail().needs_guard);
  EXPECT_EQ(must(line_start_before(*file_, bytes_.size())), 5001U);
  EXPECT_EQ(must(hash_of_last_record(*file_, bytes_.size(), false)), hash128(record(5000, 1)));
}

TEST_F(UnreadableTest, WhoNeedsEveryByteIsToldTheRange) {
  put(std::string(5 * kPageBytes, 'x'));
  break_pages(2, 2);
  const Status failed =
      for_each_piece(*file_, 0, bytes_.size(), [](std::string_view) { return Status(); });
  EXPECT_EQ(failed.code(), Code::io);
  EXPECT_NE(failed.message().find("8192 bytes at byte 8192"), std::string::npos);
}

class RandomHoles : public UnreadableTest, public ::testing::WithParamInterface<int> {
 protected:
  std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  // Lines of records, alone and glued, torn ones, blank ones and other text.
  std::string session() {
    std::string bytes;
    const std::uint64_t lines = 1 + draw(60);
    for (std::uint64_t i = 0; i < lines; ++i) {
      const std::string one = record(30 + draw(draw(3) == 0 ? 12'000 : 700), static_cast<int>(i));
      const std::uint64_t kind = draw(20);
      if (kind == 0) bytes += one.substr(0, draw(one.size()));
      if (kind == 1) bytes += one + record(50, 1000);
      if (kind == 2) bytes += "   ";
      if (kind == 3) bytes += "no JSON";
      if (kind == 4) bytes.append(draw(6000), kPaddingByte);
      if (kind > 4) bytes += one;
      if (i + 1 < lines || draw(4) > 0) bytes += "\n";
    }
    return bytes;
  }
  std::vector<Range> make_holes() {
    std::vector<Range> holes;
    const std::uint64_t pages = (bytes_.size() + kPageBytes - 1) / kPageBytes;
    for (std::uint64_t page = 0; page < pages; ++page) {
      if (draw(4) > 0) continue;
      const std::uint64_t begin = page * kPageBytes;
      break_pages(page, 1);
      holes.push_back({begin, std::min<std::uint64_t>(kPageBytes, bytes_.size() - begin)});
    }
    return holes;
  }
  // Each byte is in a record, in damage or blank, and in one of them only.
  void expect_all_bytes_once(const Seen& seen, const std::vector<Range>& holes) {
    std::vector<Range> all = seen.records;
    all.insert(all.end(), seen.damage.begin(), seen.damage.end());
    std::sort(all.begin(), all.end(),
              [](const Range& a, const Range& b) { return a.offset < b.offset; });
    all.push_back({bytes_.size() - seen.scanner.in_flight_bytes(), 0});
    std::uint64_t at = 0;
    for (const Range& range : all) {
      ASSERT_LE(at, range.offset) << "told twice";
      EXPECT_TRUE(is_blank(std::string_view(bytes_).substr(at, range.offset - at)))
          << at << " to " << range.offset << " is not told";
      at = range.offset + range.length;
    }
    std::uint64_t unreadable = 0;
    for (const Range& hole : holes) unreadable += hole.length;
    for (const Range& hole : seen.holes) unreadable -= hole.length;
    EXPECT_EQ(unreadable, 0U);
  }
  // Is it a line of its own, of which no byte lies in a hole?
  [[nodiscard]] bool is_untouched_line(const Range& range, const std::vector<Range>& holes) const {
    const std::uint64_t end = range.offset + range.length;
    if (range.offset > 0 && bytes_[range.offset - 1] != '\n') return false;
    if (end < bytes_.size() && bytes_[end] != '\n') return false;
    return std::none_of(holes.begin(), holes.end(), [&](const Range& hole) {
      return hole.meets(range.offset, std::min<std::uint64_t>(end + 1, bytes_.size()));
    });
  }

  std::mt19937_64 random_{static_cast<std::uint64_t>(GetParam())};
};

TEST_P(RandomHoles, CostTheRecordsInThemAndNothingElse) {
  for (int round = 0; round < 40; ++round) {
    padded_ = round % 2 == 1;
    put(session());
    const Seen intact = read();
    const std::vector<Range> holes = make_holes();
    Seen seen(padded_);
    const Status done = read_lines(*file_, 0, bytes_.size(), {}, seen);
    if (!done.ok()) {
      EXPECT_EQ(done.code(), Code::io);
      std::uint64_t bad = 0;
      for (const Range& hole : holes) bad += hole.length;
      EXPECT_EQ(bad, bytes_.size());
      continue;
    }
    auto next = intact.records.begin();
    for (const Range& one : seen.records) {
      next = std::find(next, intact.records.end(), one);
      ASSERT_NE(next, intact.records.end()) << "invented at " << one.offset;
    }
    for (const Range& one : intact.records) {
      if (!is_untouched_line(one, holes)) continue;
      EXPECT_NE(std::find(seen.records.begin(), seen.records.end(), one), seen.records.end())
          << "hidden at " << one.offset;
    }
    expect_all_bytes_once(seen, holes);
    EXPECT_EQ(tail().content_end, seen.scanner.content_end());
    const Digest128 last = seen.texts.empty() ? Digest128{} : hash128(seen.texts.back());
    EXPECT_EQ(must(hash_of_last_record(*file_, seen.scanner.content_end(), padded_)), last);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHoles, ::testing::Range(0, 20));

}  // namespace
}  // namespace everturn
