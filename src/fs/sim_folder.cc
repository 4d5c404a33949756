// SPDX-License-Identifier: Apache-2.0
// Folders of the simulated disk.
#include <cerrno>
#include <mutex>
#include <utility>

#include "fs/sim_core.h"

namespace everturn {
namespace {

using Lock = std::lock_guard<std::mutex>;
constexpr std::size_t kLongestName = 255;

int error_of_name(std::string_view name) {
  if (name.empty() || name == "." || name == "..") return EINVAL;
  if (name.find('/') != name.npos || name.find('\0') != name.npos) return EINVAL;
  return name.size() > kLongestName ? ENAMETOOLONG : 0;
}

// Why something of this kind cannot be opened as a file; 0 if it can.
int error_of_kind(FileKind kind) {
  switch (kind) {
    case FileKind::file:
      return 0;
    case FileKind::folder:
      return EISDIR;
    case FileKind::symlink:
      return ELOOP;
    case FileKind::other:
      return EINVAL;
  }
  return EINVAL;
}

class SimFolder final : public Folder {
 public:
  SimFolder(const std::shared_ptr<SimCore>& core, InodeKey key, std::string path)
      : pin_(core, key, std::move(path)) {}

  Result<std::unique_ptr<File>> open(std::string_view name, Access access) override {
    const Lock lock(core().mutex);
    const bool creates = access == Access::create_new;
    const Call call = creates ? Call::create : Call::open;
    int error = begin(call, name);
    if (error != 0) return failure(error, call, name);
    InodeKey key = find(name);
    if (creates) {
      error = key != 0 ? EEXIST : error_of_new_name();
      if (error == 0) key = create(name, FileKind::file);
    } else {
      error = key == 0 ? ENOENT : error_of_kind(kind_of(key));
      if (error == 0 && core().lease_owners.contains(key)) error = EAGAIN;
    }
    if (error != 0) return failure(error, call, name);
    return make_sim_file(pin_.core, key, path_of(name), access);
  }

  Result<std::unique_ptr<Folder>> open_folder(std::string_view name) override {
    const Lock lock(core().mutex);
    int error = begin(Call::open_folder, name);
    const InodeKey key = error == 0 ? find(name) : 0;
    if (error == 0 && key == 0) error = ENOENT;
    if (error == 0 && kind_of(key) != FileKind::folder) error = ENOTDIR;
    if (error != 0) return failure(error, Call::open_folder, name);
    return make_sim_folder(pin_.core, key, path_of(name));
  }

  Status make_folder(std::string_view name) override {
    const Lock lock(core().mutex);
    int error = begin(Call::make_folder, name);
    if (error == 0) error = find(name) != 0 ? EEXIST : error_of_new_name();
    if (error != 0) return failure(error, Call::make_folder, name);
    create(name, FileKind::folder);
    return Status();
  }

  Result<FileInfo> stat(std::string_view name) override {
    const Lock lock(core().mutex);
    int error = begin(Call::stat, name);
    const InodeKey key = error == 0 ? find(name) : 0;
    if (error == 0 && key == 0) error = ENOENT;
    if (error != 0) return failure(error, Call::stat, name);
    return core().info_of(key);
  }

  Result<FileInfo> info() override {
    const Lock lock(core().mutex);
    const int error = core().begin(Call::info, pin_.path);
    if (error != 0) return SimCore::failure(error, Call::info, pin_.path);
    return core().info_of(pin_.key);
  }

  // Visits a copy, outside of the mutex: the visitor may call back.
  Status list(const std::function<bool(std::string_view, FileKind)>& visit) override {
    std::vector<std::pair<std::string, FileKind>> entries;
    {
      const Lock lock(core().mutex);
      const int error = core().begin(Call::list, pin_.path);
      if (error != 0) return SimCore::failure(error, Call::list, pin_.path);
      for (const auto& [name, key] : names()) entries.emplace_back(name, kind_of(key));
    }
    for (const auto& [name, kind] : entries) {
      if (!visit(name, kind)) break;
    }
    return Status();
  }

