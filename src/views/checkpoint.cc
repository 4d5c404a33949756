// SPDX-License-Identifier: Apache-2.0
#include "views/checkpoint.h"

#include "base/packed.h"

namespace everturn {

std::string make_checkpoint(const UsageCounter& usage, const TurnCounter& turns,
                            const ChainTail& chain, const NameFilter& told,
                            const RecordPrints& prints) {
  PackedWriter out(1024 + told.kept().size() + prints.kept().size());
  if (!usage.save(out) || !turns.save(out)) return {};
  chain.save(out);
  out.text(told.kept());
  out.text(prints.kept());
  return out.take();
}

bool Checkpoint::load(const Dialect& dialect, std::string_view bytes) {
  PackedReader in(bytes);
  usage.begin_session(dialect);
  if (!usage.load(in, told) || !turns.load(in) || !chain.load(in)) return false;
  std::string_view names;
  std::string_view records;
  in.text(names);
  in.text(records);
  told = NameFilter(names);
  prints = RecordPrints(records);
  return in.is_done();
}

}  // namespace everturn
