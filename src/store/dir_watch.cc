// SPDX-License-Identifier: Apache-2.0
// Which sessions of a folder change: the kernel gives the names of files, and these lead to keys.
#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "base/session_name.h"
#include "base/try.h"
#include "store/dir_engine.h"
#include "store/packed_file.h"
#include "store/session_files.h"

namespace everturn {
namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
constexpr std::int64_t kNoFolderPause_ns = 100 * kNanosecondsPerMillisecond;

// The kernel tells of a write to such a file before the write returns, whoever made it.
bool is_local(std::string_view file_system) {
  constexpr std::array<std::string_view, 5> kLocal = {"ext4", "xfs", "btrfs", "f2fs", "tmpfs"};
  return std::find(kLocal.begin(), kLocal.end(), file_system) != kLocal.end();
}

class FolderStoreWatch final : public StoreWatch {
 public:
  explicit FolderStoreWatch(DirContext& context) : context_(context) {}

  // Where there is no folder yet, the first write of anybody makes it.
  Status begin() {
    Result<std::shared_ptr<Folder>> root = context_.readable_root();
    if (!root.ok() && root.status().code() == Code::not_found) return {};
    if (!root.ok()) return root.status();
    names_ = TRY((*root)->watch());
    is_prompt_ = is_local(TRY((*root)->traits()).type);
    root_ = *std::move(root);
    return {};
  }

  Result<bool> next(std::chrono::milliseconds timeout,
                    const std::function<void(std::string_view key)>& changed) override {
    Fs& fs = context_.fs;
    const std::int64_t deadline_ns =
        fs.monotonic_ns() + timeout.count() * kNanosecondsPerMillisecond;
    while (true) {
      const std::int64_t left_ns = std::max<std::int64_t>(0, deadline_ns - fs.monotonic_ns());
      const bool any = TRY(names_ == nullptr ? wait_for_folder(left_ns, changed)
                                             : wait_for_sessions(left_ns, changed));
      if (any) return true;
      if (left_ns == 0) return false;
    }
  }
  [[nodiscard]] bool is_prompt() const override { return is_prompt_; }

 private:
  Result<bool> wait_for_folder(std::int64_t left_ns,
                               const std::function<void(std::string_view key)>& changed) {
    CHECK_OK(begin());
    if (names_ != nullptr) {
      changed({});
      return true;
    }
    context_.fs.sleep_ns(std::min(left_ns, kNoFolderPause_ns));
    return false;
  }

  Result<bool> wait_for_sessions(std::int64_t left_ns,
                                 const std::function<void(std::string_view key)>& changed) {
    std::set<std::string> names;
    TRY(names_->wait_for_names(left_ns / kNanosecondsPerMillisecond, [&](std::string_view name) {
      const bool is_session = is_session_file_name(unpacked_name(name));
      if (name.empty() || is_session) names.emplace(name);
    }));
    for (const std::string& name : names) changed(name.empty() ? "" : key_of(name));
    return !names.empty();
  }

  // Empty where the name does not tell, and the file no more.
  std::string key_of(const std::string& name) {
    if (auto key = key_of_file_name(unpacked_name(name))) return *std::move(key);
    const Result<std::unique_ptr<File>> file = open_session_content(*root_, name);
    if (!file.ok()) return {};
    const Result<FileInfo> info = (*file)->info();
    if (!info.ok()) return {};
    const Result<KeyOfFile> found = find_key_of_file(**file, name, info->size);
    return found.ok() ? found->key : std::string();
  }

  DirContext& context_;
  std::shared_ptr<Folder> root_;
  std::unique_ptr<FolderWatch> names_;
  bool is_prompt_ = false;
};

}  // namespace

Result<std::unique_ptr<StoreWatch>> DirEngine::watch_all() {
  auto watch = std::make_unique<FolderStoreWatch>(context_);
  CHECK_OK(watch->begin());
  return std::unique_ptr<StoreWatch>(std::move(watch));
}

}  // namespace everturn
