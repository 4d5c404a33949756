// SPDX-License-Identifier: Apache-2.0
#include "journal/reader.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>
#include <vector>

#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"

namespace everturn {
namespace {

const std::string kA = R"({"a":1})";
const std::string kB = R"({"b":22})";

std::string tabs(std::size_t count) { return std::string(count, kPaddingByte); }

struct Lines : LineSink {
  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
    all.push_back(std::to_string(offset) + ":" + std::string(bytes) + (terminated ? "$" : ""));
    return all.size() < stop_after;
  }
  bool on_long_line(std::uint64_t offset, std::uint64_t length) override {
    all.push_back(std::to_string(offset) + "+" + std::to_string(length));
    return true;
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t, std::string_view) override {
    ADD_FAILURE() << "a range at " << offset << " cannot be read";
    return false;
  }
  std::vector<std::string> all;
  std::size_t stop_after = SIZE_MAX;
};

class ReaderTest : public ::testing::Test {
 protected:
  File& file(const std::string& bytes) {
    disk_.write_file("/x", bytes);
    file_ = must(must(disk_.open_folder("/", false))->open("x", Access::read));
    return *file_;
  }
  std::vector<std::string> lines(const std::string& bytes, std::uint64_t limit = 1000,
                                 std::size_t stop_after = SIZE_MAX) {
    Lines sink;
    sink.stop_after = stop_after;
    EXPECT_TRUE(read_lines(file(bytes), 0, bytes.size(), {limit}, sink).ok());
    return sink.all;
  }
  TailState tail(const std::string& bytes, bool padded = true) {
    return must(read_tail(file(bytes), bytes.size(), padded));
  }

