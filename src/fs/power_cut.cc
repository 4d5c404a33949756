// SPDX-License-Identifier: Apache-2.0
#include "fs/power_cut.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>

namespace everturn {
namespace {

std::uint64_t combine(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 29);
}

std::uint64_t hash_bytes(std::string_view bytes) { return std::hash<std::string_view>()(bytes); }

std::string printable(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '\n') {
      text += "\\n";
    } else if (value >= 0x20 && value < 0x7f) {
      text += byte;
    } else {
      text += {'\\', 'x', kHex[value >> 4], kHex[value & 15]};
    }
  }
  return text;
}

void visit_folder(
    const std::map<InodeKey, Stored>& inodes, const std::string& path, InodeKey folder,
    std::set<InodeKey>& above,
    const std::function<void(const std::string& path, InodeKey key, const Stored& stored)>& visit) {
  const auto found = inodes.find(folder);
  if (found == inodes.end() || !found->second.names || !above.insert(folder).second) return;
  for (const auto& [name, key] : *found->second.names) {
    const auto child = inodes.find(key);
    if (child == inodes.end()) continue;
    const std::string child_path = path + "/" + name;
    visit(child_path, key, child->second);
    visit_folder(inodes, child_path, key, above, visit);
  }
  above.erase(folder);
}

}  // namespace

void for_each_path(
    const std::map<InodeKey, Stored>& inodes,
    const std::function<void(const std::string& path, InodeKey key, const Stored& stored)>& visit) {
  std::set<InodeKey> above;
  visit_folder(inodes, "", kRootKey, above, visit);
}

std::map<std::string, std::string> DiskState::files() const {
  std::map<std::string, std::string> files;
  for_each_path(inodes, [&](const std::string& path, InodeKey, const Stored& stored) {
    if (stored.kind == FileKind::file) files[path] = *stored.content;
  });
  return files;
}

std::optional<std::string> DiskState::file(const std::string& path) const {
  std::optional<std::string> content;
  for_each_path(inodes, [&](const std::string& found, InodeKey, const Stored& stored) {
    if (found == path && stored.kind == FileKind::file) content = *stored.content;
  });
  return content;
}

std::string DiskState::text() const {
  std::string text;
  for_each_path(inodes, [&](const std::string& path, InodeKey, const Stored& stored) {
    text += path;
    if (stored.kind == FileKind::folder) text += "/";
    if (stored.kind == FileKind::symlink) text += " -> " + *stored.content;
    if (stored.kind == FileKind::other) text += " (special)";
    if (stored.kind == FileKind::file) {
      text += " " + std::to_string(stored.content->size()) + " bytes: ";
      text += printable(std::string_view(*stored.content).substr(0, 400));
    }
    text += "\n";
  });
  return text;
}

bool DiskState::operator==(const DiskState& other) const {
  return std::equal(inodes.begin(), inodes.end(), other.inodes.begin(), other.inodes.end(),
                    [](const auto& ours, const auto& theirs) {
                      return ours.first == theirs.first && ours.second.same_as(theirs.second);
                    });
}

PowerCut::PowerCut(const SimDisk& disk, std::int64_t now_ns)
    : profile_(disk.profile()), now_ns_(now_ns) {
  for (const auto& [key, inode] : disk.inodes()) {
    keys_.push_back(key);
    base_.push_back(inode.durable);
    base_hashes_.push_back(hash_bytes(*inode.durable.content));
  }
  add_operations(disk, find_reachable(disk));
  add_digits();
}

std::size_t PowerCut::index_of(InodeKey key) const {
  const auto found = std::lower_bound(keys_.begin(), keys_.end(), key);
  return static_cast<std::size_t>(found - keys_.begin());
}

// What some state might show: everything below the root, by durable and by pending names.
std::vector<bool> PowerCut::find_reachable(const SimDisk& disk) const {
  std::vector<bool> reachable(base_.size(), false);
  std::vector<InodeKey> work = {kRootKey};
  while (!work.empty()) {
    const InodeKey key = work.back();
    work.pop_back();
    const std::size_t index = index_of(key);
    if (reachable[index]) continue;
    reachable[index] = true;
    if (!base_[index].names) continue;
    for (const auto& [name, child] : *base_[index].names) work.push_back(child);
    for (const NameOperation& operation : disk.pending_names()) {
      for (const NameChange& change : operation.changes) {
        if (change.folder == key && change.inode != 0) work.push_back(change.inode);
      }
    }
  }
  return reachable;
}

