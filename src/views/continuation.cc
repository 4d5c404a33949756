// SPDX-License-Identifier: Apache-2.0
#include "views/continuation.h"

#include <vector>

#include "base/try.h"
#include "views/chain_link.h"
#include "views/checkpoint.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

Usage difference(const Usage& now, const Usage& before) {
  return {now.input - before.input, now.output - before.output, now.cache_read - before.cache_read,
          now.cache_write - before.cache_write};
}

class Continuer {
 public:
  explicit Continuer(const Dialect& dialect) : dialect_(dialect) {}

  bool load(std::string_view checkpoint) {
    if (!known_.load(dialect_, checkpoint)) return false;
    tokens_before_ = known_.usage.total();
    return true;
  }

  // False: it depends on what stands before.
  bool add(const Record& record) {
    const bool is_plain = record.kind == RecordKind::record && !record.salvaged &&
                          !record.nonfinite && !record.bytes.starts_with(R"({"_type")");
    if (!is_plain) return false;
    entries_.clear();
    dialect_.read(record.bytes, entries_);
    known_.usage.add(entries_);
    if (known_.usage.is_unsure() || !follow_chain(record.position.offset)) return false;
    if (known_.turns.add(entries_)) ++turns_;
    known_.prints.add(record.bytes);
    return !known_.prints.may_repeat();
  }

  Continued finish(ReadReport report) {
    known_.usage.tell_names(known_.told);
    return {std::move(report), turns_, difference(known_.usage.total(), tokens_before_),
            make_checkpoint(known_.usage, known_.turns, known_.chain, known_.told, known_.prints)};
  }

 private:
  bool follow_chain(std::uint64_t offset) {
    const std::optional<ChainLink> link = chain_link(dialect_.name, entries_, offset);
    if (!link) return true;
    calls_.clear();
    add_call_names(dialect_.name, entries_, calls_);
    return known_.chain.add(*link, calls_, known_.told);
  }

  const Dialect& dialect_;
  Checkpoint known_;
  Usage tokens_before_;
  std::uint64_t turns_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> calls_;
};

}  // namespace

Result<std::optional<Continued>> examine_more(const SessionSource& read, const ReadOptions& how,
                                              std::string_view dialect,
                                              std::string_view checkpoint) {
  Continuer continuer(find_dialect(dialect));
  if (!continuer.load(checkpoint)) return std::optional<Continued>();
  bool is_plain = true;
  ReadOptions all = how;
  all.with_metadata = true;
  ReadReport report = TRY(read(all, [&](const Record& record) {
    is_plain = continuer.add(record);
    return is_plain;
  }));
  const bool is_odd = report.damage_count > 0 || report.note_count > 0 || report.salvaged > 0;
  if (!is_plain || is_odd) return std::optional<Continued>();
  return std::optional<Continued>(continuer.finish(std::move(report)));
}

}  // namespace everturn
