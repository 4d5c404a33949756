// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace everturn {
namespace {

TEST(Parallel, EveryNumberIsTakenOnce) {
  for (const std::size_t count : {0U, 1U, 7U, 1000U}) {
    std::vector<std::atomic<int>> taken(count);
    in_threads(count, 7, 3, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) ++taken[i];
    });
    for (const std::atomic<int>& times : taken) EXPECT_EQ(times, 1);
  }
}

TEST(Parallel, AnExceptionEndsTheWorkAndReachesTheCaller) {
  const auto work = [](std::size_t begin, std::size_t) {
    if (begin == 30) throw std::runtime_error("no");
  };
  EXPECT_THROW(in_threads(1000, 10, 4, work), std::runtime_error);
}

TEST(Parallel, OfTwoEachIsDoneOnceAndEitherMayThrow) {
  std::atomic<int> done = 0;
  in_two_threads([&] { done += 1; }, [&] { done += 10; });
  EXPECT_EQ(done, 11);
  const auto nothing = [] {};
  const auto fail = [] { throw std::runtime_error("no"); };
  EXPECT_THROW(in_two_threads(nothing, fail), std::runtime_error);
  EXPECT_THROW(in_two_threads(fail, nothing), std::runtime_error);
}

}  // namespace
}  // namespace everturn
