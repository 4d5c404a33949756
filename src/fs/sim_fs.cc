// SPDX-License-Identifier: Apache-2.0
#include "fs/sim_fs.h"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>

#include "fs/sim_core.h"

namespace everturn {
namespace {

constexpr std::int64_t kStartNs = 1'700'000'000'000'000'000;
constexpr std::int64_t kOutageNs = 60'000'000'000;
constexpr int kMostLinksFollowed = 8;

using Lock = std::lock_guard<std::mutex>;

// The components of a path, the first one last.
std::vector<std::string> reversed_components(std::string_view path) {
  std::vector<std::string> components;
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    if (begin < path.size()) components.emplace_back(path.substr(begin));
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return components;
}

// Follows a path from the root for Fs::open_folder().
class PathWalk {
 public:
  PathWalk(SimCore& core, const std::string& path, bool create)
      : core_(core), rest_(reversed_components(path)), create_(create) {}

  Result<InodeKey> run() {
    while (!rest_.empty()) {
      const std::string name = rest_.back();
      rest_.pop_back();
      if (name == ".") continue;
      if (name == "..") {
        if (!above_.empty()) leave();
        continue;
      }
      const int error = enter(name);
      if (error != 0) return SimCore::failure(error, Call::open_folder, path_ + "/" + name);
    }
    return here_;
  }

  // Of the folder that run() found.
  [[nodiscard]] std::string path() const { return path_.empty() ? "/" : path_; }

 private:
  void leave() {
    here_ = above_.back();
    above_.pop_back();
    path_.resize(path_.rfind('/'));
  }

  int enter(const std::string& name) {
    const Stored& folder = core_.disk.at(here_).cached;
    if (!folder.names) return ENOTDIR;
    auto found = core_.find_name(here_, name);
    if (found == folder.names->end()) {
      if (!create_) return ENOENT;
      const int error = make(name);
      if (error != 0) return error;
      found = core_.find_name(here_, name);
    }
    const Stored& child = core_.disk.at(found->second).cached;
    if (child.kind == FileKind::symlink) return follow(*child.content);
    if (child.kind != FileKind::folder) return ENOTDIR;
    if (create_ && core_.disk.has_pending_names(here_)) {
      const int error = sync_names();
      if (error != 0) return error;
    }
    above_.push_back(here_);
    here_ = found->second;
    path_ += "/" + name;
    return 0;
  }

  int follow(const std::string& target) {
    if (++links_ > kMostLinksFollowed) return ELOOP;
    if (target.starts_with('/')) {
      while (!above_.empty()) leave();
    }
    const std::vector<std::string> components = reversed_components(target);
    rest_.insert(rest_.end(), components.begin(), components.end());
    return 0;
  }

  int make(const std::string& name) {
    int error = core_.begin(Call::make_folder, path_ + "/" + name);
    if (error == 0) error = core_.name_error();
    if (error != 0) return error;
    const InodeKey key = core_.disk.create(FileKind::folder, core_.clock_ns);
    core_.disk.change_names({{here_, name, key}}, core_.clock_ns);
    core_.changed();
    error = sync_names();
    if (error != 0 && core_.begin(Call::remove_folder, path_ + "/" + name) == 0) {
      core_.disk.change_names({{here_, name, 0}}, core_.clock_ns);
      core_.changed();
    }
    return error;
  }

  int sync_names() {
    const int error = core_.begin(Call::sync_folder, path_ + "/");
    if (error != 0 && !core_.power_off) core_.disk.fail_sync_names(here_, core_.failed_sync);
    if (error == 0) core_.disk.sync_names(here_);
    return error;
  }