void PowerCut::add_operations(const SimDisk& disk, const std::vector<bool>& reachable) {
  for (const auto& [key, inode] : disk.inodes()) {
    const std::size_t index = index_of(key);
    if (!reachable[index]) continue;
    for (const DataOperation& data : inode.pending) {
      operations_.push_back({data.sequence, index, false, data, {}});
    }
    if (!inode.durable.names) continue;
    for (const auto& [name, child] : *inode.durable.names) titles_[child] = name;
  }
  for (const NameOperation& names : disk.pending_names()) {
    const bool matters =
        std::any_of(names.changes.begin(), names.changes.end(),
                    [&](const NameChange& change) { return reachable[index_of(change.folder)]; });
    if (!matters) continue;
    operations_.push_back({names.sequence, 0, true, {}, names});
    for (const NameChange& change : names.changes) {
      if (change.inode != 0) titles_[change.inode] = change.name;
    }
  }
  std::sort(operations_.begin(), operations_.end(),
            [](const Operation& a, const Operation& b) { return a.sequence < b.sequence; });
}

void PowerCut::add_digits() {
  std::uint64_t names = 0;
  for (std::size_t index = 0; index < operations_.size(); ++index) {
    const Operation& operation = operations_[index];
    if (!operation.is_name) {
      digits_.push_back({false, index, outcome_count(operation.data)});
    } else if (profile_ == Profile::strict_posix) {
      digits_.push_back({false, index, 2});
    } else {
      ++names;
    }
  }
  if (names > 0) digits_.push_back({true, 0, names + 1});
}

std::uint64_t PowerCut::combinations() const {
  std::uint64_t product = 1;
  for (const Digit& digit : digits_) {
    if (digit.ways == kUncountable || product > kUncountable / digit.ways) return kUncountable;
    product *= digit.ways;
  }
  return product;
}

PowerCut::Outcomes PowerCut::outcomes_of(const std::vector<std::uint64_t>& digits) const {
  Outcomes outcomes(operations_.size(), kOutcomeLost);
  for (std::size_t index = 0; index < digits_.size(); ++index) {
    if (!digits_[index].name_prefix) {
      outcomes[digits_[index].operation] = digits[index];
      continue;
    }
    std::uint64_t kept = digits[index];
    for (std::size_t at = 0; at < operations_.size() && kept > 0; ++at) {
      if (!operations_[at].is_name) continue;
      outcomes[at] = kOutcomeWhole;
      --kept;
    }
  }
  return outcomes;
}

void PowerCut::keep_order(Outcomes& outcomes) const {
  if (profile_ != Profile::journaling) return;
  bool lost = false;
  for (std::size_t index = 0; index < operations_.size(); ++index) {
    if (!operations_[index].is_name) continue;
    if (lost) outcomes[index] = kOutcomeLost;
    lost = lost || outcomes[index] == kOutcomeLost;
  }
}

// Applies one data operation, and with each sector of it what was written there before.
void PowerCut::apply_with_earlier(std::size_t index, std::uint64_t outcome, Stored& file) const {
  const Operation& later = operations_[index];
  std::size_t first = index;
  for (; first > 0; --first) {
    const Operation& before = operations_[first - 1];
    if (before.is_name || before.file != later.file) continue;
    if (before.data.kind == DataOperation::Kind::truncate) break;
  }
  for (std::size_t at = first; at < index; ++at) {
    const Operation& earlier = operations_[at];
    if (earlier.is_name || earlier.file != later.file) continue;
    apply_same_sectors(earlier.data, later.data, outcome, file);
  }
  apply_data(later.data, outcome, file);
}

std::vector<Stored> PowerCut::apply(const Outcomes& outcomes) const {
  std::vector<Stored> inodes = base_;
  for (std::size_t index = 0; index < operations_.size(); ++index) {
    if (outcomes[index] == kOutcomeLost) continue;
    const Operation& operation = operations_[index];
    if (!operation.is_name) {
      apply_with_earlier(index, outcomes[index], inodes[operation.file]);
      continue;
    }
    for (const NameChange& change : operation.names.changes) {
      Names& names = inodes[index_of(change.folder)].own_names();
      if (change.inode == 0) {
        names.erase(change.name);
      } else {
        names[change.name] = change.inode;
      }
    }
  }
  return inodes;
}

