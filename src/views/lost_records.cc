// SPDX-License-Identifier: Apache-2.0
#include "views/lost_records.h"

#include <algorithm>

#include "base/json.h"

namespace everturn {
namespace {

// Zeros, gaps and what cannot be read held none that is known, and a record with broken characters
// is given mended.
bool was_record(DamageReason reason, bool with_oversize) {
  switch (reason) {
    case DamageReason::zeros:
    case DamageReason::gap:
    case DamageReason::unterminated:
    case DamageReason::unreadable:
    case DamageReason::bad_utf8:
      return false;
    case DamageReason::oversize:
      return !with_oversize;
    default:
      return true;
  }
}

// No number counts the metadata.
bool was_metadata(const Damage& damage, const std::vector<Note>& notes) {
  return std::any_of(notes.begin(), notes.end(), [&](const Note& note) {
    return note.kind == NoteKind::metadata_torn && note.offset == damage.offset;
  });
}

}  // namespace

LostRecords::LostRecords(const ReadReport& report, bool with_oversize) {
  for (const Damage& one : report.damage) {
    if (!was_record(one.reason, with_oversize) || was_metadata(one, report.notes)) continue;
    offsets_.push_back(one.offset);
  }
}

std::uint32_t LostRecords::before(std::uint64_t offset) {
  std::uint32_t count = 0;
  for (; next_ < offsets_.size() && offsets_[next_] < offset; ++next_) ++count;
  return count;
}

std::string_view counting_member(const Dialect& dialect, std::span<const Entry> entries) {
  const Entry& first = entries.front();
  if (&dialect == &kNanobotDialect) {
    const bool is_metadata = first.kind == EntryKind::metadata && is_text(first.name, "metadata");
    return is_metadata ? "last_consolidated" : "";
  }
  const bool is_compaction = &dialect == &kPiDialect && (first.flags & kBoundary) != 0;
  return is_compaction && !find_member(first.raw, "firstKeptEntryId") ? "firstKeptEntryIndex" : "";
}

bool is_counted(const Dialect& dialect, std::span<const Entry> entries) {
  return &dialect != &kNanobotDialect || entries.front().kind != EntryKind::metadata;
}

}  // namespace everturn
