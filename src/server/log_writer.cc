// SPDX-License-Identifier: Apache-2.0
#include "server/log_writer.h"

#include <utility>

#include "base/json_object.h"

namespace everturn::server {
namespace {

constexpr std::size_t kLinesMax = 10'000;

bool is_audit(std::string_view line) {
  return line.find("\"event\":\"audit\"") != std::string_view::npos;
}

}  // namespace

LogWriter::LogWriter(std::function<void(std::string_view)> write)
    : write_(std::move(write)), thread_([this] { work(); }) {}

LogWriter::~LogWriter() {
  {
    const std::lock_guard guard(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LogWriter::add(std::string_view line) {
  std::unique_lock lock(mutex_);
  if (lines_.size() >= kLinesMax && !is_audit(line)) {
    ++dropped_;
    return;
  }
  changed_.wait(lock, [this] { return lines_.size() < kLinesMax; });
  lines_.emplace_back(line);
  lock.unlock();
  changed_.notify_all();
}

void LogWriter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return finished_ || !lines_.empty(); });
    if (lines_.empty()) return;
    std::deque<std::string> taken = std::exchange(lines_, {});
    const std::uint64_t dropped = std::exchange(dropped_, 0);
    lock.unlock();
    changed_.notify_all();
    for (const std::string& line : taken) write_(line);
    if (dropped > 0) {
      write_(JsonObject()
                 .add("level", "warning")
                 .add("event", "log")
                 .add_number("dropped_lines", dropped)
                 .text());
    }
    lock.lock();
  }
}

}  // namespace everturn::server
