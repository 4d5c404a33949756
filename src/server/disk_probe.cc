// SPDX-License-Identifier: Apache-2.0
#include "server/disk_probe.h"

#include <memory>

#include "base/try.h"

namespace everturn::server {

Status DiskProbe::probe() {
  constexpr std::int64_t kLife_ns = 1'000'000'000;
  if (folder_.empty()) return {};
  const std::lock_guard guard(mutex_);
  const std::int64_t now_ns = fs_.monotonic_ns();
  if (probed_ && now_ns - probed_ns_ < kLife_ns) return verdict_;
  verdict_ = write_file().within("the disk takes no writes");
  probed_ = true;
  probed_ns_ = fs_.monotonic_ns();
  return verdict_;
}

Status DiskProbe::write_file() {
  const Result<std::unique_ptr<Folder>> folder = fs_.open_folder(folder_, /*create=*/false);
  if (!folder.ok() && folder.status().code() == Code::not_found) return {};
  if (!folder.ok()) return folder.status();
  const std::string name = ".probe-" + std::to_string(fs_.random()) + ".tmp";
  const std::unique_ptr<File> file = TRY((*folder)->open(name, Access::create_new));
  Status status = file->append("everturn\n").status();
  if (status.ok()) status = file->sync_data();
  const Status removed = (*folder)->remove(name);
  return status.ok() ? removed : status;
}

}  // namespace everturn::server
