// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <utility>

#include "base/try.h"
#include "cli/demo.h"

namespace everturn::cli::demo {
namespace {

std::string temporary_root() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen;
}

struct Entry {
  std::string name;
  FileKind kind = FileKind::other;
};

Status remove_tree(Folder& above, const std::string& name);

Status empty_folder(Folder& folder) {
  std::vector<Entry> entries;
  CHECK_OK(folder.list([&](std::string_view name, FileKind kind) {
    entries.push_back({std::string(name), kind});
    return true;
  }));
  for (const Entry& entry : entries) {
    CHECK_OK(entry.kind == FileKind::folder ? remove_tree(folder, entry.name)
                                            : folder.remove(entry.name));
  }
  return {};
}

Status remove_tree(Folder& above, const std::string& name) {
  const std::unique_ptr<Folder> folder = TRY(above.open_folder(name));
  CHECK_OK(empty_folder(*folder));
  return above.remove_folder(name);
}

}  // namespace

TemporaryFolder::TemporaryFolder(std::unique_ptr<Folder> above, std::string name, std::string path)
    : above_(std::move(above)), name_(std::move(name)), path_(std::move(path)) {}

TemporaryFolder::~TemporaryFolder() {
  if (above_ != nullptr) static_cast<void>(remove());
}

Result<TemporaryFolder> TemporaryFolder::make() {
  constexpr int kTries = 8;
  const std::string root = temporary_root();
  std::unique_ptr<Folder> above = TRY(posix_fs().open_folder(root, false));
  Status status;
  for (int i = 0; i < kTries; ++i) {
    const std::string name = "everturn-demo-" + std::to_string(posix_fs().random());
    status = above->make_folder(name);
    if (status.ok()) return TemporaryFolder(std::move(above), name, root + "/" + name);
    if (status.code() != Code::conflict) break;
  }
  return status;
}

Status TemporaryFolder::remove() {
  if (above_ == nullptr) return {};
  const std::unique_ptr<Folder> above = std::move(above_);
  return remove_tree(*above, name_);
}

Status check_not_stopped() {
  if (StopSignals::received() == 0) return {};
  return {Code::unavailable, "stopped by a signal"};
}

}  // namespace everturn::cli::demo
