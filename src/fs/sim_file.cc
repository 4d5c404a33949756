// SPDX-License-Identifier: Apache-2.0
// The handles of the simulated disk but the folder: files, locks and watches.
#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

#include "fs/sim_core.h"

namespace everturn {
namespace {

using Lock = std::lock_guard<std::mutex>;

class SimFile final : public File {
 public:
  SimFile(const std::shared_ptr<SimCore>& core, InodeKey key, std::string path, Access access)
      : pin_(core, key, std::move(path)), access_(access) {}
  ~SimFile() override {
    const Lock lock(core().mutex);
    give_back_lease();
  }

  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    const Lock lock(core().mutex);
    const int error = begin(Call::read_at, size);
    if (error != 0) return failure(error, Call::read_at);
    const std::string& content = *inode().cached.content;
    if (offset >= content.size()) return std::size_t{0};
    const auto bad = core().bad_pages.find(pin_.key);
    if (bad != core().bad_pages.end() &&
        bad->second.touch(offset, std::min<std::uint64_t>(size, content.size() - offset))) {
      return failure(EIO, Call::read_at);
    }
    return content.copy(into, size, offset);
  }

  Result<std::size_t> append(std::string_view bytes) override {
    const Lock lock(core().mutex);
    std::size_t size = bytes.size();
    const bool may = access_ == Access::append || access_ == Access::create_new;
    const int error = begin_write(Call::append, may, size, size);
    if (error != 0) return failure(error, Call::append);
    if (!pages_take(inode().cached.content->size(), size)) return failure(EIO, Call::append);
    core().disk.append(pin_.key, bytes.substr(0, size), core().clock_ns);
    core().changed();
    return size;
  }

  Result<std::size_t> write_at(std::uint64_t offset, std::string_view bytes) override {
    const Lock lock(core().mutex);
    std::size_t size = bytes.size();
    const std::uint64_t end = offset + size;
    const std::uint64_t old_size = inode().cached.content->size();
    const std::uint64_t growth = end > old_size ? end - std::max(offset, old_size) : 0;
    const int error = begin_write(Call::write_at, access_ == Access::write, growth, size);
    if (error != 0) return failure(error, Call::write_at);
    if (!pages_take(offset, size)) return failure(EIO, Call::write_at);
    core().disk.overwrite(pin_.key, offset, bytes.substr(0, size), core().clock_ns);
    core().changed();
    return size;
  }

  Status sync_data() override {
    const Lock lock(core().mutex);
    const int error = begin(Call::sync_data, 0);
    if (error == 0) {
      core().disk.sync_data(pin_.key);
      return Status();
    }
    if (!core().power_off && !closed_) core().disk.fail_sync_data(pin_.key, core().failed_sync);
    return failure(error, Call::sync_data);
  }

  Status drop_cache() override {
    const Lock lock(core().mutex);
    const int error = begin(Call::drop_cache, 0);
    if (error != 0) return failure(error, Call::drop_cache);
    core().disk.drop_cache(pin_.key);
    return Status();
  }

  Status truncate(std::uint64_t size) override {
    const Lock lock(core().mutex);
    int error = begin(Call::truncate, 0);
    if (error == 0 && access_ == Access::read) error = EBADF;
    if (error != 0) return failure(error, Call::truncate);
    core().disk.truncate(pin_.key, size, core().clock_ns);
    core().changed();
    return Status();
  }

  Result<bool> lease(bool take) override {
    const Lock lock(core().mutex);
    const int error = begin(Call::lease, 0);
    if (error != 0) return failure(error, Call::lease);
    if (!take) {
      give_back_lease();
      return true;
    }
    if (!core().has_leases || inode().opens > 1) return false;
    core().lease_owners[pin_.key] = pin_.owner;
    return true;
  }

  Status copy_attributes(File& model) override {
    const Lock lock(core().mutex);
    int error = begin(Call::copy_attributes, 0);
    auto* other = dynamic_cast<SimFile*>(&model);
    if (error == 0 && (other == nullptr || other->pin_.core != pin_.core)) error = EINVAL;
    if (error != 0) return failure(error, Call::copy_attributes);
    const Attributes wanted = other->inode().cached.attributes;
    const Attributes now = inode().cached.attributes;
    const bool moves = wanted.owner != now.owner || wanted.group != now.group;
    if (moves && !core().may_change_owner) return failure(EPERM, Call::copy_attributes);
    core().disk.set_attributes(pin_.key, wanted, core().clock_ns);
    core().changed();
    return Status();
  }

  Status set_modified(std::int64_t modified_ns) override {
    const Lock lock(core().mutex);
    const int error = begin(Call::set_modified, 0);
    if (error != 0) return failure(error, Call::set_modified);
    core().disk.set_modified(pin_.key, modified_ns, core().clock_ns);
    return Status();
  }

  Result<FileInfo> info() override {
    const Lock lock(core().mutex);
    const int error = begin(Call::info, 0);
    if (error != 0) return failure(error, Call::info);
    return core().info_of(pin_.key);
  }

  Result<std::string> other_writer() override {
    const Lock lock(core().mutex);
    const int error = begin(Call::other_writer, 0);
    if (error != 0) return failure(error, Call::other_writer);
    const auto found = core().other_writers.find(pin_.key);
    return found == core().other_writers.end() ? std::string() : found->second;
  }

  // The handle is gone even when close fails.
  Status close() override {
    const Lock lock(core().mutex);
    const int error = begin(Call::close, 0);
    closed_ = true;
    give_back_lease();
    return error == 0 ? Status() : failure(error, Call::close);
  }