  SimFs disk_;
  std::unique_ptr<File> file_;
};

TEST_F(ReaderTest, LinesAreGivenInOrderWithTheirOffsets) {
  EXPECT_EQ(lines("ab\n\ncd\n"), (std::vector<std::string>{"0:ab$", "3:$", "4:cd$"}));
}

TEST_F(ReaderTest, UnterminatedLineIsGivenAsSuch) {
  EXPECT_EQ(lines("ab\ncd"), (std::vector<std::string>{"0:ab$", "3:cd"}));
}

TEST_F(ReaderTest, EmptyFileHasNoLines) { EXPECT_TRUE(lines("").empty()); }

TEST_F(ReaderTest, SinkStopsTheReading) { EXPECT_EQ(lines("a\nb\nc\n", 9, 2).size(), 2U); }

TEST_F(ReaderTest, LineOverTheLimitIsSkippedAndTheNextOnesAreGiven) {
  EXPECT_EQ(lines("ab\n" + std::string(11, 'x') + "\ncd\n", 10),
            (std::vector<std::string>{"0:ab$", "3+12", "15:cd$"}));
}

TEST_F(ReaderTest, LongLinesOverManyWindowsAreWhole) {
  const std::string one(700'000, 'x');
  const std::string two(900'000, 'y');
  EXPECT_EQ(lines(one + "\n" + two + "\nz\n", 1 << 20),
            (std::vector<std::string>{"0:" + one + "$", "700001:" + two + "$", "1600002:z$"}));
}

TEST_F(ReaderTest, LongLineOverManyWindowsIsSkippedWithItsLength) {
  EXPECT_EQ(lines(std::string(900'000, 'x') + "\nz\n", 1000),
            (std::vector<std::string>{"0+900001", "900001:z$"}));
}

TEST_F(ReaderTest, FileThatBecameShorterEndsEarlier) {
  Lines sink;
  EXPECT_TRUE(read_lines(file("ab\ncd\n"), 0, 100, {}, sink).ok());
  EXPECT_EQ(sink.all, (std::vector<std::string>{"0:ab$", "3:cd$"}));
}

TEST_F(ReaderTest, FailedReadIsAnErrorAndNotTheEnd) {
  File& opened = file("ab\n");
  disk_.fail_always("read_at", EIO);
  Lines sink;
  EXPECT_EQ(read_lines(opened, 0, 3, {}, sink).code(), Code::io);
}

TEST_F(ReaderTest, StartOfALineIsFoundFromItsEnd) {
  EXPECT_EQ(must(line_start_before(file("ab\ncd\n"), 6)), 3U);
  EXPECT_EQ(must(line_start_before(file("ab\ncd"), 5)), 3U);
  EXPECT_EQ(must(line_start_before(file("ab\n"), 3)), 0U);
  EXPECT_EQ(must(line_start_before(file(""), 0)), 0U);
  EXPECT_EQ(must(line_start_before(file("a\n" + std::string(70'000, 'x') + "\n"), 70'003)), 2U);
}

TEST_F(ReaderTest, LastLinesAreCountedWithoutBlankOnes) {
  const std::string bytes = "a\n\nb\n \nc\n" + tabs(100) + "\n";
  EXPECT_EQ(must(start_of_last_lines(file(bytes), bytes.size(), 1)), 7U);
  EXPECT_EQ(must(start_of_last_lines(file(bytes), bytes.size(), 2)), 3U);
  EXPECT_EQ(must(start_of_last_lines(file(bytes), bytes.size(), 3)), 0U);
  EXPECT_EQ(must(start_of_last_lines(file(bytes), bytes.size(), 99)), 0U);
}

TEST_F(ReaderTest, TailOfWholeLinesTakesTheNextRecordAtItsEnd) {
  const TailState state = tail(kA + "\n" + kB + "\n");
  EXPECT_EQ(state.content_end, 17U);
  EXPECT_EQ(state.write_at, 17U);
  EXPECT_FALSE(state.needs_guard);
  EXPECT_EQ(state.padding, 0U);
}

TEST_F(ReaderTest, TailWithAFragmentNeedsALineEnd) {
  const TailState state = tail(kA + "\n" + kB.substr(0, 4));
  EXPECT_EQ(state.content_end, 8U);
  EXPECT_EQ(state.write_at, 12U);
  EXPECT_EQ(state.fragment_at, 8U);
  EXPECT_TRUE(state.needs_guard);
}

TEST_F(ReaderTest, TailWithAWholeUnterminatedRecordEndsBehindIt) {
  const TailState state = tail(kA + "\n" + kB);
  EXPECT_EQ(state.content_end, 16U);
  EXPECT_TRUE(state.needs_guard);
}

TEST_F(ReaderTest, OneLineOfAtMost16KiBOfTabsIsPadding) {
  EXPECT_EQ(tail(kA + "\n" + tabs(16384) + "\n").padding, 16385U);
  EXPECT_EQ(tail(kA + "\n" + tabs(7)).padding, 7U);
  EXPECT_EQ(tail(kA + "\n" + tabs(7) + "\n").write_at, 8U);
}

TEST_F(ReaderTest, OtherBlanksAreNotPadding) {
  EXPECT_EQ(tail(kA + "\n" + tabs(16385) + "\n").padding, 0U);
  EXPECT_EQ(tail(kA + "\n\t\n\t\n").padding, 0U);
  EXPECT_EQ(tail(kA + "\n   \n").padding, 0U);
  EXPECT_EQ(tail(kA + "\n\n").padding, 0U);
  EXPECT_EQ(tail(kA + "\n\t\t\t\n", false).padding, 0U);
  EXPECT_EQ(tail(kA + "\n\t\t\t\n", false).write_at, 12U);
}

TEST_F(ReaderTest, BlankWithoutALineEndNeedsOneWhereNothingIsPadded) {
  EXPECT_TRUE(tail(kA + "\n\t\t\t", false).needs_guard);
  EXPECT_TRUE(tail(kA + "\n ").needs_guard);
}

TEST_F(ReaderTest, EmptyAndBlankFilesHaveNoContent) {
  EXPECT_EQ(tail("").content_end, 0U);
  EXPECT_EQ(tail("\n\n").content_end, 0U);
  EXPECT_EQ(tail(tabs(9) + "\n").padding, 10U);
}

TEST_F(ReaderTest, HashIsThatOfTheLastWholeRecord) {
  const auto hash = [&](const std::string& bytes) {
    return must(hash_of_last_record(file(bytes), bytes.size(), false));
  };
  EXPECT_EQ(hash(kA + "\n" + kB + "\n"), hash128(kB));
  EXPECT_EQ(hash(kA + "\n" + kB), hash128(kB));
  EXPECT_EQ(hash(kA + "\nx\n{\n"), hash128(kA));
  EXPECT_EQ(hash(kA + kB + "\n"), hash128(kB));
  EXPECT_EQ(hash("x\n"), Digest128{});
  EXPECT_EQ(hash(""), Digest128{});
}

TEST_F(ReaderTest, GenerationsDifferByInodeAndBirthAndAreNeverZero) {
  EXPECT_NE(generation_of({1, 2, 3}), generation_of({1, 3, 3}));
  EXPECT_NE(generation_of({1, 2, 3}), generation_of({1, 2, 4}));
  EXPECT_NE(generation_of({0, 0, 0}), 0U);
}

using SparseFileTest = PosixTest;

TEST_F(SparseFileTest, HugeUnterminatedHoleAtTheEndTakesNoMemory) {
#ifdef EVERTURN_SANITIZED
  GTEST_SKIP() << "a sanitizer takes more address space than this test allows";
#endif
  constexpr std::uint64_t kSize = 1ULL << 29U;
  put("x", kA + "\n");
  if (!open("x", Access::append)->truncate(kSize).ok()) GTEST_SKIP() << "no sparse files here";
  EXPECT_EQ(in_child([&] {
              const rlimit limit = {1ULL << 28U, 1ULL << 28U};
              ASSERT_EQ(::setrlimit(RLIMIT_AS, &limit), 0);
              const TailState state = must(read_tail(*open("x", Access::read), kSize, true));
              EXPECT_TRUE(state.needs_guard);
              EXPECT_EQ(state.write_at, kSize);
            }),
            0);
}

}  // namespace
}  // namespace everturn
