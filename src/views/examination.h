// SPDX-License-Identifier: Apache-2.0
// What is to be told of a session's health: damage, messages that its own agent no longer finds,
// and what is odd; what makes it big; secrets, counted. One pass, bounded memory: about 100 bytes a
// record. One thread.
#ifndef EVERTURN_VIEWS_EXAMINATION_H_
#define EVERTURN_VIEWS_EXAMINATION_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/entry.h"
#include "everturn/report.h"
#include "everturn/store.h"

namespace everturn {

enum class Grade : std::uint8_t {
  note,            // costs nothing
  hides_messages,  // they are whole, and the agent does not find them
  damage,          // bytes that are no record, or records that a reader of lines loses
};
std::string_view grade_name(Grade grade);

struct Finding {
  Grade grade = Grade::note;
  std::string kind;          // one word: "torn", "glued", "missing_parent", "open_call"
  std::uint64_t count = 0;   // of what the sentence tells
  std::uint64_t offset = 0;  // of the first
  std::string text;          // one sentence, safe to show
};

// Where the bytes of the records are.
enum class SizePart : std::uint8_t {
  text,  // what the user and the model said
  thinking,
  tool_calls,  // their arguments
  tool_output,
  images,       // base64, wherever it stands
  compactions,  // summaries, and the history that is repeated behind them
  sub_agents,   // embedded in this file
  rest,         // envelopes, snapshots, copies
};
inline constexpr std::size_t kSizeParts = 8;
std::string_view size_part_name(SizePart part);

struct SecretCount {
  std::string_view kind;  // see secret_kind_name()
  std::string_view title;
  std::uint64_t distinct = 0;
  std::uint64_t places = 0;
};

struct Examination {
  std::string_view dialect;
  std::uint64_t records = 0;
  std::uint64_t record_bytes = 0;
  std::uint64_t damage_bytes = 0;
  std::string last_time;          // the latest that a record names, as ISO 8601; "" if none does
  std::vector<Finding> findings;  // worst first
  std::array<std::uint64_t, kSizeParts> sizes{};
  std::vector<SecretCount> secrets;  // of each kind that there is
  std::uint64_t turns = 0;           // what a person typed
  Usage tokens;
  ReadReport report;                // of the reading; counts the store's own records too
  std::uint64_t store_records = 0;  // of them, the store's own
  // To go on from here, if that was asked for; "" if it cannot be.
  std::string checkpoint;

  [[nodiscard]] Grade worst() const;                     // note if there are no findings
  [[nodiscard]] std::uint64_t count(Grade grade) const;  // findings of this grade
};

struct ExamineOptions {
  bool secrets = true;      // look for them, which takes a good part of the time
  bool checkpoint = false;  // to go on from here later, with examine_more()
  // Of a damaged session, where it is given: how far it was durable.
  std::function<Result<SealReport>()> verify = nullptr;
};
// Reads a session, as Store::read does.
using SessionSource =
    std::function<Result<ReadReport>(const ReadOptions& how, const RecordSink& sink)>;

// Reads the session once. Fails only as Store::read does.
Result<Examination> examine(Store& store, std::string_view key);
Result<Examination> examine(const SessionSource& read, const ExamineOptions& how);

// The bytes of base64 in `json`, in runs of at least 1 KiB.
std::uint64_t base64_bytes(std::string_view json);

}  // namespace everturn

#endif  // EVERTURN_VIEWS_EXAMINATION_H_
