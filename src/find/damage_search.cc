// SPDX-License-Identifier: Apache-2.0
#include "find/damage_search.h"

#include <algorithm>
#include <string>

namespace everturn {
namespace {

constexpr std::uint64_t kLongestRange = 64 << 20;  // a longer one is not looked at

class DamageSearch {
 public:
  DamageSearch(ListedFile& file, std::uint64_t from, ByteScan* scan)
      : file_(file), from_(from), scan_(scan) {}

  void look_at(const Damage& damage) {
    switch (damage.reason) {
      case DamageReason::bad_utf8:  // returned as records: mended, or whatever their size
      case DamageReason::oversize:
        return;
      case DamageReason::zeros:
      case DamageReason::gap:
        // In a compressed file these bytes stand for what cannot be unpacked.
        if (!file_.is_plain()) count(damage.offset, damage.length);
        return;
      case DamageReason::unreadable:
        return count(damage.offset, damage.length);
      default:
        return look_at(damage.offset, damage.length);
    }
  }

  void look_at(std::uint64_t offset, std::uint64_t length) {
    if (may_hold(offset, length)) count(offset, length);
  }

  void count_unlisted(std::uint64_t ranges, std::uint64_t bytes) {
    found_.ranges += ranges;
    found_.bytes += bytes;
  }

  [[nodiscard]] const UnsearchedDamage& found() const { return found_; }

 private:
  void count(std::uint64_t offset, std::uint64_t length) {
    if (offset + length < from_) return;
    if (found_.ranges == 0) found_.offset = offset;
    ++found_.ranges;
    found_.bytes += length;
  }

  // Without bytes it tells of an end that is missing.
  bool may_hold(std::uint64_t offset, std::uint64_t length) {
    if (scan_ == nullptr || length == 0 || length > kLongestRange) return true;
    bytes_.resize(static_cast<std::size_t>(length));
    const Result<std::size_t> got = file_.read_content_at(offset, bytes_.data(), bytes_.size());
    if (!got.ok() || *got < bytes_.size()) return true;
    return !scan_->next_line(bytes_, 0).empty();
  }

  ListedFile& file_;
  const std::uint64_t from_;
  ByteScan* const scan_;
  UnsearchedDamage found_;
  std::string bytes_;
};

}  // namespace

UnsearchedDamage search_damage(ListedFile& file, const ReadReport& report, std::uint64_t from,
                               ByteScan* scan) {
  DamageSearch search(file, from, scan);
  std::uint64_t listed_bytes = 0;
  for (const Damage& damage : report.damage) {
    listed_bytes += damage.length;
    search.look_at(damage);
  }
  if (report.damage_count > report.damage.size()) {
    search.count_unlisted(report.damage_count - report.damage.size(),
                          report.damage_bytes - std::min(listed_bytes, report.damage_bytes));
  }
  if (report.in_flight_bytes > 0) search.look_at(report.end.offset, report.in_flight_bytes);
  const bool is_document =
      report.records == 0 &&
      std::any_of(report.notes.begin(), report.notes.end(),
                  [](const Note& note) { return note.kind == NoteKind::json_document; });
  if (is_document) search.look_at(0, file.info().bytes);
  return search.found();
}

}  // namespace everturn
