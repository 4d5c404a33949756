// SPDX-License-Identifier: Apache-2.0
// Mistakes that stores make, put between a correct store and its disk: a sweep that does not find
// them is worth nothing.
#ifndef EVERTURN_TESTS_CRASH_SEEDED_BUGS_H_
#define EVERTURN_TESTS_CRASH_SEEDED_BUGS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fs/fs.h"

namespace everturn {

enum class Bug : std::uint8_t {
  none,
  no_sync,                      // sync_data says ok and does nothing
  no_sync_before_rename,        // the same, of files whose name ends in ".tmp"
  no_folder_sync_after_rename,  // Folder::sync does nothing if the last change there was a rename
  no_folder_sync_after_create,  // ... a new file, a new folder or a link
  no_folder_sync_after_unlink,  // ... a removal
  truncate_in_place,            // a ".tmp" renamed over a file is copied into it instead
  sync_retried,                 // a failed sync_data is called again, and the second answer counts
  quarantine_not_synced,        // sync_data says ok and does nothing in folders "quarantine"
  drops_bytes,  // an append that starts with '\n', the guard behind a torn tail, blanks the tail;
                // the size stays what the store expects, so that only the lost bytes can tell
};
std::string_view bug_name(Bug bug);

// Forwards everything to `inner`, with one bug in it. `inner` must outlive it, and it must outlive
// its folders. Files and folders of two wrappers must not be mixed. Thread-safe as `inner` is.
class BuggyFs final : public Fs {
 public:
  BuggyFs(Fs& inner, Bug bug);
  ~BuggyFs() override;

  Result<std::unique_ptr<Folder>> open_folder(const std::string& path, bool create) override;
  std::int64_t now_ns() override { return inner_.now_ns(); }
  std::int64_t monotonic_ns() override { return inner_.monotonic_ns(); }
  void sleep_ns(std::int64_t duration_ns) override { inner_.sleep_ns(duration_ns); }
  std::uint64_t random() override { return inner_.random(); }
  std::uint64_t process_token() override { return inner_.process_token(); }

 private:
  class Bugs;

  Fs& inner_;
  std::unique_ptr<Bugs> bugs_;
};

}  // namespace everturn

#endif  // EVERTURN_TESTS_CRASH_SEEDED_BUGS_H_
