// SPDX-License-Identifier: Apache-2.0
// Does the disk take writes? Asked at most once a second, for anybody may ask. Any number of
// threads.
#ifndef EVERTURN_SERVER_DISK_PROBE_H_
#define EVERTURN_SERVER_DISK_PROBE_H_

#include <cstdint>
#include <mutex>
#include <string>

#include "fs/fs.h"

namespace everturn::server {

class DiskProbe {
 public:
  // `folder` need not be there yet, and "" is never probed. `fs` must outlive it.
  DiskProbe(Fs& fs, std::string folder) : fs_(fs), folder_(std::move(folder)) {}

  // Writes and syncs a small file, and removes it; the verdict of the last second if there is one.
  Status probe();

 private:
  Status write_file();

  Fs& fs_;
  const std::string folder_;
  std::mutex mutex_;
  bool probed_ = false;
  std::int64_t probed_ns_ = 0;
  Status verdict_;
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_DISK_PROBE_H_
