// SPDX-License-Identifier: Apache-2.0
#include "store/metadata_record.h"

#include <cstring>
#include <utility>

#include "base/json.h"
#include "base/time_text.h"
#include "journal/scan.h"

namespace everturn {
namespace {

bool is_known(std::string_view name) {
  return name == "_type" || name == "by" || name == "key" || name == "created_at" ||
         name == "updated_at" || name == "metadata" || name == "last_consolidated" ||
         name == "operation";
}

}  // namespace

std::string compose_metadata(const Metadata& metadata) {
  std::string line(kStoreMetadataStart);
  line += "\"key\":" + quote_json(metadata.key);
  line += ",\"created_at\":" + quote_json(metadata.created_at);
  line += ",\"updated_at\":" + quote_json(metadata.updated_at);
  line += ",\"metadata\":" + metadata.values;
  line += ",\"last_consolidated\":" + std::to_string(metadata.last_consolidated);
  return line + "}";
}

std::string rewrite_metadata(std::string_view line, const Metadata& metadata,
                             const std::optional<OperationMark>& operation) {
  std::string result = compose_metadata(metadata);
  result.pop_back();
  if (!line.empty()) {
    for_each_member(line, [&](std::string_view raw_name, std::string_view raw_value) {
      if (is_known(raw_name)) return true;
      result += ",\"";
      result += raw_name;
      result += "\":";
      result += raw_value;
      return true;
    });
  }
  if (operation) {
    result += ",\"operation\":{\"id\":" + quote_json(operation->id) +
              ",\"records\":" + std::to_string(operation->records) + "}";
  }
  return result + "}";
}

bool is_written_by_store(std::string_view line) { return line.starts_with(kStoreMetadataStart); }

bool may_hold_store_metadata(std::string_view line) {
  return ::memmem(line.data(), line.size(), kStoreMetadataStart.data(),
                  kStoreMetadataStart.size()) != nullptr;
}

bool is_metadata_line(std::string_view line) {
  if (is_written_by_store(line)) return true;
  if (first_member_name(line) != "_type") return false;
  return text_member(line, "_type") == "metadata";
}

bool is_own_metadata(std::string_view line, std::string_view key, bool on_first_line) {
  if (on_first_line) return is_metadata_line(without_byte_order_mark(line));
  return line.starts_with(kStoreMetadataStart) && text_member(line, "key") == key;
}

Metadata parse_metadata(std::string_view line) {
  Metadata metadata;
  metadata.key = text_member(line, "key");
  metadata.created_at = text_member(line, "created_at");
  metadata.updated_at = text_member(line, "updated_at");
  const bool was_created = parse_iso_time(metadata.created_at).has_value();
  const bool was_updated = parse_iso_time(metadata.updated_at).has_value();
  if (was_updated && !was_created) metadata.created_at = metadata.updated_at;
  if (was_created && !was_updated) metadata.updated_at = metadata.created_at;
  const std::optional<std::string_view> values = find_member(line, "metadata");
  if (values && values->starts_with('{')) metadata.values = *values;
  const std::optional<std::string_view> offset = find_member(line, "last_consolidated");
  if (offset) metadata.last_consolidated = decode_json_integer(*offset).value_or(0);
  return metadata;
}

std::optional<OperationMark> operation_of(std::string_view line) {
  if (!line.starts_with(kStoreMetadataStart)) return std::nullopt;
  const std::optional<std::string_view> raw = find_member(line, "operation");
  if (!raw || !raw->starts_with('{')) return std::nullopt;
  OperationMark mark;
  mark.id = text_member(*raw, "id");
  const std::optional<std::string_view> records = find_member(*raw, "records");
  const std::int64_t count = records ? decode_json_integer(*records).value_or(0) : 0;
  mark.records = count < 0 ? 0 : static_cast<std::uint64_t>(count);
  return mark;
}

void apply_change(Metadata& metadata, const MetadataChange& change, std::string updated_at) {
  metadata.values = merge_json_members(metadata.values, change.merge);
  if (change.last_consolidated) metadata.last_consolidated = *change.last_consolidated;
  metadata.updated_at = std::move(updated_at);
}

}  // namespace everturn
