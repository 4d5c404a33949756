// SPDX-License-Identifier: Apache-2.0
// The part of the scan that takes damaged lines to pieces. Only for scan.cc.
#ifndef EVERTURN_JOURNAL_SCAN_SPLIT_H_
#define EVERTURN_JOURNAL_SCAN_SPLIT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "journal/scan.h"

namespace everturn {

inline constexpr std::size_t kShortestRecord = 3;  // with its line end: what a gap may have held
inline constexpr std::string_view kGapDetail =
    "padding before a record: a write that a power cut took out";

// As first_member_name; a name that is longer than any writer's is none.
inline std::string_view short_name(std::string_view object) {
  constexpr std::size_t kNameMax = 128;
  const std::string_view name = first_member_name(object);
  return name.size() <= kNameMax ? name : std::string_view();
}

// Objects that stand one behind the other, from `from` on.
struct ObjectChain {
  std::size_t from = 0;
  std::size_t end = 0;       // behind the last one and the blanks that follow it
  std::size_t sure_end = 0;  // behind the last one that another one follows, whole or torn
  std::size_t count = 0;
  bool reaches_end = false;  // nothing but those and blanks stands in the text behind `from`
  JsonFault fault;           // why the next one is none; its offset is one in the text
};

// Reads such chains. The work is bounded by a budget of a few passes over the text.
class ObjectReader {
 public:
  explicit ObjectReader(std::uint64_t budget) : budget_(budget) {}

  struct Object {
    std::size_t begin = 0;
    std::size_t end = 0;
    JsonTolerance tolerated;
  };
  // The object at the front of text[at, end), behind blanks, and, unless it is the first of a
  // chain, behind one stray byte or a byte order mark. Not counted in the budget.
  static std::optional<Object> next(std::string_view text, std::size_t at, bool is_first,
                                    JsonFault* fault);
  ObjectChain chain(std::string_view text, std::size_t from, bool behind_damage = false);
  // Behind damage, the chain that reaches the end of the text, from a place where reading may start
  // again; count 0 if there is none. `fault` is that of the chain before, which ends at `done`.
  ObjectChain restart(std::string_view text, JsonFault fault, std::size_t done);

 private:
  std::uint64_t budget_;
};

// One damaged line on its way to records and damage.
class LineSplitter {
 public:
  LineSplitter(Scanner& scanner, std::uint64_t offset, std::string_view line, std::uint64_t next,
               LinePart part);
  // False: the sink stopped the scan.
  bool run();
  // First member name of the last record, whole or torn.
  [[nodiscard]] const std::string& last_name() const { return own_name_; }

 private:
  bool segment(std::string_view text, std::uint64_t offset, bool starts_a_line);
  bool emit(std::string_view text, std::uint64_t offset, std::size_t from, std::size_t end);
  bool record(std::string_view text, std::uint64_t offset, const ObjectReader::Object& object);
  bool between(std::string_view text, std::uint64_t offset, std::size_t from, std::size_t to);
  bool damage(std::string_view text, std::uint64_t offset, std::size_t from, std::size_t to,
              DamageReason reason);
  bool candidates(std::string_view text, std::uint64_t offset, std::size_t from, std::size_t to);
  bool lone_return(std::string_view blanks, std::uint64_t offset);
  bool gap(std::uint64_t offset, std::uint64_t length);
  [[nodiscard]] bool name_is_known(std::string_view object) const;

  Scanner& scanner_;
  const std::uint64_t base_;
  const std::string_view line_;
  const std::uint64_t next_;
  const LinePart part_;
  ObjectReader reader_;
  std::uint64_t candidate_budget_;
  std::string own_name_;  // first member name of the record before, whole or torn
  std::string mended_;
  std::uint64_t records_ = 0;
  bool behind_return_ = false;  // a lone CR stands before the record
};

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_SCAN_SPLIT_H_
