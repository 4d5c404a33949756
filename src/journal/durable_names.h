// SPDX-License-Identifier: Apache-2.0
// Remembers whether a folder's names are durable, so that a file opened anew need not pay for a
// sync of its folder. A folder's change time moves with each name that comes or goes: if it is what
// it was before the last sync of the folder, all names are durable.
#ifndef EVERTURN_JOURNAL_DURABLE_NAMES_H_
#define EVERTURN_JOURNAL_DURABLE_NAMES_H_

#include <cstdint>
#include <mutex>

#include "base/try.h"
#include "fs/fs.h"

namespace everturn {

class DurableNames {
 public:
  // Both must outlive this.
  DurableNames(Fs& fs, Folder& folder) : fs_(fs), folder_(folder) {}

  // Makes all names in the folder durable, if they are not known to be. Any thread.
  Status ensure() {
    const std::lock_guard guard(mutex_);
    const FileInfo before = TRY(folder_.info());
    if (before.changed_ns == durable_at_ns_) return {};
    CHECK_OK(folder_.sync());
    // Change times are coarse: within one tick of the clock another name may come unseen.
    constexpr std::int64_t kTickNs = 20'000'000;
    durable_at_ns_ = fs_.now_ns() - before.changed_ns > kTickNs ? before.changed_ns : -1;
    return {};
  }

 private:
  Fs& fs_;
  Folder& folder_;
  std::mutex mutex_;
  std::int64_t durable_at_ns_ = -1;
};

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_DURABLE_NAMES_H_