  Status rename(std::string_view from, Folder& to_folder, std::string_view to,
                bool replace) override {
    const Lock lock(core().mutex);
    auto* target = dynamic_cast<SimFolder*>(&to_folder);
    int error = begin_to(Call::rename, from, target, to);
    if (error == 0) error = error_of_rename(from, *target, to, replace);
    if (error != 0) return failure(error, Call::rename, from);
    const InodeKey key = find(from);
    const std::string old_name = stored_name(from);
    std::string new_name(to);
    const InodeKey replaced = target->find(to);
    if (replaced == key && (target != this || old_name == new_name)) return Status();
    if (replaced == key && names().contains(to)) return Status();
    if (replaced != 0 && replaced != key) new_name = target->stored_name(to);
    core().disk.change_names({{target->pin_.key, new_name, key}, {pin_.key, old_name, 0}},
                             core().clock_ns);
    core().changed();
    return Status();
  }

  Status link(std::string_view from, Folder& to_folder, std::string_view to) override {
    const Lock lock(core().mutex);
    auto* target = dynamic_cast<SimFolder*>(&to_folder);
    int error = begin_to(Call::link, from, target, to);
    const InodeKey key = error == 0 ? find(from) : 0;
    if (error == 0 && key == 0) error = ENOENT;
    if (error == 0 && kind_of(key) == FileKind::folder) error = EISDIR;
    if (error == 0) error = target->find(to) != 0 ? EEXIST : target->error_of_new_name();
    if (error != 0) return failure(error, Call::link, from);
    core().disk.change_names({{target->pin_.key, std::string(to), key}}, core().clock_ns);
    core().changed();
    return Status();
  }

  Status remove(std::string_view name) override {
    const Lock lock(core().mutex);
    int error = begin(Call::remove, name);
    const InodeKey key = error == 0 ? find(name) : 0;
    if (error == 0 && key == 0) error = ENOENT;
    if (error == 0 && kind_of(key) == FileKind::folder) error = EISDIR;
    if (error != 0) return failure(error, Call::remove, name);
    erase(name);
    return Status();
  }

  Status remove_folder(std::string_view name) override {
    const Lock lock(core().mutex);
    int error = begin(Call::remove_folder, name);
    const InodeKey key = error == 0 ? find(name) : 0;
    if (error == 0 && key == 0) error = ENOENT;
    if (error == 0 && kind_of(key) != FileKind::folder) error = ENOTDIR;
    if (error == 0 && !core().disk.at(key).cached.names->empty()) error = ENOTEMPTY;
    if (error != 0) return failure(error, Call::remove_folder, name);
    erase(name);
    return Status();
  }

  Status sync() override {
    const Lock lock(core().mutex);
    const int error = core().begin(Call::sync_folder, path_of(""));
    if (error == 0) {
      core().disk.sync_names(pin_.key);
      return Status();
    }
    if (!core().power_off) core().disk.fail_sync_names(pin_.key, core().failed_sync);
    return SimCore::failure(error, Call::sync_folder, pin_.path);
  }

  Result<std::unique_ptr<LockFile>> open_lock_file(std::string_view name, bool create_it) override {
    const Lock lock(core().mutex);
    const bool creates = create_it && error_of_name(name) == 0 && find(name) == 0;
    const Call call = creates ? Call::create_lock_file : Call::open_lock_file;
    int error = begin(call, name);
    if (error == 0 && creates) error = error_of_new_name();
    InodeKey key = 0;
    if (error == 0) key = creates ? create(name, FileKind::file) : find(name);
    if (error == 0) error = key == 0 ? ENOENT : error_of_kind(kind_of(key));
    if (error != 0) return failure(error, call, name);
    return make_sim_lock_file(pin_.core, key, path_of(name));
  }

  Result<std::unique_ptr<WholeLock>> try_flock(std::string_view name) override {
    const Lock lock(core().mutex);
    if (name.empty()) {
      const int error = core().begin(Call::try_flock, pin_.path);
      if (error != 0) return SimCore::failure(error, Call::try_flock, pin_.path);
      return make_sim_flock(pin_.core, pin_.key, pin_.path);
    }
    int error = begin(Call::try_flock, name);
    const InodeKey key = error == 0 ? find(name) : 0;
    if (error == 0) error = key == 0 ? ENOENT : error_of_kind(kind_of(key));
    if (error == 0 && core().lease_owners.contains(key)) error = EAGAIN;
    if (error != 0) return failure(error, Call::try_flock, name);
    return make_sim_flock(pin_.core, key, path_of(name));
  }

