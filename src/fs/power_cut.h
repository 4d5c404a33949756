// SPDX-License-Identifier: Apache-2.0
// What a power cut at one moment may leave on the platters of a SimDisk, state by state.
#ifndef EVERTURN_FS_POWER_CUT_H_
#define EVERTURN_FS_POWER_CUT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fs/sim_disk.h"

namespace everturn {

// The platters after a cut: every inode that a name leads to from the root.
struct DiskState {
  std::map<InodeKey, Stored> inodes;
  std::int64_t time_ns = 0;  // of the cut
  // One outcome for each pending operation, in time order; PowerCut::describe() explains them.
  std::vector<std::uint64_t> outcomes;

  // Path ("/store/x.jsonl") and content of every regular file.
  [[nodiscard]] std::map<std::string, std::string> files() const;
  [[nodiscard]] std::optional<std::string> file(const std::string& path) const;
  // Every path with what lies there, a line each; bytes that do not print are escaped.
  [[nodiscard]] std::string text() const;
  // The same tree, contents and attributes; how they came about and times do not count.
  bool operator==(const DiskState& other) const;
};

// Calls visit(path, key, stored) for everything below the root, parents first.
void for_each_path(
    const std::map<InodeKey, Stored>& inodes,
    const std::function<void(const std::string& path, InodeKey key, const Stored& stored)>& visit);

// Taken at one moment; later changes of the disk do not reach it. Thread-safe to read.
class PowerCut {
 public:
  PowerCut(const SimDisk& disk, std::int64_t now_ns);

  // How many combinations of outcomes there are (states may coincide); kUncountable: too many.
  [[nodiscard]] std::uint64_t combinations() const;
  // Calls `visit` for up to `limit` different states and says how many they were. All of them when
  // combinations() <= limit; else first the telling ones (everything lost, everything kept, each
  // prefix in time, all but one, only one, each operation torn with what came before it kept),
  // then random ones drawn from `seed`. Stops when `visit` returns false. The same arguments
  // visit the same states in the same order.
  std::uint64_t for_each_state(std::uint64_t limit, std::uint64_t seed,
                               const std::function<bool(const DiskState&)>& visit) const;
  [[nodiscard]] DiskState all_lost() const;
  [[nodiscard]] DiskState all_kept() const;
  // What became of each pending operation in a state that this object made, a line each.
  [[nodiscard]] std::string describe(const DiskState& state) const;

 private:
  friend class StateVisitor;
  struct Operation {
    std::uint64_t sequence = 0;
    std::size_t file = 0;  // index in base_; only for data
    bool is_name = false;
    DataOperation data;
    NameOperation names;
  };
  // What is turned independently of the rest: one operation, or all names where they have an order.
  struct Digit {
    bool name_prefix = false;
    std::size_t operation = 0;
    std::uint64_t ways = 2;
  };
  using Outcomes = std::vector<std::uint64_t>;

  void add_operations(const SimDisk& disk, const std::vector<bool>& reachable);
  [[nodiscard]] std::vector<bool> find_reachable(const SimDisk& disk) const;
  void add_digits();
  [[nodiscard]] std::size_t index_of(InodeKey key) const;
  [[nodiscard]] Outcomes outcomes_of(const std::vector<std::uint64_t>& digits) const;
  // Drops the names behind the first lost one where names have an order.
  void keep_order(Outcomes& outcomes) const;
  void apply_with_earlier(std::size_t index, std::uint64_t outcome, Stored& file) const;
  [[nodiscard]] std::vector<Stored> apply(const Outcomes& outcomes) const;
  [[nodiscard]] DiskState state_of(const std::vector<Stored>& inodes,
                                   const std::vector<bool>& reached, Outcomes outcomes) const;
  // A hash of the tree; says which inodes it reached.
  std::uint64_t hash_tree(const std::vector<Stored>& inodes, std::vector<bool>& reached) const;
  [[nodiscard]] DiskState uniform(std::uint64_t outcome) const;

  Profile profile_;
  std::int64_t now_ns_;
  std::vector<InodeKey> keys_;  // ascending, one for each of base_
  std::vector<Stored> base_;
  std::vector<std::uint64_t> base_hashes_;  // of the contents
  std::map<InodeKey, std::string> titles_;  // for messages: a name each inode has or had
  std::vector<Operation> operations_;       // in time order
  std::vector<Digit> digits_;
};

}  // namespace everturn

#endif  // EVERTURN_FS_POWER_CUT_H_
