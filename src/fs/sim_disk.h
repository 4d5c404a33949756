// SPDX-License-Identifier: Apache-2.0
// The state model behind SimFs: for every file and folder what the caches show, what the platters
// hold, and which operations lie between the two. Knows nothing of calls, faults, locks or errno.
// Not thread-safe; SimFs guards it.
#ifndef EVERTURN_FS_SIM_DISK_H_
#define EVERTURN_FS_SIM_DISK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fs/fs.h"

namespace everturn {

// What a power cut may do to names.
//   strict_posix: any subset of the name operations survives; the two halves of a rename between
//     folders are independent, a rename within one folder is atomic; syncing a folder saves that
//     folder's names, syncing a file saves no name.
//   journaling: the name operations of the whole disk survive in order, up to some moment; syncing
//     any file or folder saves all of them.
enum class Profile : std::uint8_t { strict_posix, journaling };
std::string_view profile_name(Profile profile);

// What a failed sync leaves on the platters of the data (or names) it should have saved. The caches
// show the new data in any case, and the next sync says ok.
enum class FailedSync : std::uint8_t {
  zeros,  // the new size, zeros for what was appended, old bytes for what was overwritten
  gone,   // the old size, the old bytes
  kept,   // all of it, although the answer was an error
};

constexpr std::uint64_t kSectorBytes = 512;

struct Attributes {
  std::uint32_t mode = 0600;
  std::uint32_t owner = 1000;
  std::uint32_t group = 1000;
  bool operator==(const Attributes&) const = default;
};

// Names an inode for ever, unlike an inode number, which may be used again.
using InodeKey = std::uint64_t;
constexpr InodeKey kRootKey = 1;
using Names = std::map<std::string, InodeKey, std::less<>>;

// One file, folder, symbolic link (content: its target) or other thing, as the cache or as the
// platters have it. Contents and names may be shared: change them through own_content(),
// own_names().
struct Stored {
  FileKind kind = FileKind::file;
  std::uint64_t number = 0;
  std::int64_t birth_ns = 0;
  std::int64_t modified_ns = 0;
  Attributes attributes;
  std::shared_ptr<std::string> content = std::make_shared<std::string>();
  std::shared_ptr<Names> names;  // folders only

  std::string& own_content();
  Names& own_names();
  // Apart from modified_ns, which no contract may depend on.
  bool same_as(const Stored& other) const;
};

// A change of one file that no sync has saved yet.
struct DataOperation {
  enum class Kind : std::uint8_t { append, overwrite, truncate, attributes };
  Kind kind = Kind::append;
  std::uint64_t sequence = 0;  // orders all operations of the disk in time
  std::uint64_t offset = 0;    // truncate: the new size
  std::string bytes;
  Attributes attributes;
  std::int64_t modified_ns = 0;
};

// The ways in which a cut may leave an operation are numbered; these two mean the same for each.
constexpr std::uint64_t kOutcomeLost = 0;
constexpr std::uint64_t kOutcomeWhole = 1;
// Operations over more sectors have more outcomes than anybody can visit: outcome_count() is then
// kUncountable, and outcomes up to sampled_outcomes() are a sample of them.
constexpr std::uint64_t kUncountable = ~std::uint64_t{0};

// Append of n bytes touching s sectors: nothing, whole, torn after each byte (n - 1), each proper
// subset of its sectors kept and the others zero at full size (2^s - 1). Overwrite: each subset of
// the sectors. Truncate and attributes: done or not.
std::uint64_t outcome_count(const DataOperation& operation);
std::uint64_t sampled_outcomes(const DataOperation& operation);
// The outcome of an append that has the full size and zeros throughout.
std::uint64_t zeros_outcome(const DataOperation& operation);
// The outcomes that deserve a visit before the others: tears at the ends, in the middle and behind
// line ends, zeros from and up to a sector.
std::vector<std::uint64_t> notable_outcomes(const DataOperation& operation);
void apply_data(const DataOperation& operation, std::uint64_t outcome, Stored& file);
// A sector goes to the disk as a whole, as it stands in the cache: if `outcome` keeps a sector of
// `later`, then what `earlier` wrote into that sector is kept with it.
void apply_same_sectors(const DataOperation& earlier, const DataOperation& later,
                        std::uint64_t outcome, Stored& file);
std::string outcome_text(const DataOperation& operation, std::uint64_t outcome);

// Sets `name` in `folder` to `inode`, or erases it when that is 0.
struct NameChange {
  InodeKey folder = 0;
  std::string name;
  InodeKey inode = 0;
};

// A change of names that no sync has saved yet: all of it happens or nothing.
struct NameOperation {
  std::uint64_t sequence = 0;
  std::vector<NameChange> changes;
};

struct Inode {
  Stored cached;
  Stored durable;
  std::int64_t changed_ns = 0;
  std::uint32_t links = 0;  // as the cache has it
  std::uint32_t opens = 0;  // handles
  std::vector<DataOperation> pending;
};

class SimDisk {
 public:
  // An empty root folder, all durable.
  SimDisk(Profile profile, std::int64_t now_ns);
  // A disk whose caches agree with its platters.
  SimDisk(Profile profile, const std::map<InodeKey, Stored>& inodes);

