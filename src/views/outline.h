// SPDX-License-Identifier: Apache-2.0
// A session in outline: enough to draw how long it is, and to go to any place of it. One thread.
#ifndef EVERTURN_VIEWS_OUTLINE_H_
#define EVERTURN_VIEWS_OUTLINE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "everturn/session.h"
#include "views/blocks.h"
#include "views/survey.h"

namespace everturn {

// Where somebody said something.
struct Turn {
  std::uint64_t record = 0;
  Position position;
  std::string time;
  std::string text;  // its first line, up to 200 characters
};

struct Outline {
  std::uint64_t records = 0;        // with those of metadata
  std::uint64_t metadata = 0;       // of them, the store's own
  std::vector<Position> positions;  // of records 0, every, 2 * every, ...
  std::deque<Turn> turns;           // the newest kTurnsListed of them
  std::uint64_t turn_count = 0;
};
inline constexpr std::size_t kTurnsListed = 5000;

// Takes the records in a second reading: the survey must be settled, and outlive this.
class OutlineReader {
 public:
  OutlineReader(const Survey& survey, std::uint64_t every);
  // Always true, so that a RecordSink may return it.
  bool add(const Record& record);
  [[nodiscard]] Outline finish();

 private:
  bool take(const Block& block);

  const std::uint64_t every_;
  Outline outline_;
  BlockReader reader_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_OUTLINE_H_
