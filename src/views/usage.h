// SPDX-License-Identifier: Apache-2.0
// Tokens, each response counted once: over the records that a response was split into, over copies
// of it in resumed sessions and forks, and over the sub-agents whose records stand in two files.
// One thread.
#ifndef EVERTURN_VIEWS_USAGE_H_
#define EVERTURN_VIEWS_USAGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/packed.h"
#include "everturn/entry.h"
#include "views/dialects/dialect.h"
#include "views/name_filter.h"

namespace everturn {

void add_usage(Usage& sum, const Usage& one);

// Its numbers, for a PackedWriter or a PackedReader.
template <class Stream, class U>
void pack_usage(Stream& stream, U& usage) {
  stream.number(usage.input);
  stream.number(usage.output);
  stream.number(usage.cache_read);
  stream.number(usage.cache_write);
}

class UsageCounter {
 public:
  void begin_session(const Dialect& dialect);
  // The entries of one record, in order. By how many output tokens the total grows.
  std::int64_t add(std::span<const Entry> of_one_record);
  [[nodiscard]] Usage total() const;
  // By the model's name; "" where none is given.
  [[nodiscard]] std::map<std::string, Usage> by_model() const;
  [[nodiscard]] std::uint64_t responses() const { return responses_; }
  // The last record repeats one of the session that this one was forked from, as far as such
  // records have no ids of their own.
  [[nodiscard]] bool is_inherited() const { return is_inherited_; }

  // To go on in the session at hand, whose dialect begin_session() got: of the responses the last
  // ones. False: what names the session is longer than anything that is known.
  [[nodiscard]] bool save(PackedWriter& out) const;
  // What save() made; `told` has the names of all responses before, and outlives this. False: these
  // are not such bytes.
  bool load(PackedReader& in, const NameFilter& told);
  // A response may be one of those before the last ones: what it adds to the total is not known.
  [[nodiscard]] bool is_unsure() const { return is_unsure_; }
  [[nodiscard]] std::size_t names() const { return known_.size(); }
  void tell_names(NameFilter& told) const;

 private:
  struct Response {
    Usage usage;
    std::uint32_t model = 0;
  };
  std::int64_t add_response(const Entry& entry);
  std::int64_t add_turn(const Entry& entry);
  void begin_turns(const Entry& entry);
  void follow_replay(std::string_view raw_time);
  bool is_of_parent(const Entry& entry);
  std::int64_t count(const Entry& entry);
  std::uint32_t model_of(const Entry& entry);
  bool repeats_total(const Entry& entry);
  void note_told(std::uint64_t name);

  static constexpr std::size_t kLastTold = 16;
  const Dialect* dialect_ = &kGenericDialect;
  // By the hash of what names a response; the largest of its reports.
  std::unordered_map<std::uint64_t, Response> known_;
  std::vector<std::uint64_t> last_told_;  // names of known_, the newest last
  const NameFilter* told_before_ = nullptr;
  bool is_unsure_ = false;
  std::vector<Usage> unnamed_;  // by model
  std::vector<std::string> models_;
  std::uint64_t responses_ = 0;
  // Codex: of the session at hand
  std::string own_id_;
  std::string last_model_;
  std::string last_total_;
  std::int64_t fork_ns_ = 0;  // when it was forked; 0: not known
  std::int64_t last_ns_ = 0;
  bool is_fork_ = false;
  bool is_replay_ = false;  // by the times so far, these are the parent's records
  bool has_timed_turns_ = false;
  bool is_before_own_turns_ = false;
  bool is_inherited_ = false;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_USAGE_H_