 private:
  SimCore& core() const { return *pin_.core; }
  Inode& inode() { return core().disk.at(pin_.key); }
  bool pages_take(std::uint64_t offset, std::uint64_t size) {
    const auto bad = core().bad_pages.find(pin_.key);
    return bad == core().bad_pages.end() || bad->second.write(offset, size);
  }
  int begin(Call call, std::uint64_t bytes) {
    const int error = core().begin(call, pin_.path, bytes);
    return error == 0 && closed_ ? EBADF : error;
  }
  int begin_write(Call call, bool may, std::uint64_t growth, std::size_t& size) {
    const int error = core().begin_write(call, pin_.path, growth, size);
    return error == 0 && (closed_ || !may) ? EBADF : error;
  }
  Status failure(int error, Call call) const { return SimCore::failure(error, call, pin_.path); }
  void give_back_lease() {
    const auto found = core().lease_owners.find(pin_.key);
    if (found != core().lease_owners.end() && found->second == pin_.owner) {
      core().lease_owners.erase(found);
    }
  }

  SimPin pin_;
  Access access_;
  bool closed_ = false;
};

class SimLockFile final : public LockFile {
 public:
  SimLockFile(const std::shared_ptr<SimCore>& core, InodeKey key, std::string path)
      : pin_(core, key, std::move(path)) {}
  ~SimLockFile() override {
    const Lock lock(core().mutex);
    std::erase_if(core().slot_owners,
                  [&](const auto& entry) { return entry.second == pin_.owner; });
  }

  Result<bool> try_lock(std::uint64_t slot) override {
    const Lock lock(core().mutex);
    const int error = begin(Call::try_lock);
    if (error != 0) return failure(error, Call::try_lock);
    const auto [entry, added] = core().slot_owners.try_emplace({pin_.key, slot}, pin_.owner);
    return added || entry->second == pin_.owner;
  }

  Status unlock(std::uint64_t slot) override {
    const Lock lock(core().mutex);
    const int error = begin(Call::unlock);
    if (error != 0) return failure(error, Call::unlock);
    const auto found = core().slot_owners.find({pin_.key, slot});
    if (found != core().slot_owners.end() && found->second == pin_.owner) {
      core().slot_owners.erase(found);
    }
    return Status();
  }

  Result<bool> is_held(std::uint64_t slot) override {
    const Lock lock(core().mutex);
    const int error = begin(Call::is_held);
    if (error != 0) return failure(error, Call::is_held);
    const auto found = core().slot_owners.find({pin_.key, slot});
    return found != core().slot_owners.end() && found->second != pin_.owner;
  }

  std::string holder(std::uint64_t) override { return "another process"; }

  Result<FileInfo> info() override {
    const Lock lock(core().mutex);
    const int error = core().begin(Call::info, pin_.path);
    if (error != 0) return failure(error, Call::info);
    return core().info_of(pin_.key);
  }

 private:
  SimCore& core() const { return *pin_.core; }
  int begin(Call call) {
    const int error = core().begin(call, pin_.path);
    return error == 0 && !core().traits.has_locks ? ENOLCK : error;
  }
  Status failure(int error, Call call) const { return SimCore::failure(error, call, pin_.path); }

  SimPin pin_;
};

class SimFlock final : public WholeLock {
 public:
  SimFlock(const std::shared_ptr<SimCore>& core, InodeKey key, std::string path)
      : pin_(core, key, std::move(path)) {
    core->flock_owners[key] = pin_.owner;
  }
  ~SimFlock() override {
    const Lock lock(pin_.core->mutex);
    pin_.core->flock_owners.erase(pin_.key);
  }

 private:
  SimPin pin_;
};

class SimWatch final : public FolderWatch {
 public:
  SimWatch(const std::shared_ptr<SimCore>& core, InodeKey key, std::string path)
      : pin_(core, key, std::move(path)), seen_(core->changes) {}

  Result<bool> wait(std::int64_t timeout_ms) override {
    SimCore& core = *pin_.core;
    const Lock lock(core.mutex);
    const int error = core.begin(Call::wait, pin_.path);
    if (error != 0) return SimCore::failure(error, Call::wait, pin_.path);
    if (std::exchange(seen_, core.changes) != core.changes) return true;
    core.clock_ns += std::max<std::int64_t>(timeout_ms, 0) * 1'000'000;
    return false;
  }

 private:
  SimPin pin_;
  std::uint64_t seen_;
};

}  // namespace

SimPin::SimPin(std::shared_ptr<SimCore> the_core, InodeKey the_key, std::string the_path)
    : core(std::move(the_core)),
      key(the_key),
      path(std::move(the_path)),
      owner(core->next_owner++) {
  core->disk.add_open(key);
}

SimPin::~SimPin() {
  const Lock lock(core->mutex);
  core->disk.remove_open(key);
}

std::unique_ptr<File> make_sim_file(const std::shared_ptr<SimCore>& core, InodeKey key,
                                    std::string path, Access access) {
  return std::make_unique<SimFile>(core, key, std::move(path), access);
}

std::unique_ptr<LockFile> make_sim_lock_file(const std::shared_ptr<SimCore>& core, InodeKey key,
                                             std::string path) {
  return std::make_unique<SimLockFile>(core, key, std::move(path));
}

std::unique_ptr<WholeLock> make_sim_flock(const std::shared_ptr<SimCore>& core, InodeKey key,
                                          std::string path) {
  if (core->flock_owners.contains(key)) return nullptr;
  return std::make_unique<SimFlock>(core, key, std::move(path));
}

std::unique_ptr<FolderWatch> make_sim_watch(const std::shared_ptr<SimCore>& core, InodeKey key,
                                            std::string path) {
  return std::make_unique<SimWatch>(core, key, std::move(path));
}

}  // namespace everturn
