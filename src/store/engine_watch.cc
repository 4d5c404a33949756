// SPDX-License-Identifier: Apache-2.0
#include "store/engine_watch.h"

#include <utility>

#include "base/try.h"

namespace everturn {
namespace {

class EngineWatch final : public Watch {
 public:
  EngineWatch(Engine& engine, Fs& fs, std::string key, Position from,
              std::unique_ptr<FolderWatch> changes)
      : engine_(engine),
        fs_(fs),
        key_(std::move(key)),
        position_(from),
        changes_(std::move(changes)) {}

  Result<WatchEvent> next(std::chrono::milliseconds timeout, const RecordSink& sink) override {
    const auto deadline = fs_.monotonic_ns() + timeout.count() * 1'000'000;
    while (true) {
      const WatchEvent event = TRY(look(sink));
      if (event != WatchEvent::timeout) return event;
      const std::int64_t left_ms = (deadline - fs_.monotonic_ns()) / 1'000'000;
      if (left_ms <= 0) return WatchEvent::timeout;
      TRY(changes_->wait(left_ms));
    }
  }
  [[nodiscard]] Position position() const override { return position_; }

 private:
  Result<WatchEvent> look(const RecordSink& sink) {
    ReadOptions how;
    how.from = position_;
    std::uint64_t given = 0;
    const Result<ReadReport> report = engine_.read(key_, how, [&](const Record& record) {
      ++given;
      position_ = record.next;
      return sink(record);
    });
    if (!report) {
      if (report.status().code() == Code::not_found) return WatchEvent::removed;
      if (report.status().code() != Code::conflict) return report.status();
      position_ = {};
      return WatchEvent::reset;
    }
    return given > 0 ? WatchEvent::records : WatchEvent::timeout;
  }

  Engine& engine_;
  Fs& fs_;
  std::string key_;
  Position position_;
  std::unique_ptr<FolderWatch> changes_;
};

}  // namespace

std::unique_ptr<Watch> make_watch(Engine& engine, Fs& fs, std::string key, Position from,
                                  std::unique_ptr<FolderWatch> changes) {
  return std::make_unique<EngineWatch>(engine, fs, std::move(key), from, std::move(changes));
}

}  // namespace everturn
