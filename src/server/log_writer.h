// SPDX-License-Identifier: Apache-2.0
// Lines of a log on their way out: written by a thread of its own, so that whoever reads them
// slowly holds up nobody. Any number of threads.
#ifndef EVERTURN_SERVER_LOG_WRITER_H_
#define EVERTURN_SERVER_LOG_WRITER_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace everturn::server {

class LogWriter {
 public:
  // `write` is called by that thread alone, for each line.
  explicit LogWriter(std::function<void(std::string_view)> write);
  // Writes what is left.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Over 10,000 lines that wait, a line about a request is dropped, and their number is told later.
  // An audit line waits for its place instead.
  void add(std::string_view line);

 private:
  void work();

  const std::function<void(std::string_view)> write_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  std::uint64_t dropped_ = 0;
  bool finished_ = false;
  std::thread thread_;
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_LOG_WRITER_H_
