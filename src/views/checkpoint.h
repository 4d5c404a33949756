// SPDX-License-Identifier: Apache-2.0
// What is kept of the records of a session, a few kilobytes at most, so that those that come later
// can be counted and judged without reading them again. Pure.
#ifndef EVERTURN_VIEWS_CHECKPOINT_H_
#define EVERTURN_VIEWS_CHECKPOINT_H_

#include <string>
#include <string_view>

#include "views/chain_tail.h"
#include "views/name_filter.h"
#include "views/record_prints.h"
#include "views/turns.h"
#include "views/usage.h"

namespace everturn {

// `told`: the names of all responses, and of all calls that a record may name as its parent. "" if
// that is not enough to go on from.
std::string make_checkpoint(const UsageCounter& usage, const TurnCounter& turns,
                            const ChainTail& chain, const NameFilter& told,
                            const RecordPrints& prints);

// What a checkpoint was made of. Stays where it is.
struct Checkpoint {
  NameFilter told;
  UsageCounter usage;
  TurnCounter turns;
  ChainTail chain;
  RecordPrints prints;

  Checkpoint() = default;
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;
  // Once. False: these are not the bytes of a session of this dialect.
  bool load(const Dialect& dialect, std::string_view bytes);
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_CHECKPOINT_H_