  [[nodiscard]] Profile profile() const { return profile_; }
  Inode& at(InodeKey key) { return inodes_.at(key); }
  [[nodiscard]] const Inode& at(InodeKey key) const { return inodes_.at(key); }
  [[nodiscard]] const std::map<InodeKey, Inode>& inodes() const { return inodes_; }
  [[nodiscard]] const std::vector<NameOperation>& pending_names() const { return pending_names_; }
  [[nodiscard]] bool has_pending_names(InodeKey folder) const;

  // A new inode without a name. With reuse, numbers of files that are gone are used again.
  InodeKey create(FileKind kind, std::int64_t now_ns);
  void set_reuse_numbers(bool reuse) { reuse_numbers_ = reuse; }
  // Changes names, in the order given, as one operation; strict_posix splits it by folder.
  void change_names(const std::vector<NameChange>& changes, std::int64_t now_ns);
  void append(InodeKey file, std::string_view bytes, std::int64_t now_ns);
  // Beyond the end it appends.
  void overwrite(InodeKey file, std::uint64_t offset, std::string_view bytes, std::int64_t now_ns);
  void truncate(InodeKey file, std::uint64_t size, std::int64_t now_ns);
  void set_attributes(InodeKey file, const Attributes& attributes, std::int64_t now_ns);
  // In the cache alone: see Stored::same_as.
  void set_modified(InodeKey file, std::int64_t modified_ns, std::int64_t now_ns);

  void sync_data(InodeKey file);
  void fail_sync_data(InodeKey file, FailedSync what);
  void sync_names(InodeKey folder);
  void fail_sync_names(InodeKey folder, FailedSync what);
  // Reads show the platters again, and what is pending on top of them.
  void drop_cache(InodeKey file);
  // The platters get what the caches show, of everything.
  void settle();
  // For tests: at once in the cache and on the platters.
  void put_content(InodeKey file, std::string content, std::int64_t now_ns);
  void put_attributes(InodeKey file, const Attributes& attributes);
  void put_name(InodeKey folder, const std::string& name, InodeKey inode);

  // What the files take that have a name or a handle.
  [[nodiscard]] std::uint64_t used_bytes() const { return used_bytes_; }
  void add_open(InodeKey key);
  void remove_open(InodeKey key);

 private:
  void add_data(InodeKey file, DataOperation operation);
  void add_link(InodeKey key, int difference);
  void free_number_if_gone(const Inode& inode);
  void apply_to_durable(const NameOperation& operation);
  void forget_gone_inodes();
  // Takes the operations that a sync of `folder` concerns out of the list.
  std::vector<NameOperation> take_names(InodeKey folder);

  Profile profile_;
  std::map<InodeKey, Inode> inodes_;
  std::vector<NameOperation> pending_names_;
  std::set<std::uint64_t> free_numbers_;
  InodeKey next_key_ = kRootKey;
  std::uint64_t next_number_ = 2;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t gone_ = 0;
  std::uint64_t used_bytes_ = 0;
  bool reuse_numbers_ = false;
};

}  // namespace everturn

#endif  // EVERTURN_FS_SIM_DISK_H_
