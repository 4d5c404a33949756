// SPDX-License-Identifier: Apache-2.0
// From a cursor to the events behind it.
#include <algorithm>
#include <charconv>
#include <utility>

#include "base/digest.h"
#include "base/try.h"
#include "server/hub.h"

namespace everturn::server {
namespace {

constexpr std::size_t kPieceBytes = 128 << 10;

// Never 0, which stands for no record.
std::uint64_t hash_of(std::string_view record) {
  return std::max<std::uint64_t>(1, hash64(record));
}

void add_event(std::string& text, const Cursor& cursor, std::string_view event,
               std::string_view data) {
  text += "id: ";
  text += cursor.to_string();
  text += "\nevent: ";
  text += event;
  text += "\ndata: ";
  for (const char c : data)
    text += c == '\r' ? ' ' : c;  // ends a line here, and is a blank in JSON
  text += "\n\n";
}

}  // namespace

std::string Cursor::to_string() const {
  std::string digits(16, '0');
  std::uint64_t rest = hash;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, rest /= 16) {
    *digit = "0123456789abcdef"[rest % 16];
  }
  return (state == State::removed ? Position{} : position).to_string() + "-" + digits;
}

std::optional<Cursor> Cursor::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  const Result<Position> position = Position::parse(text.substr(0, dash));
  if (!position.ok()) return std::nullopt;
  Cursor cursor;
  cursor.position = *position;
  if (dash == std::string_view::npos) return cursor;
  const std::string_view digits = text.substr(dash + 1);
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, cursor.hash, 16);
  if (digits.size() != 16 || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return cursor;
}

std::shared_ptr<const EventPiece> SessionFeed::known(const Cursor& from) {
  const std::lock_guard guard(piece_mutex_);
  if (piece_ != nullptr && piece_->from == from) return piece_;
  const bool is_at_end = tip_changes_ == changes() && tip_ == from;
  return is_at_end ? std::make_shared<const EventPiece>(EventPiece{from, from, {}}) : nullptr;
}

Result<std::shared_ptr<const EventPiece>> SessionFeed::read(const Cursor& from) {
  return std::shared_ptr<const EventPiece>(std::make_shared<const EventPiece>(TRY(read_on(from))));
}

void SessionFeed::set_tip(const Cursor& tip) {
  const std::lock_guard guard(piece_mutex_);
  tip_ = tip;
}

void SessionFeed::refresh() {
  Cursor tip;
  {
    const std::lock_guard guard(piece_mutex_);
    tip = tip_;
  }
  // Where it fails, each follower reads for itself, and is told.
  Result<EventPiece> piece = read_on(tip);
  {
    const std::lock_guard guard(piece_mutex_);
    const bool is_news = piece.ok() && !piece->text.empty();
    piece_ = is_news ? std::make_shared<const EventPiece>(*piece) : nullptr;
    tip_changes_ = UINT64_MAX;
    if (is_news) tip_ = piece_->to;
    // Nobody else counts changes: with the next one this is known to have been the end.
    if (piece.ok() && (!is_news || piece_->text.size() < kPieceBytes)) tip_changes_ = changes() + 1;
  }
  change();
}

Result<EventPiece> SessionFeed::read_on(const Cursor& from) {
  Result<EventPiece> piece = read_records(from, /*after_reset=*/false);
  if (piece.ok()) return piece;
  if (piece.status().code() == Code::not_found) {
    EventPiece removed{from, from, {}};
    if (from.state == Cursor::State::removed) return removed;
    removed.to = Cursor{Cursor::State::removed, {}, 0};
    add_event(removed.text, removed.to, "removed", "{}");
    return removed;
  }
  if (piece.status().code() != Code::conflict) return piece;
  return read_records(from, /*after_reset=*/true);
}

Result<EventPiece> SessionFeed::read_records(const Cursor& from, bool after_reset) {
  // One that was removed and is back is another one.
  const bool is_reset = after_reset || from.state == Cursor::State::removed;
  EventPiece piece{from, from, {}};
  if (is_reset) {
    piece.to = Cursor{};
    add_event(piece.text, piece.to, "reset", "{}");
  }
  ReadOptions how;
  how.from = is_reset ? Position{} : from.position;
  bool expects_known = !is_reset && from.hash != 0;
  bool fits = true;
  TRY(store_.read(key_, how, [&](const Record& record) {
    const Cursor here{Cursor::State::at, record.position, hash_of(record.bytes)};
    if (std::exchange(expects_known, false)) {
      fits = here == from;
      return fits;
    }
    add_event(piece.text, here, "record", record_text(style_, record));
    piece.to = here;
    return piece.text.size() < kPieceBytes;
  }));
  // The record that was delivered last is another one now, or gone.
  if (!fits || expects_known) return Status(Code::conflict, "the session was rewritten");
  return piece;
}

}  // namespace everturn::server