  Result<std::unique_ptr<FolderWatch>> watch() override {
    const Lock lock(core().mutex);
    const int error = core().begin(Call::watch, pin_.path);
    if (error != 0) return SimCore::failure(error, Call::watch, pin_.path);
    return make_sim_watch(pin_.core, pin_.key, pin_.path);
  }

  Result<FsTraits> traits() override {
    const Lock lock(core().mutex);
    const int error = core().begin(Call::traits, pin_.path);
    if (error != 0) return SimCore::failure(error, Call::traits, pin_.path);
    FsTraits traits = core().traits;
    traits.free_bytes = core().free_bytes();
    return traits;
  }

 private:
  SimCore& core() const { return *pin_.core; }
  [[nodiscard]] const Names& names() const { return *core().disk.at(pin_.key).cached.names; }
  [[nodiscard]] FileKind kind_of(InodeKey key) const { return core().disk.at(key).cached.kind; }
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return (pin_.path == "/" ? "" : pin_.path) + "/" + std::string(name);
  }
  [[nodiscard]] InodeKey find(std::string_view name) const {
    const auto found = core().find_name(pin_.key, name);
    return found == names().end() ? 0 : found->second;
  }
  // As the folder spells it.
  [[nodiscard]] std::string stored_name(std::string_view name) const {
    return core().find_name(pin_.key, name)->first;
  }
  int begin(Call call, std::string_view name) {
    const int error = core().begin(call, path_of(name));
    return error == 0 ? error_of_name(name) : error;
  }
  int begin_to(Call call, std::string_view from, const SimFolder* target, std::string_view to) {
    const int error = begin(call, from);
    if (target == nullptr || target->pin_.core != pin_.core) return error == 0 ? EXDEV : error;
    if (!core().power_off) core().calls.back().target = target->path_of(to);
    return error == 0 ? error_of_name(to) : error;
  }
  Status failure(int error, Call call, std::string_view name) const {
    return SimCore::failure(error, call, path_of(name));
  }
  [[nodiscard]] int error_of_new_name() const {
    if (core().disk.at(pin_.key).links == 0) return ENOENT;  // the folder itself was removed
    return core().name_error();
  }

  [[nodiscard]] int error_of_rename(std::string_view from, const SimFolder& target,
                                    std::string_view to, bool replace) const {
    const InodeKey key = find(from);
    if (key == 0) return ENOENT;
    const InodeKey replaced = target.find(to);
    const bool is_folder = kind_of(key) == FileKind::folder;
    if (is_folder && core().contains(key, target.pin_.key)) return EINVAL;
    if (replaced == 0 || replaced == key) {
      if (replaced != 0 && !replace && target.names().contains(to)) return EEXIST;
      return replaced == 0 ? target.error_of_new_name() : 0;
    }
    if (!replace) return EEXIST;
    if (is_folder != (kind_of(replaced) == FileKind::folder)) return is_folder ? ENOTDIR : EISDIR;
    if (is_folder && !core().disk.at(replaced).cached.names->empty()) return ENOTEMPTY;
    return 0;
  }

  InodeKey create(std::string_view name, FileKind kind) {
    const InodeKey key = core().disk.create(kind, core().clock_ns);
    core().disk.change_names({{pin_.key, std::string(name), key}}, core().clock_ns);
    core().changed();
    return key;
  }

  void erase(std::string_view name) {
    core().disk.change_names({{pin_.key, stored_name(name), 0}}, core().clock_ns);
    core().changed();
  }

  SimPin pin_;
};

}  // namespace

std::unique_ptr<Folder> make_sim_folder(const std::shared_ptr<SimCore>& core, InodeKey key,
                                        std::string path) {
  return std::make_unique<SimFolder>(core, key, std::move(path));
}

}  // namespace everturn
