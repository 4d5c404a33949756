// SPDX-License-Identifier: Apache-2.0
// The metadata record: the one kind of line that the store itself writes.
//
//   {"_type":"metadata","by":"everturn","key":"telegram:1","created_at":"2026-08-20T10:02:11.1",
//    "updated_at":"...","metadata":{...},"last_consolidated":0}
//
// It is nanobot's first line with one member more. The last metadata record of a session wins and
// is always the complete object. A session begins with one; in our own folders a change appends
// one. A line is taken for the store's own, and left out of what callers read, if it begins with
// these very bytes and names this session's key, or if it is a metadata record on the first line.
#ifndef EVERTURN_STORE_METADATA_RECORD_H_
#define EVERTURN_STORE_METADATA_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "everturn/session.h"

namespace everturn {

// An operation id (Once::operation) that was kept with the records behind this one.
struct OperationMark {
  std::string id;
  std::uint64_t records = 0;
};

// A new metadata record, without line end.
std::string compose_metadata(const Metadata& metadata);
// The same record with the values of `metadata` (key and times included) put in; unknown members
// stay. `operation`, where given, is added; an old one is dropped.
std::string rewrite_metadata(std::string_view line, const Metadata& metadata,
                             const std::optional<OperationMark>& operation);

// What such a record of a store begins with; no text inside a record does.
inline constexpr std::string_view kStoreMetadataStart = R"({"_type":"metadata","by":"everturn",)";

// `_type` is the first member and says "metadata".
bool is_metadata_line(std::string_view line);
// Such a line that a store like this one wrote, of whatever session.
bool is_written_by_store(std::string_view line);
// False: no record on this line is written by a store. Fast; the line may be damaged.
bool may_hold_store_metadata(std::string_view line);
// On the first line a byte order mark may stand in front.
bool is_own_metadata(std::string_view line, std::string_view key, bool on_first_line);
// Of a line for which is_metadata_line holds; members of the wrong kind count as missing. A time
// that is none is replaced by the other one, if that is one.
Metadata parse_metadata(std::string_view line);
std::optional<OperationMark> operation_of(std::string_view line);

// Merges `change` into metadata and sets updated_at.
void apply_change(Metadata& metadata, const MetadataChange& change, std::string updated_at);

}  // namespace everturn

#endif  // EVERTURN_STORE_METADATA_RECORD_H_
