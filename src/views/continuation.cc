// SPDX-License-Identifier: Apache-2.0
#include "views/continuation.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "base/try.h"
#include "views/dialects/dialect.h"
#include "views/turns.h"
#include "views/usage.h"

namespace everturn {
namespace {

constexpr std::uint64_t kRecordsToRecognize = 16;

// Their records know nothing of each other, but for tokens that are told twice under one name.
bool is_plain_chat(const Dialect& dialect) {
  return &dialect == &kNanobotDialect || &dialect == &kOpenaiDialect ||
         &dialect == &kGenericDialect;
}

bool names_its_usage(const Entry& entry) {
  return is_object(entry.usage) && (is_string(entry.message) || is_string(entry.id));
}

class Continuer {
 public:
  Continuer(const Dialect& dialect, std::string_view prints) : dialect_(dialect), prints_(prints) {
    usage_.begin_session(dialect);
  }

  // False: it depends on what stands before.
  bool add(const Record& record) {
    const bool is_plain = record.kind == RecordKind::record && !record.salvaged &&
                          !record.nonfinite && !record.bytes.starts_with(R"({"_type")");
    if (!is_plain) return false;
    entries_.clear();
    dialect_.read(record.bytes, entries_);
    if (std::any_of(entries_.begin(), entries_.end(), names_its_usage)) return false;
    usage_.add(entries_);
    if (turns_.add(entries_)) ++turn_count_;
    prints_.add(record.bytes);
    return !prints_.may_repeat();
  }

  Continued finish(ReadReport report) {
    return {std::move(report), turn_count_, usage_.total(), std::string(prints_.kept())};
  }

 private:
  const Dialect& dialect_;
  RecordPrints prints_;
  UsageCounter usage_;
  TurnCounter turns_;
  std::uint64_t turn_count_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace

Result<std::optional<Continued>> examine_more(const SessionSource& read, const ReadOptions& how,
                                              std::string_view dialect, std::uint64_t records,
                                              std::string_view prints) {
  const Dialect& known = find_dialect(dialect);
  // By fewer records the dialect is not settled.
  if (!is_plain_chat(known) || records < kRecordsToRecognize) return std::optional<Continued>();
  Continuer continuer(known, prints);
  bool is_plain = true;
  ReadOptions all = how;
  all.with_metadata = true;
  ReadReport report = TRY(read(all, [&](const Record& record) {
    is_plain = continuer.add(record);
    return is_plain;
  }));
  const bool is_odd = report.damage_count > 0 || report.note_count > 0 ||
                      report.in_flight_bytes > 0 || report.salvaged > 0;
  if (!is_plain || is_odd) return std::optional<Continued>();
  return std::optional<Continued>(continuer.finish(std::move(report)));
}

}  // namespace everturn
