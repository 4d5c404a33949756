// SPDX-License-Identifier: Apache-2.0
// What the library does without the server in front: durable appends a second.
//
//   library_writers URL KEY WRITERS SECONDS RECORD_BYTES
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "everturn/store.h"

namespace {

std::uint64_t write_for(everturn::Store& store, const std::string& key, int writers,
                        std::chrono::seconds time, const std::string& record) {
  std::atomic<std::uint64_t> written = 0;
  const auto end = std::chrono::steady_clock::now() + time;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      while (std::chrono::steady_clock::now() < end) {
        if (!store.append(key, {record}).ok()) return;
        ++written;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return written;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: library_writers URL KEY WRITERS SECONDS RECORD_BYTES\n");
    return 2;
  }
  const auto store = everturn::open_store(argv[1]);
  if (!store.ok()) return 1;
  const int seconds = std::atoi(argv[4]);
  const std::string record =
      R"({"t":")" + std::string(static_cast<std::size_t>(std::atoi(argv[5])), 'x') + R"("})";
  const std::uint64_t written =
      write_for(**store, argv[2], std::atoi(argv[3]), std::chrono::seconds(seconds), record);
  std::printf("%.1f\n", static_cast<double>(written) / seconds);
  return 0;
}