  SimCore& core_;
  std::vector<std::string> rest_;
  bool create_;
  InodeKey here_ = kRootKey;
  std::vector<InodeKey> above_;
  std::string path_;
  int links_ = 0;
};

// Gives `path` to a new inode, or finds what it names already; folders on the way are made.
InodeKey put_path(SimCore& core, const std::string& path, FileKind kind) {
  InodeKey here = kRootKey;
  std::vector<std::string> rest = reversed_components(path);
  while (!rest.empty()) {
    const std::string name = std::move(rest.back());
    rest.pop_back();
    const auto found = core.find_name(here, name);
    if (found != core.disk.at(here).cached.names->end()) {
      here = found->second;
      continue;
    }
    const InodeKey key = core.disk.create(rest.empty() ? kind : FileKind::folder, core.tick());
    core.disk.put_name(here, name, key);
    here = key;
  }
  core.changed();
  return here;
}

void erase_tree(SimCore& core, InodeKey folder, const std::string& name) {
  const InodeKey key = core.disk.at(folder).cached.names->at(name);
  if (const auto& names = core.disk.at(key).cached.names) {
    const Names copy = *names;
    for (const auto& entry : copy) erase_tree(core, key, entry.first);
  }
  core.disk.put_name(folder, name, 0);
}

}  // namespace

SimFs::SimFs(Profile profile, std::uint64_t seed)
    : core_(std::make_shared<SimCore>(SimDisk(profile, kStartNs), kStartNs, seed)) {}

SimFs::SimFs(std::shared_ptr<SimCore> core) : core_(std::move(core)) {}
SimFs::SimFs(SimFs&&) noexcept = default;
SimFs& SimFs::operator=(SimFs&&) noexcept = default;
SimFs::~SimFs() = default;

SimFs SimFs::from(const DiskState& state, Profile profile, std::uint64_t seed) {
  const std::int64_t start_ns = state.time_ns + kOutageNs;
  return SimFs(std::make_shared<SimCore>(SimDisk(profile, state.inodes), start_ns, seed));
}

Result<std::unique_ptr<Folder>> SimFs::open_folder(const std::string& path, bool create) {
  const Lock lock(core_->mutex);
  const int error = core_->begin(Call::open_folder, path);
  if (error != 0) return SimCore::failure(error, Call::open_folder, path);
  PathWalk walk(*core_, path, create);
  Result<InodeKey> key = walk.run();
  if (!key) return key.status();
  return make_sim_folder(core_, *key, walk.path());
}

std::int64_t SimFs::now_ns() {
  const Lock lock(core_->mutex);
  return core_->tick();
}

std::int64_t SimFs::monotonic_ns() {
  const Lock lock(core_->mutex);
  return core_->tick() - core_->monotonic_start_ns;
}

void SimFs::sleep_ns(std::int64_t duration_ns) {
  {
    const Lock lock(core_->mutex);
    core_->clock_ns += std::max<std::int64_t>(duration_ns, 0);
  }
  std::this_thread::yield();
}

std::uint64_t SimFs::random() {
  const Lock lock(core_->mutex);
  return core_->draw();
}

std::uint64_t SimFs::process_token() {
  const Lock lock(core_->mutex);
  return core_->process_token;
}

std::uint64_t SimFs::calls() const {
  const Lock lock(core_->mutex);
  return core_->calls.size();
}

std::uint64_t SimFs::mutations() const {
  const Lock lock(core_->mutex);
  return core_->mutations;
}

std::uint64_t SimFs::count(std::string_view name) const {
  const Lock lock(core_->mutex);
  for (std::size_t kind = 0; kind < kCallKinds; ++kind) {
    if (call_name(static_cast<Call>(kind)) == name) return core_->counts[kind];
  }
  return 0;
}

std::optional<SimCall> SimFs::call(std::uint64_t number) const {
  const Lock lock(core_->mutex);
  if (number == 0 || number > core_->calls.size()) return std::nullopt;
  return core_->calls[number - 1];
}

std::string SimFs::trace(std::size_t last) const {
  const Lock lock(core_->mutex);
  const std::size_t size = core_->calls.size();
  std::string text;
  for (std::size_t number = size - std::min(last, size) + 1; number <= size; ++number) {
    text += core_->trace_line(number) + "\n";
  }
  if (core_->power_off) text += "power cut\n";
  return text;
}

void SimFs::reset_counters() {
  const Lock lock(core_->mutex);
  core_->calls.clear();
  core_->mutations = 0;
  std::fill(std::begin(core_->counts), std::end(core_->counts), 0);
}

void SimFs::cut_power_at(std::uint64_t mutation) {
  const Lock lock(core_->mutex);
  core_->cut_at = mutation;
}

void SimFs::cut_power() {
  const Lock lock(core_->mutex);
  core_->power_off = true;
}

bool SimFs::power_is_off() const {
  const Lock lock(core_->mutex);
  return core_->power_off;
}

PowerCut SimFs::power_cut() const {
  const Lock lock(core_->mutex);
  return PowerCut(core_->disk, core_->clock_ns);
}

void SimFs::fail_call(std::uint64_t number, int error) {
  const Lock lock(core_->mutex);
  core_->faults.push_back({number, "", "", error});
}

void SimFs::fail_from(std::uint64_t number, int error) {
  const Lock lock(core_->mutex);
  core_->faults.push_back({number, "", "", error, true});
}

void SimFs::fail_next(std::string_view name, int error, std::string_view subject) {
  const Lock lock(core_->mutex);
  core_->faults.push_back({0, std::string(name), std::string(subject), error});
}

void SimFs::fail_always(std::string_view name, int error, std::string_view subject) {
  const Lock lock(core_->mutex);
  core_->faults.push_back({0, std::string(name), std::string(subject), error, true});
}

void SimFs::clear_faults() {
  const Lock lock(core_->mutex);
  core_->faults.clear();
  core_->owed_error = 0;
}

void SimFs::set_failed_sync(FailedSync what) {
  const Lock lock(core_->mutex);
  core_->failed_sync = what;
}

void SimFs::set_unreadable(const std::string& path, std::uint64_t offset, std::uint64_t length,
                           bool for_ever) {
  const Lock lock(core_->mutex);
  core_->bad_pages[core_->find_path(path)].add(offset, length, for_ever);
}

void SimFs::set_free_bytes(std::uint64_t bytes, bool names_too) {
  const Lock lock(core_->mutex);
  core_->has_end = true;
  core_->names_need_space = names_too;
  core_->capacity_bytes = core_->disk.used_bytes() + bytes;
}

Profile SimFs::profile() const {
  const Lock lock(core_->mutex);
  return core_->disk.profile();
}

void SimFs::set_traits(const FsTraits& traits) {
  const Lock lock(core_->mutex);
  core_->traits = traits;
}

void SimFs::set_process_token(std::uint64_t token) {
  const Lock lock(core_->mutex);
  core_->process_token = token;
}

void SimFs::set_reuse_inode_numbers(bool reuse) {
  const Lock lock(core_->mutex);
  core_->disk.set_reuse_numbers(reuse);
}

void SimFs::set_has_leases(bool has_leases) {
  const Lock lock(core_->mutex);
  core_->has_leases = has_leases;
}

void SimFs::set_may_change_owner(bool may) {
  const Lock lock(core_->mutex);
  core_->may_change_owner = may;
}

void SimFs::write_file(const std::string& path, std::string content) {
  const Lock lock(core_->mutex);
  const InodeKey key = put_path(*core_, path, FileKind::file);
  core_->disk.put_content(key, std::move(content), core_->tick());
}

std::optional<std::string> SimFs::read_file(const std::string& path) const {
  const Lock lock(core_->mutex);
  const InodeKey key = core_->find_path(path);
  if (key == 0 || core_->disk.at(key).cached.kind != FileKind::file) return std::nullopt;
  return *core_->disk.at(key).cached.content;
}

std::optional<std::string> SimFs::durable_file(const std::string& path) const {
  return power_cut().all_lost().file(path);
}

std::map<std::string, std::string> SimFs::files() const {
  const Lock lock(core_->mutex);
  return DiskState{core_->cached_inodes(), 0, {}}.files();
}

std::vector<std::string> SimFs::paths() const {
  const Lock lock(core_->mutex);
  std::vector<std::string> paths;
  for_each_path(core_->cached_inodes(),
                [&](const std::string& path, InodeKey, const Stored& stored) {
                  paths.push_back(stored.kind == FileKind::folder ? path + "/" : path);
                });
  return paths;
}

void SimFs::make_folders(const std::string& path) {
  const Lock lock(core_->mutex);
  put_path(*core_, path, FileKind::folder);
}

void SimFs::make_symlink(const std::string& path, const std::string& target) {
  const Lock lock(core_->mutex);
  const InodeKey key = put_path(*core_, path, FileKind::symlink);
  core_->disk.put_content(key, target, core_->tick());
}

void SimFs::make_other(const std::string& path) {
  const Lock lock(core_->mutex);
  put_path(*core_, path, FileKind::other);
}

void SimFs::erase(const std::string& path) {
  const Lock lock(core_->mutex);
  const std::size_t slash = path.rfind('/');
  const InodeKey folder = core_->find_path(path.substr(0, slash));
  if (core_->find_path(path) == 0) return;
  erase_tree(*core_, folder, core_->find_name(folder, path.substr(slash + 1))->first);
  core_->changed();
}

void SimFs::set_attributes(const std::string& path, const Attributes& attributes) {
  const Lock lock(core_->mutex);
  const InodeKey key = core_->find_path(path);
  if (key != 0) core_->disk.put_attributes(key, attributes);
}

std::optional<Attributes> SimFs::attributes(const std::string& path) const {
  const Lock lock(core_->mutex);
  const InodeKey key = core_->find_path(path);
  if (key == 0) return std::nullopt;
  return core_->disk.at(key).cached.attributes;
}

void SimFs::set_other_writer(const std::string& path, const std::string& writer) {
  const Lock lock(core_->mutex);
  core_->other_writers[core_->find_path(path)] = writer;
}

void SimFs::settle() {
  const Lock lock(core_->mutex);
  core_->disk.settle();
}

}  // namespace everturn
