// SPDX-License-Identifier: Apache-2.0
#include "fs/sim_disk.h"

#include <algorithm>
#include <utility>

namespace everturn {
namespace {

constexpr std::uint64_t kGoneBeforeForgetting = 256;

void apply_change(const NameChange& change, Names& names) {
  if (change.inode == 0) {
    names.erase(change.name);
  } else {
    names[change.name] = change.inode;
  }
}

std::uint64_t outcome_after_failure(const DataOperation& operation, FailedSync what) {
  if (what == FailedSync::gone) return kOutcomeLost;
  if (what == FailedSync::kept) return kOutcomeWhole;
  switch (operation.kind) {
    case DataOperation::Kind::append:
      return zeros_outcome(operation);
    case DataOperation::Kind::overwrite:
      return kOutcomeLost;
    default:
      return kOutcomeWhole;  // sizes and attributes go through the journal, not through the pages
  }
}

}  // namespace

std::string_view profile_name(Profile profile) {
  return profile == Profile::strict_posix ? "strict_posix" : "journaling";
}

std::string& Stored::own_content() {
  if (content.use_count() != 1) content = std::make_shared<std::string>(*content);
  return *content;
}

Names& Stored::own_names() {
  if (!names) {
    names = std::make_shared<Names>();
  } else if (names.use_count() != 1) {
    names = std::make_shared<Names>(*names);
  }
  return *names;
}

bool Stored::same_as(const Stored& other) const {
  static const Names no_names;
  const Names& ours = names ? *names : no_names;
  const Names& theirs = other.names ? *other.names : no_names;
  return kind == other.kind && number == other.number && birth_ns == other.birth_ns &&
         attributes == other.attributes && *content == *other.content && ours == theirs;
}

SimDisk::SimDisk(Profile profile, std::int64_t now_ns) : profile_(profile) {
  const InodeKey root = create(FileKind::folder, now_ns);
  at(root).links = 1;
}

SimDisk::SimDisk(Profile profile, const std::map<InodeKey, Stored>& inodes) : profile_(profile) {
  for (const auto& [key, stored] : inodes) {
    Inode& inode = inodes_[key];
    inode.cached = stored;
    inode.durable = stored;
    inode.changed_ns = stored.modified_ns;
    next_key_ = std::max(next_key_, key + 1);
    next_number_ = std::max(next_number_, stored.number + 1);
    used_bytes_ += stored.content->size();
  }
  inodes_.at(kRootKey).links = 1;
  for (const auto& [key, stored] : inodes) {
    if (!stored.names) continue;
    for (const auto& [name, child] : *stored.names) ++inodes_.at(child).links;
  }
}

InodeKey SimDisk::create(FileKind kind, std::int64_t now_ns) {
  const InodeKey key = next_key_++;
  Inode& inode = inodes_[key];
  Stored& cached = inode.cached;
  cached.kind = kind;
  cached.birth_ns = cached.modified_ns = inode.changed_ns = now_ns;
  if (reuse_numbers_ && !free_numbers_.empty()) {
    cached.number = free_numbers_.extract(free_numbers_.begin()).value();
  } else {
    cached.number = next_number_++;
  }
  if (kind == FileKind::folder) {
    cached.attributes.mode = 0700;
    cached.names = std::make_shared<Names>();
  }
  inode.durable = cached;
  return key;
}

void SimDisk::change_names(const std::vector<NameChange>& changes, std::int64_t now_ns) {
  for (const NameChange& change : changes) {
    Inode& folder = at(change.folder);
    folder.cached.modified_ns = folder.changed_ns = now_ns;
    Names& names = folder.cached.own_names();
    const auto old = names.find(change.name);
    const InodeKey replaced = old == names.end() ? 0 : old->second;
    apply_change(change, names);
    if (change.inode != 0) add_link(change.inode, 1);
    if (replaced != 0) add_link(replaced, -1);
    if (change.inode != 0) at(change.inode).changed_ns = now_ns;
    const bool joins = &change != changes.data() &&
                       (profile_ == Profile::journaling || (&change - 1)->folder == change.folder);
    if (!joins) pending_names_.push_back({next_sequence_++, {}});
    pending_names_.back().changes.push_back(change);
  }
}

void SimDisk::add_data(InodeKey file, DataOperation operation) {
  Inode& inode = at(file);
  operation.sequence = next_sequence_++;
  inode.changed_ns = operation.modified_ns;
  used_bytes_ -= inode.cached.content->size();
  apply_data(operation, kOutcomeWhole, inode.cached);
  used_bytes_ += inode.cached.content->size();
  if (operation.kind != DataOperation::Kind::attributes) {
    inode.cached.modified_ns = operation.modified_ns;
  }
  inode.pending.push_back(std::move(operation));
}

void SimDisk::append(InodeKey file, std::string_view bytes, std::int64_t now_ns) {
  if (bytes.empty()) return;
  const std::uint64_t size = at(file).cached.content->size();
  add_data(file, {DataOperation::Kind::append, 0, size, std::string(bytes), {}, now_ns});
}

void SimDisk::overwrite(InodeKey file, std::uint64_t offset, std::string_view bytes,
                        std::int64_t now_ns) {
  const std::uint64_t size = at(file).cached.content->size();
  if (offset > size) truncate(file, offset, now_ns);
  const std::uint64_t inside =
      offset >= size ? 0 : std::min<std::uint64_t>(size - offset, bytes.size());
  if (inside > 0) {
    add_data(file, {DataOperation::Kind::overwrite,
                    0,
                    offset,
                    std::string(bytes.substr(0, inside)),
                    {},
                    now_ns});
  }
  append(file, bytes.substr(inside), now_ns);
}

void SimDisk::truncate(InodeKey file, std::uint64_t size, std::int64_t now_ns) {
  add_data(file, {DataOperation::Kind::truncate, 0, size, {}, {}, now_ns});
}

void SimDisk::set_attributes(InodeKey file, const Attributes& attributes, std::int64_t now_ns) {
  Inode& inode = at(file);
  if (inode.cached.attributes == attributes) return;
  const std::int64_t modified_ns = inode.cached.modified_ns;
  add_data(file, {DataOperation::Kind::attributes, 0, 0, {}, attributes, modified_ns});
  inode.changed_ns = now_ns;
}

void SimDisk::set_modified(InodeKey file, std::int64_t modified_ns, std::int64_t now_ns) {
  Inode& inode = at(file);
  inode.cached.modified_ns = modified_ns;
  inode.changed_ns = now_ns;
}

void SimDisk::sync_data(InodeKey file) {
  Inode& inode = at(file);
  for (const DataOperation& operation : inode.pending) {
    apply_data(operation, kOutcomeWhole, inode.durable);
  }
  inode.pending.clear();
  if (profile_ == Profile::journaling) sync_names(kRootKey);
}

void SimDisk::fail_sync_data(InodeKey file, FailedSync what) {
  Inode& inode = at(file);
  for (const DataOperation& operation : inode.pending) {
    apply_data(operation, outcome_after_failure(operation, what), inode.durable);
  }
  inode.pending.clear();
}

std::vector<NameOperation> SimDisk::take_names(InodeKey folder) {
  if (profile_ == Profile::journaling) return std::exchange(pending_names_, {});
  std::vector<NameOperation> taken;
  std::vector<NameOperation> rest;
  for (NameOperation& operation : pending_names_) {
    const bool concerned = operation.changes.front().folder == folder;
    (concerned ? taken : rest).push_back(std::move(operation));
  }
  pending_names_ = std::move(rest);
  return taken;
}

void SimDisk::apply_to_durable(const NameOperation& operation) {
  for (const NameChange& change : operation.changes) {
    Stored& folder = at(change.folder).durable;
    apply_change(change, folder.own_names());
    folder.modified_ns = at(change.folder).cached.modified_ns;
  }
}

bool SimDisk::has_pending_names(InodeKey folder) const {
  for (const NameOperation& operation : pending_names_) {
    for (const NameChange& change : operation.changes) {
      if (change.folder == folder) return true;
    }
  }
  return false;
}

void SimDisk::sync_names(InodeKey folder) {
  for (const NameOperation& operation : take_names(folder)) apply_to_durable(operation);
  if (gone_ > kGoneBeforeForgetting) forget_gone_inodes();
}

void SimDisk::fail_sync_names(InodeKey folder, FailedSync what) {
  for (const NameOperation& operation : take_names(folder)) {
    if (what == FailedSync::kept) apply_to_durable(operation);
  }
}

void SimDisk::drop_cache(InodeKey file) {
  Inode& inode = at(file);
  const std::int64_t modified_ns = inode.cached.modified_ns;
  used_bytes_ -= inode.cached.content->size();
  inode.cached.content = inode.durable.content;
  for (const DataOperation& operation : inode.pending) {
    apply_data(operation, kOutcomeWhole, inode.cached);
  }
  used_bytes_ += inode.cached.content->size();
  inode.cached.modified_ns = modified_ns;
}

void SimDisk::settle() {
  pending_names_.clear();
  for (auto& [key, inode] : inodes_) {
    inode.pending.clear();
    inode.durable = inode.cached;
  }
}

void SimDisk::put_content(InodeKey file, std::string content, std::int64_t now_ns) {
  Inode& inode = at(file);
  used_bytes_ += content.size() - inode.cached.content->size();
  inode.pending.clear();
  inode.cached.content = std::make_shared<std::string>(std::move(content));
  inode.cached.modified_ns = inode.changed_ns = now_ns;
  inode.durable = inode.cached;
}

void SimDisk::put_attributes(InodeKey file, const Attributes& attributes) {
  at(file).cached.attributes = at(file).durable.attributes = attributes;
}

void SimDisk::put_name(InodeKey folder, const std::string& name, InodeKey inode) {
  const NameChange change{folder, name, inode};
  Names& names = at(folder).cached.own_names();
  const auto old = names.find(name);
  const InodeKey replaced = old == names.end() ? 0 : old->second;
  apply_change(change, names);
  apply_change(change, at(folder).durable.own_names());
  if (inode != 0) add_link(inode, 1);
  if (replaced != 0) add_link(replaced, -1);
}

void SimDisk::add_open(InodeKey key) { ++at(key).opens; }

void SimDisk::remove_open(InodeKey key) {
  Inode& inode = at(key);
  --inode.opens;
  free_number_if_gone(inode);
}

void SimDisk::add_link(InodeKey key, int difference) {
  Inode& inode = at(key);
  inode.links += static_cast<std::uint32_t>(difference);
  if (difference < 0) free_number_if_gone(inode);
}

void SimDisk::free_number_if_gone(const Inode& inode) {
  if (inode.links > 0 || inode.opens > 0) return;
  ++gone_;
  used_bytes_ -= inode.cached.content->size();
  free_numbers_.insert(inode.cached.number);
}

// An inode without name and handle is still needed while the platters or an operation name it.
void SimDisk::forget_gone_inodes() {
  gone_ = 0;
  std::set<InodeKey> needed;
  for (const NameOperation& operation : pending_names_) {
    for (const NameChange& change : operation.changes) {
      needed.insert(change.folder);
      needed.insert(change.inode);
    }
  }
  for (const auto& [key, inode] : inodes_) {
    if (inode.links > 0 || inode.opens > 0) needed.insert(key);
    if (!inode.durable.names) continue;
    for (const auto& [name, child] : *inode.durable.names) needed.insert(child);
  }
  std::erase_if(inodes_, [&](const auto& entry) { return !needed.contains(entry.first); });
}

}  // namespace everturn
