// SPDX-License-Identifier: Apache-2.0
#include "server/pushed_body.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace everturn::server {
namespace {

constexpr std::size_t kPieceBytes = 64 << 10;
constexpr std::size_t kAheadBytes = 4 * kPieceBytes;

class PushedBody : public Body {
 public:
  explicit PushedBody(std::function<Status(const PushSink&)> make) : make_(std::move(make)) {}
  PushedBody(const PushedBody&) = delete;
  PushedBody& operator=(const PushedBody&) = delete;
  ~PushedBody() override {
    {
      const std::lock_guard guard(mutex_);
      unread_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void start() {
    thread_ = std::thread([this] { run(); });
  }

  Result<bool> next(std::string& piece) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() >= kPieceBytes || finished_; });
    if (waiting_.empty()) {
      if (!status_.ok()) return status_;
      return false;
    }
    piece = std::exchange(waiting_, {});
    lock.unlock();
    changed_.notify_all();
    return true;
  }

 private:
  void run() {
    Status status;
    try {
      status = make_([this](std::string_view bytes) { return push(bytes); });
    } catch (const std::bad_alloc&) {
      status = {Code::unavailable, "out of memory"};
    } catch (const std::exception& error) {
      status = {Code::io, std::string("internal error: ") + error.what()};
    }
    {
      const std::lock_guard guard(mutex_);
      status_ = std::move(status);
      finished_ = true;
    }
    changed_.notify_all();
  }

  bool push(std::string_view bytes) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < kAheadBytes || unread_; });
    if (unread_) return false;
    waiting_ += bytes;
    const bool is_piece = waiting_.size() >= kPieceBytes;
    lock.unlock();
    if (is_piece) changed_.notify_all();
    return true;
  }

  const std::function<Status(const PushSink&)> make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string waiting_;
  bool finished_ = false;
  bool unread_ = false;
  Status status_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Body>> pushed_body(std::function<Status(const PushSink&)> make) {
  auto body = std::make_unique<PushedBody>(std::move(make));
  try {
    body->start();
  } catch (const std::system_error& error) {
    return Status(Code::unavailable, std::string("no thread is to be had: ") + error.what());
  }
  return std::unique_ptr<Body>(std::move(body));
}

}  // namespace everturn::server
