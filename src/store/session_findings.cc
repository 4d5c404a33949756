// SPDX-License-Identifier: Apache-2.0
#include "store/session_findings.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"
#include "store/metadata_record.h"

namespace everturn {
namespace {

constexpr std::string_view kMetadataStart = R"({"_type":"metadata")";
constexpr std::uint64_t kTornStart = 48;  // how far into damage its kind is looked for

// Damage that began as a metadata record; on the first line, its first bytes are enough.
bool is_torn_metadata(std::string_view bytes, bool on_first_line) {
  bytes = without_byte_order_mark(bytes.substr(0, kTornStart));
  if (on_first_line && bytes.size() > 1 && kMetadataStart.starts_with(bytes)) return true;
  return bytes.starts_with(R"({"_type")") && bytes.find(R"("metadata")") != std::string_view::npos;
}

}  // namespace

void SessionFindings::note(std::uint64_t offset, std::uint64_t length, NoteKind kind,
                           std::string detail) {
  if (notes_.size() < kDamageListed) notes_.push_back({offset, length, kind, std::move(detail)});
}

void SessionFindings::on_typed_record(const ScannedRecord& record) {
  if (is_metadata_line(record.bytes)) return on_metadata(record);
  const std::optional<std::string_view> type = find_member(record.bytes, "_type");
  if (type != R"("provider_state")") ++messages_;
}

void SessionFindings::on_metadata(const ScannedRecord& record) {
  MetadataSeen seen;
  seen.offset = record.offset;
  seen.length = record.length;
  seen.hash = hash64(record.bytes);
  seen.is_ours = is_written_by_store(record.bytes);
  const std::optional<std::string_view> count = find_member(record.bytes, "last_consolidated");
  if (count) seen.last_consolidated = decode_json_integer(*count);
  seen.has_bad_count = count && !seen.last_consolidated;
  if (!metadata_ && records_ > 1) {
    note(record.offset, record.length, NoteKind::metadata_not_first,
         "the metadata record is not the first record");
  } else if (!metadata_ && !is_on_first_line(record)) {
    note(record.offset, record.length, NoteKind::metadata_not_first,
         "the metadata record is not on the first line");
  }
  if (metadata_ && (!seen.is_ours || seen.hash == metadata_->hash)) {
    note(
        record.offset, record.length, NoteKind::metadata_doubled,
        "one more metadata record; the one before is at byte " + std::to_string(metadata_->offset));
  }
  check_times(record);
  metadata_ = seen;
}

void SessionFindings::check_times(const ScannedRecord& record) {
  for (const std::string_view name : {"created_at", "updated_at"}) {
    const std::optional<std::string_view> raw = find_member(record.bytes, name);
    if (!raw) continue;
    const std::optional<std::string> text = decode_json_string(*raw);
    if (text && parse_iso_time(*text)) continue;
    note(record.offset, record.length, NoteKind::bad_timestamp,
         std::string(name) + " is no time as ISO 8601 has it");
  }
}

void SessionFindings::on_damage(const Damage& damage, std::string_view bytes) {
  if (is_torn_metadata(bytes, damage.offset <= kByteOrderMark.size())) {
    saw_torn_metadata_ = true;
    note(damage.offset, damage.length, NoteKind::metadata_torn,
         "damage that began as a metadata record");
    return;
  }
  if (damage.reason == DamageReason::bad_utf8) return;  // the record comes back salvaged
  if (damage.reason == DamageReason::oversize) {
    ++messages_;  // it is there
    return;
  }
  if (!first_loss_) first_loss_ = messages_;
}

void SessionFindings::check_count() {
  if (!metadata_) return;
  const auto add = [&](NoteKind kind, std::string detail) {
    note(metadata_->offset, metadata_->length, kind, std::move(detail));
  };
  if (metadata_->has_bad_count) {
    add(NoteKind::consolidated_range, "last_consolidated is no integer");
  }
  const std::int64_t count = metadata_->last_consolidated.value_or(0);
  if (count < 0) {
    add(NoteKind::consolidated_range, "last_consolidated is negative");
  } else if (first_loss_ && *first_loss_ < static_cast<std::uint64_t>(count)) {
    add(NoteKind::consolidated_shifted, "last_consolidated counts " + std::to_string(count) +
                                            " records, and damage stands behind " +
                                            std::to_string(*first_loss_) +
                                            " of them: what was lost there counts too");
  } else if (static_cast<std::uint64_t>(count) > messages_) {
    add(NoteKind::consolidated_range, "last_consolidated is " + std::to_string(count) + ", and " +
                                          std::to_string(messages_) + " records are there");
  }
}

std::vector<Note> SessionFindings::finish() {
  if (!metadata_ && !saw_torn_metadata_ && expects_metadata_ && records_ > 0) {
    note(0, 0, NoteKind::metadata_missing, "the session has no metadata record");
  }
  check_count();
  return std::exchange(notes_, {});
}

}  // namespace everturn
