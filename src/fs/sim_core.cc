// SPDX-License-Identifier: Apache-2.0
#include "fs/sim_core.h"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <system_error>

namespace everturn {
namespace {

constexpr std::int64_t kClockStepNs = 1000;
constexpr std::uint64_t kPage = 4096;
constexpr std::string_view kCallNames[kCallKinds] = {
    "create",         "append",
    "write_at",       "truncate",
    "sync_data",      "copy_attributes",
    "set_modified",   "make_folder",
    "remove_folder",  "rename",
    "link",           "remove",
    "sync_folder",    "create_lock_file",
    "open",           "open_folder",
    "read_at",        "drop_cache",
    "lease",          "close",
    "info",           "stat",
    "list",           "other_writer",
    "open_lock_file", "try_lock",
    "unlock",         "is_held",
    "try_flock",      "watch",
    "wait",           "traits",
};

Code code_of(int error) {
  switch (error) {
    case ENOENT:
      return Code::not_found;
    case EEXIST:
      return Code::conflict;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EINTR:
      return Code::unavailable;
    case EINVAL:
    case EISDIR:
    case ENOTDIR:
    case ELOOP:
      return Code::invalid;
    default:
      return Code::io;
  }
}

// Each machine that is switched on has disks of its own: what a process remembers of a file must
// not be taken for another machine's.
std::uint64_t next_device() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

bool means_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string_view call_name(Call call) { return kCallNames[static_cast<std::size_t>(call)]; }

bool is_mutation(Call call) { return call <= Call::create_lock_file; }

void BadPages::add(std::uint64_t offset, std::uint64_t length, bool for_ever) {
  for (std::uint64_t page = offset / kPage; page * kPage < offset + length; ++page) {
    pages_[page] = for_ever;
  }
}

bool BadPages::touch(std::uint64_t offset, std::uint64_t length) const {
  const auto first = pages_.lower_bound(offset / kPage);
  return length > 0 && first != pages_.end() && first->first * kPage < offset + length;
}

bool BadPages::write(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + length;
  const std::uint64_t first_whole = (offset + kPage - 1) / kPage;
  const std::uint64_t behind_whole = end / kPage;
  if (touch(offset, std::min(end, first_whole * kPage) - offset)) return false;
  if (first_whole <= behind_whole && touch(behind_whole * kPage, end - behind_whole * kPage)) {
    return false;
  }
  for (std::uint64_t page = first_whole; page < behind_whole; ++page) {
    const auto found = pages_.find(page);
    if (found == pages_.end()) continue;
    if (found->second) return false;
    pages_.erase(found);
  }
  return true;
}

SimCore::SimCore(SimDisk new_disk, std::int64_t start_ns, std::uint64_t seed)
    : disk(std::move(new_disk)),
      device(next_device()),
      clock_ns(start_ns),
      monotonic_start_ns(start_ns),
      random_state(seed) {
  traits.type = "simulated";
  traits.free_bytes = std::uint64_t{1} << 40;
}

int SimCore::begin(Call call, const std::string& subject, std::uint64_t bytes) {
  current_fault_ = nullptr;
  if (power_off) return EIO;
  if (is_mutation(call) && cut_at != 0 && mutations + 1 == cut_at) {
    power_off = true;
    return EIO;
  }
  clock_ns += kClockStepNs;
  if (is_mutation(call)) ++mutations;
  ++counts[static_cast<std::size_t>(call)];
  calls.push_back({call_name(call), subject, "", bytes, is_mutation(call) ? mutations : 0, 0});
  current_fault_ = find_fault(call, subject);
  int error = 0;
  if (current_fault_ != nullptr) {
    current_fault_->spent = !current_fault_->for_ever;
    error = current_fault_->error;
  } else if (is_mutation(call) && traits.read_only) {
    error = EROFS;
  }
  calls.back().error = error;
  return error;
}

Fault* SimCore::find_fault(Call call, const std::string& subject) {
  for (Fault& fault : faults) {
    if (fault.spent) continue;
    if (fault.number != 0) {
      const bool now = fault.for_ever ? calls.size() >= fault.number : calls.size() == fault.number;
      if (now) return &fault;
    } else if (fault.call_name == call_name(call) && subject.ends_with(fault.subject_end)) {
      return &fault;
    }
  }
  return nullptr;
}

int SimCore::begin_write(Call call, const std::string& subject, std::uint64_t growth,
                         std::size_t& size) {
  int error = begin(call, subject, size);
  if (power_off) return error;
  if (error == 0 && owed_error != 0) error = std::exchange(owed_error, 0);
  if (error == EINTR) {
    size = 0;
    return 0;
  }
  if (means_full(error) && size > 1 && current_fault_ != nullptr && !current_fault_->wrote_short) {
    current_fault_->wrote_short = true;
    if (!current_fault_->for_ever) owed_error = error;
    error = 0;
    size /= 2;
    growth = std::min<std::uint64_t>(growth, size);
  }
  if (error == 0 && has_end && growth > free_bytes()) {
    const std::uint64_t missing = growth - free_bytes();
    size -= static_cast<std::size_t>(missing);
    if (size == 0) error = ENOSPC;
  }
  if (!calls.empty()) calls.back().error = error;
  return error;
}

Status SimCore::failure(int error, std::string_view call, std::string_view subject) {
  std::string message = std::string(call) + " " + std::string(subject) + ": ";
  message += std::generic_category().message(error);
  return Status(code_of(error), std::move(message), error);
}

Status SimCore::failure(int error, Call call, std::string_view subject) {
  return failure(error, call_name(call), subject);
}

std::string SimCore::trace_line(std::uint64_t number) const {
  const SimCall& call = calls[number - 1];
  std::string line = std::to_string(number);
  if (call.mutation != 0) line += " #" + std::to_string(call.mutation);
  line += " " + std::string(call.name) + " " + call.subject;
  if (!call.target.empty()) line += " -> " + call.target;
  if (call.bytes != 0) line += " " + std::to_string(call.bytes) + " bytes";
  if (call.error != 0) line += ": " + std::generic_category().message(call.error);
  return line;
}

std::int64_t SimCore::tick() { return clock_ns += kClockStepNs; }

std::uint64_t SimCore::draw() {
  random_state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t value = random_state;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

std::uint64_t SimCore::free_bytes() const {
  if (!has_end) return traits.free_bytes;
  return capacity_bytes > disk.used_bytes() ? capacity_bytes - disk.used_bytes() : 0;
}

int SimCore::name_error() const {
  return has_end && names_need_space && free_bytes() == 0 ? ENOSPC : 0;
}

Names::const_iterator SimCore::find_name(InodeKey folder, std::string_view name) const {
  const Names& names = *disk.at(folder).cached.names;
  auto found = names.find(name);
  if (found != names.end() || !traits.ignores_case) return found;
  return std::find_if(names.begin(), names.end(),
                      [&](const auto& entry) { return same_letters(entry.first, name); });
}

InodeKey SimCore::find_path(const std::string& path) const {
  InodeKey key = kRootKey;
  std::size_t at = 0;
  while (at < path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view name = std::string_view(path).substr(at, end - at);
    at = end + 1;
    if (name.empty()) continue;
    const Stored& folder = disk.at(key).cached;
    if (!folder.names) return 0;
    const auto found = find_name(key, name);
    if (found == folder.names->end()) return 0;
    key = found->second;
  }
  return key;
}

FileInfo SimCore::info_of(InodeKey key) const {
  const Inode& inode = disk.at(key);
  const Stored& cached = inode.cached;
  FileInfo info;
  info.kind = cached.kind;
  info.id = {device, cached.number, traits.has_birth_time ? cached.birth_ns : 0};
  info.size = cached.content->size();
  info.links = inode.links;
  info.mode = cached.attributes.mode;
  info.owner = cached.attributes.owner;
  info.group = cached.attributes.group;
  info.modified_ns = cached.modified_ns;
  info.changed_ns = inode.changed_ns;
  return info;
}

bool SimCore::contains(InodeKey folder, InodeKey below) const {
  if (folder == below) return true;
  const Stored& cached = disk.at(folder).cached;
  if (!cached.names) return false;
  return std::any_of(cached.names->begin(), cached.names->end(),
                     [&](const auto& entry) { return contains(entry.second, below); });
}

std::map<InodeKey, Stored> SimCore::cached_inodes() const {
  std::map<InodeKey, Stored> cached;
  for (const auto& [key, inode] : disk.inodes()) cached[key] = inode.cached;
  return cached;
}

}  // namespace everturn