std::uint64_t PowerCut::hash_tree(const std::vector<Stored>& inodes,
                                  std::vector<bool>& reached) const {
  reached.assign(inodes.size(), false);
  std::uint64_t hash = 1;
  std::vector<std::size_t> work = {index_of(kRootKey)};
  while (!work.empty()) {
    const std::size_t index = work.back();
    work.pop_back();
    if (reached[index]) continue;
    reached[index] = true;
    const Stored& stored = inodes[index];
    const bool same = stored.content == base_[index].content;
    hash = combine(hash, keys_[index]);
    hash = combine(hash, same ? base_hashes_[index] : hash_bytes(*stored.content));
    hash = combine(hash, stored.content->size());
    hash = combine(hash, stored.attributes.mode);
    hash = combine(hash, stored.attributes.owner);
    hash = combine(hash, stored.attributes.group);
    if (!stored.names) continue;
    for (const auto& [name, key] : *stored.names) {
      hash = combine(combine(hash, hash_bytes(name)), key);
      work.push_back(index_of(key));
    }
  }
  return hash;
}

DiskState PowerCut::state_of(const std::vector<Stored>& inodes, const std::vector<bool>& reached,
                             Outcomes outcomes) const {
  DiskState state;
  for (std::size_t index = 0; index < inodes.size(); ++index) {
    if (reached[index]) state.inodes.emplace_hint(state.inodes.end(), keys_[index], inodes[index]);
  }
  state.time_ns = now_ns_;
  state.outcomes = std::move(outcomes);
  return state;
}

DiskState PowerCut::uniform(std::uint64_t outcome) const {
  Outcomes outcomes(operations_.size(), outcome);
  const std::vector<Stored> inodes = apply(outcomes);
  std::vector<bool> reached;
  hash_tree(inodes, reached);
  return state_of(inodes, reached, std::move(outcomes));
}

DiskState PowerCut::all_lost() const { return uniform(kOutcomeLost); }

DiskState PowerCut::all_kept() const { return uniform(kOutcomeWhole); }

std::string PowerCut::describe(const DiskState& state) const {
  constexpr std::string_view kVerbs[] = {"append", "overwrite", "truncate", "attributes"};
  const auto title = [&](InodeKey key) {
    const auto found = titles_.find(key);
    return found == titles_.end() ? "inode " + std::to_string(key) : found->second;
  };
  std::string text;
  for (std::size_t index = 0; index < operations_.size(); ++index) {
    const Operation& operation = operations_[index];
    const std::uint64_t outcome = state.outcomes[index];
    if (operation.is_name) {
      for (const NameChange& change : operation.names.changes) {
        const bool erased = change.inode == 0;
        text += erased ? "erase " + change.name + ", " : "set " + change.name + ", ";
      }
      text += outcome == kOutcomeLost ? "lost\n" : "kept\n";
    } else {
      const DataOperation& data = operation.data;
      text += std::string(kVerbs[static_cast<int>(data.kind)]) + " " + title(keys_[operation.file]);
      text += " at " + std::to_string(data.offset) + ", " + std::to_string(data.bytes.size());
      text += " bytes: " + outcome_text(data, outcome) + "\n";
    }
  }
  return text;
}

// Goes through the states of one cut for one caller.
class StateVisitor {
 public:
  StateVisitor(const PowerCut& cut, std::uint64_t limit, std::uint64_t seed,
               const std::function<bool(const DiskState&)>& visit)
      : cut_(cut), limit_(limit), random_(seed), visit_(visit) {}

  std::uint64_t run() {
    if (cut_.combinations() <= limit_) {
      visit_all();
    } else {
      visit_telling();
      visit_random();
    }
    return count_;
  }

 private:
  using Outcomes = PowerCut::Outcomes;

  [[nodiscard]] bool done() const { return stopped_ || count_ >= limit_; }

  void visit(Outcomes outcomes) {
    if (done()) return;
    cut_.keep_order(outcomes);
    const std::vector<Stored> inodes = cut_.apply(outcomes);
    if (!seen_.insert(cut_.hash_tree(inodes, reached_)).second) return;
    ++count_;
    if (!visit_(cut_.state_of(inodes, reached_, std::move(outcomes)))) stopped_ = true;
  }

