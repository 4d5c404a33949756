// SPDX-License-Identifier: Apache-2.0
// What a person typed, counted once: a prompt that waited in a queue stands in two records. One
// thread.
#ifndef EVERTURN_VIEWS_TURNS_H_
#define EVERTURN_VIEWS_TURNS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_set>

#include "base/packed.h"
#include "everturn/entry.h"

namespace everturn {

class TurnCounter {
 public:
  // The entries of one record, of one session after the other. True: it is a turn.
  bool add(std::span<const Entry> of_one_record);
  void begin_session() { queued_.clear(); }

  // To go on in the session at hand. False: more prompts waited in it than are kept.
  [[nodiscard]] bool save(PackedWriter& out) const;
  bool load(PackedReader& in);  // false: these are not the bytes that save() made

 private:
  static constexpr std::size_t kMostSaved = 255;

  std::unordered_set<std::uint64_t> queued_;  // by hash
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_TURNS_H_
