// SPDX-License-Identifier: Apache-2.0
#include "server/event_source.h"

#include <utility>

#include "base/try.h"

namespace everturn::server {
namespace {

EventText text_of(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

class SessionEvents final : public EventSource {
 public:
  SessionEvents(std::shared_ptr<SessionFeed> feed, std::uint64_t waiter, const Cursor& from)
      : feed_(std::move(feed)), waiter_(waiter), cursor_(from) {}
  SessionEvents(const SessionEvents&) = delete;
  SessionEvents& operator=(const SessionEvents&) = delete;
  ~SessionEvents() override { feed_->forget(waiter_); }

  EventText known() override {
    seen_ = feed_->changes();
    const std::shared_ptr<const EventPiece> piece = feed_->known(cursor_);
    return piece == nullptr ? nullptr : take(piece);
  }
  Result<EventText> next() override {
    seen_ = feed_->changes();
    return take(TRY(feed_->read(cursor_)));
  }
  bool wait(Wake wake) override { return feed_->wait(seen_, waiter_, std::move(wake)); }
  void forget() override { feed_->forget(waiter_); }

 private:
  EventText take(const std::shared_ptr<const EventPiece>& piece) {
    cursor_ = piece->to;
    if (!piece->text.empty()) return {piece, &piece->text};
    feed_->set_tip(cursor_);
    if (std::exchange(ready_, true)) return text_of({});
    return text_of("id: " + cursor_.to_string() + "\nevent: ready\ndata: {}\n\n");
  }

  const std::shared_ptr<SessionFeed> feed_;
  const std::uint64_t waiter_;
  Cursor cursor_;
  std::uint64_t seen_ = 0;
  bool ready_ = false;
};

class StoreEvents final : public EventSource {
 public:
  StoreEvents(StoreFeed& feed, std::uint64_t waiter, std::string last)
      : feed_(feed), waiter_(waiter), last_(std::move(last)), is_new_(last_.empty()) {}
  StoreEvents(const StoreEvents&) = delete;
  StoreEvents& operator=(const StoreEvents&) = delete;
  ~StoreEvents() override { feed_.forget(waiter_); }

  EventText known() override {
    seen_ = feed_.changes();
    auto [text, last] = feed_.read(last_);
    last_ = std::move(last);
    if (std::exchange(is_new_, false)) text = "id: " + last_ + "\nevent: ready\ndata: {}\n\n";
    return text_of(std::move(text));
  }
  Result<EventText> next() override { return known(); }
  bool wait(Wake wake) override { return feed_.wait(seen_, waiter_, std::move(wake)); }
  void forget() override { feed_.forget(waiter_); }

 private:
  StoreFeed& feed_;
  const std::uint64_t waiter_;
  std::string last_;
  bool is_new_;
  std::uint64_t seen_ = 0;
};

}  // namespace

std::unique_ptr<EventSource> session_events(Hub& hub, std::shared_ptr<SessionFeed> feed,
                                            const Cursor& from) {
  return std::make_unique<SessionEvents>(std::move(feed), hub.new_waiter(), from);
}

std::unique_ptr<EventSource> store_events(Hub& hub, const std::string& last) {
  return std::make_unique<StoreEvents>(hub.store_feed(), hub.new_waiter(), last);
}

}  // namespace everturn::server
