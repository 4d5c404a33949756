// SPDX-License-Identifier: Apache-2.0
// Copies of a whole store, made while it is written to. A backup is a folder with the same files
// under the same names, and a manifest with their hashes, .everturn/backup.jsonl, which is written
// last. Plain values: copy them, share them, no locks.
#ifndef EVERTURN_BACKUP_H_
#define EVERTURN_BACKUP_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "everturn/status.h"

namespace everturn {

struct BackupReport {
  std::uint64_t files = 0;  // in the backup, without those that are gone from the store
  std::uint64_t bytes = 0;
  std::uint64_t sessions = 0;  // of the files
  std::uint64_t copied_files = 0;
  std::uint64_t copied_bytes = 0;
  std::uint64_t kept_files = 0;  // unchanged since the last backup
  // Of sessions that were deleted or renamed since an earlier backup: they stay in it.
  std::uint64_t gone_files = 0;
  // An earlier run was cut off; what it had copied was checked by its hashes.
  bool continued = false;
  // Files that could not be read, each a sentence. What an earlier backup holds of them stays.
  std::vector<std::string> problems;
};

struct BackupOptions {
  bool verify = false;  // reads what the backup holds already, instead of going by its size
  bool mirror = false;  // removes from the backup what is gone from the store
  // Asked between two files; false stops, and the next run goes on from there.
  std::function<bool(const BackupReport& so_far)> go_on;
};

enum class RestoreAction : std::uint8_t {
  create,    // is not in the store
  same,      // is there already, byte for byte
  conflict,  // something else is there, and stays
  damaged,   // the backup does not hold what its manifest says
};
std::string_view restore_action_name(RestoreAction action);

struct RestoreItem {
  std::string key;        // of a session; empty for a file of the trash or the quarantine
  std::string file_name;  // "trash/..." and "quarantine/..." for those
  std::uint64_t bytes = 0;
  RestoreAction action = RestoreAction::create;
  std::string detail;  // one sentence, or empty
};

struct RestoreOptions {
  bool apply = false;             // else a plan: everything is read, nothing is written
  std::vector<std::string> only;  // keys of sessions; empty: everything
  bool gone = false;              // also sessions that were gone at the last backup
  // Told each item; false stops.
  std::function<bool(const RestoreItem& item)> on_item;
};

struct RestoreReport {
  std::uint64_t created = 0;  // or would be
  std::uint64_t created_bytes = 0;
  std::uint64_t same = 0;
  std::uint64_t conflicts = 0;
  std::uint64_t damaged = 0;
  bool interrupted = false;  // the last backup there did not come to its end
};

}  // namespace everturn

#endif  // EVERTURN_BACKUP_H_