  void visit_all() {
    std::vector<std::uint64_t> digits(cut_.digits_.size(), 0);
    for (;;) {
      visit(cut_.outcomes_of(digits));
      std::size_t at = 0;
      while (at < digits.size() && ++digits[at] == cut_.digits_[at].ways) digits[at++] = 0;
      if (at == digits.size() || done()) return;
    }
  }

  void visit_telling() {
    const std::size_t size = cut_.operations_.size();
    visit(Outcomes(size, kOutcomeLost));
    visit(Outcomes(size, kOutcomeWhole));
    for (std::size_t kept = 1; kept < size; ++kept) visit(prefix(kept));
    for (std::size_t index = 0; index < size; ++index) {
      Outcomes outcomes(size, kOutcomeWhole);
      outcomes[index] = kOutcomeLost;
      visit(std::move(outcomes));
    }
    visit_torn();
    for (std::size_t index = 0; index < size; ++index) {
      Outcomes outcomes(size, kOutcomeLost);
      outcomes[index] = kOutcomeWhole;
      visit(std::move(outcomes));
    }
    visit_all_torn();
  }

  [[nodiscard]] Outcomes prefix(std::size_t kept) const {
    Outcomes outcomes(cut_.operations_.size(), kOutcomeLost);
    std::fill_n(outcomes.begin(), kept, kOutcomeWhole);
    return outcomes;
  }

  void visit_torn() {
    for (std::size_t index = 0; index < cut_.operations_.size(); ++index) {
      if (cut_.operations_[index].is_name) continue;
      for (const std::uint64_t outcome : notable_outcomes(cut_.operations_[index].data)) {
        Outcomes outcomes = prefix(index);
        outcomes[index] = outcome;
        visit(outcomes);
        // The rest kept: names behind data that never came, or good bytes behind a hole.
        std::fill(outcomes.begin() + static_cast<std::ptrdiff_t>(index) + 1, outcomes.end(),
                  kOutcomeWhole);
        visit(std::move(outcomes));
      }
    }
  }

  // Every tear of every operation, if that leaves half of the limit to chance.
  void visit_all_torn() {
    std::uint64_t total = 0;
    for (const auto& operation : cut_.operations_) {
      if (!operation.is_name) total += sampled_outcomes(operation.data);
    }
    if (total > (limit_ - std::min(count_, limit_)) / 2) return;
    for (std::size_t index = 0; index < cut_.operations_.size(); ++index) {
      if (cut_.operations_[index].is_name) continue;
      const std::uint64_t ways = sampled_outcomes(cut_.operations_[index].data);
      for (std::uint64_t outcome = 2; outcome < ways; ++outcome) {
        Outcomes outcomes = prefix(index);
        outcomes[index] = outcome;
        visit(std::move(outcomes));
      }
    }
  }

  // A third lost, a third whole, a third torn; in half of the states only the last few operations
  // are at stake.
  void visit_random() {
    const std::size_t size = cut_.operations_.size();
    for (std::uint64_t tries = 0; tries < 4 * limit_ && !done(); ++tries) {
      const bool recent = draw(2) == 0;
      const std::size_t from = recent && size > 4 ? size - 1 - draw(size / 2) : 0;
      Outcomes outcomes = prefix(from);
      for (std::size_t index = from; index < size; ++index) {
        const auto& operation = cut_.operations_[index];
        const std::uint64_t way = draw(operation.is_name ? 2 : 3);
        outcomes[index] = way < 2 ? way : draw(sampled_outcomes(operation.data));
      }
      visit(std::move(outcomes));
    }
  }

  std::uint64_t draw(std::uint64_t below) {
    random_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t value = random_;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return (value ^ (value >> 31)) % below;
  }

  const PowerCut& cut_;
  std::uint64_t limit_;
  std::uint64_t random_;
  const std::function<bool(const DiskState&)>& visit_;
  std::set<std::uint64_t> seen_;
  std::vector<bool> reached_;
  std::uint64_t count_ = 0;
  bool stopped_ = false;
};

std::uint64_t PowerCut::for_each_state(std::uint64_t limit, std::uint64_t seed,
                                       const std::function<bool(const DiskState&)>& visit) const {
  return StateVisitor(*this, limit, seed, visit).run();
}

}  // namespace everturn
