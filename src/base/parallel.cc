// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace everturn {

void in_threads(std::size_t count, std::size_t step, std::size_t threads,
                const std::function<void(std::size_t begin, std::size_t end)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto take_ranges = [&] {
    try {
      for (std::size_t begin = next.fetch_add(step); begin < count; begin = next.fetch_add(step)) {
        work(begin, std::min(begin + step, count));
      }
    } catch (...) {
      next = count;
      const std::lock_guard guard(mutex);
      if (failure == nullptr) failure = std::current_exception();
    }
  };
  const std::size_t ranges = (count + step - 1) / step;
  std::vector<std::thread> helpers;
  try {
    for (std::size_t i = 1; i < std::min(threads, ranges); ++i) helpers.emplace_back(take_ranges);
  } catch (const std::system_error&) {
    // Then those that there are do it.
  }
  take_ranges();
  for (std::thread& helper : helpers) helper.join();
  if (failure != nullptr) std::rethrow_exception(failure);
}

void in_two_threads(const std::function<void()>& beside, const std::function<void()>& here) {
  std::exception_ptr failures[2];
  const auto run = [](const std::function<void()>& work, std::exception_ptr& failure) {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
  };
  std::optional<std::thread> helper;
  try {
    helper.emplace([&] { run(beside, failures[0]); });
  } catch (const std::system_error&) {
    run(beside, failures[0]);
  }
  run(here, failures[1]);
  if (helper) helper->join();
  for (const std::exception_ptr& failure : failures) {
    if (failure != nullptr) std::rethrow_exception(failure);
  }
}

}  // namespace everturn
