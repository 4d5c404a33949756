// SPDX-License-Identifier: Apache-2.0
// What was acknowledged at level `interval` is made durable when a process ends in an orderly way,
// although its interval has not passed. Whether it was is asked of the file system: blocks that
// fdatasync has not reached yet are marked there.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/process/process_help.h"

namespace everturn::process_test {
namespace {

constexpr std::uint64_t kAppends = 100;  // about 25 KiB: more blocks than the first write has
constexpr const char* kProgram = EVERTURN_BINARY_DIR "/everturn";

const WriteOptions kHourly = at_level(Level::interval, std::chrono::hours(1));

// The tool with `lines` as its standard input; its output goes to the report.
int run_tool(const TemporaryFolder& folder, int lines, int report) {
  dup2(lines, STDIN_FILENO);
  dup2(report, STDOUT_FILENO);
  const std::string url = folder.url();
  const std::string key(kKey);
  execl(kProgram, kProgram, "--store", url.c_str(), "append", "--each", "--level",
        "interval:3600000", key.c_str(), nullptr);
  return 98;
}

// Appends to the store and leaves it open for ever, as a program does that just calls exit().
void append_and_leak(const TemporaryFolder& folder, const Report& report) {
  static Store* leaked = open(folder).release();
  for (std::uint64_t number = 0; number < kAppends; ++number) {
    if (!append(*leaked, numbered(0, number), kHourly).ok()) _exit(1);
  }
  const auto unsynced = has_unsynced_blocks(folder.session_file());
  report.line(!unsynced ? "unknown" : *unsynced ? "pending" : "synced");
}

TEST(Ending, ExitWithoutClosingSyncsIntervalWrites) {
  const TemporaryFolder folder;
  Child leaker([&](const Report& report) {
    append_and_leak(folder, report);
    exit(0);  // NOLINT: runs what is registered to run at the end
    return 1;
  });
  const std::string before = leaker.next_line().value_or("");
  EXPECT_EQ(leaker.wait(), 0);
  expect_complete(records(folder), 1, kAppends);
  if (before == "unknown") GTEST_SKIP() << "this file system does not tell what is synced";
  EXPECT_EQ(before, "pending") << "the test's way of looking does not work here";
  EXPECT_EQ(has_unsynced_blocks(folder.session_file()), false);
}

TEST(Ending, EndingWithoutThatLeavesIntervalWritesToTheKernel) {
  const TemporaryFolder folder;
  Child leaker([&](const Report& report) {
    append_and_leak(folder, report);
    return 0;  // _exit
  });
  const std::string before = leaker.next_line().value_or("");
  EXPECT_EQ(leaker.wait(), 0);
  expect_complete(records(folder), 1, kAppends);
  if (before == "unknown") GTEST_SKIP() << "this file system does not tell what is synced";
  EXPECT_EQ(has_unsynced_blocks(folder.session_file()), true) << "so the test above sees nothing";
}

TEST(Ending, SigtermLeavesNothingPending) {
  const TemporaryFolder folder;
  int lines[2] = {-1, -1};
  ASSERT_EQ(pipe(lines), 0);
  Child tool([&](const Report& report) {
    close(lines[1]);
    return run_tool(folder, lines[0], report.descriptor());
  });
  close(lines[0]);
  for (std::uint64_t number = 0; number < kAppends; ++number) {
    const std::string line = numbered(0, number) + "\n";
    ASSERT_EQ(write(lines[1], line.data(), line.size()), static_cast<ssize_t>(line.size()));
    ASSERT_TRUE(tool.next_line().value_or("nothing").starts_with("ok ")) << "line " << number;
  }
  const auto before = has_unsynced_blocks(folder.session_file());
  tool.signal(SIGTERM);  // its input is still open
  EXPECT_EQ(tool.wait(), 128 + SIGTERM);
  close(lines[1]);
  expect_complete(records(folder), 1, kAppends);
  if (!before) GTEST_SKIP() << "this file system does not tell what is synced";
  EXPECT_EQ(before, true) << "the test's way of looking does not work here";
  EXPECT_EQ(has_unsynced_blocks(folder.session_file()), false);
}

}  // namespace
}  // namespace everturn::process_test
