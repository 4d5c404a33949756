// SPDX-License-Identifier: Apache-2.0
// What a store reports: damage, listings, the trash, and what the folder it lies in can promise.
// Plain values: copy them, share them, no locks.
#ifndef EVERTURN_REPORT_H_
#define EVERTURN_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/session.h"

namespace everturn {

// Why a range of a session is not a record.
enum class DamageReason : std::uint8_t {
  torn,          // starts like a record and ends too early
  zeros,         // NUL bytes: a write whose content never reached the disk
  gap,           // padding where a record should stand: a write that a power cut took out
  not_json,      // text that is no JSON object
  bad_utf8,      // a record with bytes that are not UTF-8, or raw control characters, in its text
  not_object,    // JSON, but not an object
  oversize,      // a whole record over the size limit; in place, returned on request
  unterminated,  // the end of the file holds part of a record: torn, or still being written
  unreadable     // the disk cannot read it (EIO); in whole pages, so it may cut the records at its
                 // ends
};
std::string_view damage_reason_name(DamageReason reason);

// A byte range of a session that is no record. Everturn takes nothing of it away: it stays in
// place.
struct Damage {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  DamageReason reason = DamageReason::not_json;
  std::string detail;  // one sentence
};

// Something odd that costs no record.
enum class NoteKind : std::uint8_t {
  unterminated_record,  // the last record is whole and lacks only its line end
  glued,                // a record that stands on the same line as the one before it
  salvaged,             // a record with bad bytes in its text: mended, see Record::salvaged
  nonfinite,            // a record with NaN or Infinity, see Record::nonfinite
  candidate,            // inside damage: may be a record, cannot be told; never returned as one
  byte_order_mark,      // in front of a line; told once for each run of such lines
  carriage_return,  // lines that end in CR LF, or records with a lone CR between them; once a run
  blank,            // a run of blank lines
  duplicate_block,  // records that repeat earlier ones byte for byte, in the same order
  // Of a session that keeps metadata (see Metadata), when it is read from its beginning to its end:
  metadata_missing,      // no metadata record
  metadata_torn,         // damage that began as a metadata record
  metadata_doubled,      // a metadata record that another one repeats or contradicts
  metadata_not_first,    // the first record is something else
  bad_timestamp,         // created_at or updated_at is no ISO 8601 time
  consolidated_range,    // last_consolidated is negative or larger than the number of records
  consolidated_shifted,  // records were lost among those that last_consolidated counts
  json_document,         // the file is one JSON document instead of lines: no record, and no damage
};
std::string_view note_kind_name(NoteKind kind);

struct Note {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  NoteKind kind = NoteKind::blank;
  std::string detail;  // one sentence
};

// What reading found besides the records.
struct ReadReport {
  Version version;  // of the session as it was read (unset fields when reading stopped early)
  Position begin;   // of the first record given to the sink
  Position end;     // behind the last complete line that was read
  std::uint64_t records = 0;  // given to the sink
  std::uint64_t damage_count = 0;
  std::uint64_t damage_bytes = 0;
  std::vector<Damage> damage;  // the first kDamageListed of them, in file order
  // The bytes of an unterminated last line, which a writer may just be writing; not in `damage`.
  std::uint64_t in_flight_bytes = 0;
  std::uint64_t salvaged = 0;  // of the records: those with Record::salvaged
  std::uint64_t note_count = 0;
  std::vector<Note> notes;  // the first kDamageListed of them, in file order
};
inline constexpr std::size_t kDamageListed = 1000;  // of damage, and of notes

// Which file holds a session, and how it was when it was looked at: equal stamps, unchanged file,
// unless it was changed within the same tick of the clock. All 0 where sessions lie in no files.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t birth_ns = 0;  // these since 1970; 0 if the file system does not tell
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  // also by a new name or other attributes
  bool operator==(const FileStamp&) const = default;
};

// One line of a listing. A damaged session is listed like any other.
struct SessionInfo {
  std::string key;        // the file's name without ".jsonl" where no key can be told
  std::string file_name;  // in a folder store; the path in "agents:"; empty elsewhere
  std::string part_of;    // a sub-agent's: the key of the session that it worked for
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  // since 1970
  FileStamp stamp;
  // Of a packed session: what it holds; `bytes` is what it takes. Else 0, and with names_only.
  std::uint64_t unpacked_bytes = 0;
  // What is odd: "key in the metadata differs", "not a regular file", "empty", "no record" (all of
  // it is damage, or unterminated).
  std::string note;
  // Only with ListOptions::check:
  bool checked = false;
  std::uint64_t records = 0;
  std::uint64_t damage_count = 0;
  std::uint64_t damage_bytes = 0;
  std::uint64_t in_flight_bytes = 0;
  std::uint64_t salvaged = 0;
  std::uint64_t note_count = 0;
};

struct ListOptions {
  bool check = false;  // read each session whole and count records and damage
  // Only names and stamps; no file is opened, so `key` is what the name alone says, and `note`
  // tells only what that shows. In no order. Without effect on `check`.
  bool names_only = false;
};

enum class TrashKind : std::uint8_t { session, records };

// Something that can be brought back.
struct TrashEntry {
  std::string id;
  std::string key;
  TrashKind kind = TrashKind::session;
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;    // of kind `records`: how many were taken off
  std::int64_t removed_ns = 0;  // since 1970
};

struct Rewound {
  Version version;
  std::uint64_t removed_records = 0;
  std::string trash_id;  // for undelete; empty if nothing was removed
};

struct Vacuumed {
  std::uint64_t bytes_before = 0;
  std::uint64_t bytes_after = 0;
  Version version;
};

struct Packed {
  bool changed = false;
  std::uint64_t bytes_before = 0;  // on the disk
  std::uint64_t bytes_after = 0;
  Version version;   // of the session afterwards; positions from before are of another generation
  std::string note;  // why nothing was changed, or what else was; a sentence, or empty
};

// What a store can promise where it lies.
struct StoreInfo {
  std::string url;
  std::string engine;  // "dir", "memory"
  std::string folder;  // "own", "shared with nanobot", "of another agent", "new"
  std::string file_system;
  bool read_only = false;
  bool network = false;
  bool ignores_case = false;
  bool has_locks = true;
  bool has_birth_time = true;
  bool pads_well = false;
  std::uint64_t free_bytes = 0;
  std::uint64_t sessions = 0;
  std::uint64_t session_bytes = 0;
  std::uint64_t packed_sessions = 0;  // of the sessions
  std::uint64_t packed_bytes = 0;     // of the session bytes
  std::uint64_t trash_entries = 0;
  std::uint64_t trash_bytes = 0;
  std::uint64_t quarantine_entries = 0;  // receipts of repairs
  std::uint64_t quarantine_bytes = 0;
  std::uint64_t cache_bytes = 0;  // disposable
  std::uint64_t leftovers = 0;    // temporary files, of rewrites that were killed or are at work
  std::uint64_t leftover_bytes = 0;
  std::vector<std::string> warnings;  // each a sentence: what is not promised here, and why
};

}  // namespace everturn

#endif  // EVERTURN_REPORT_H_
