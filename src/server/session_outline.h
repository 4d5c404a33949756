// SPDX-License-Identifier: Apache-2.0
// What the page must know of a whole session, read once for each of its versions and kept for a few
// sessions.
#ifndef EVERTURN_SERVER_SESSION_OUTLINE_H_
#define EVERTURN_SERVER_SESSION_OUTLINE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "everturn/store.h"
#include "views/outline.h"
#include "views/survey.h"

namespace everturn::server {

// A position in the outline each so many records.
inline constexpr std::uint64_t kOutlineStep = 50;

// Immutable.
struct SessionOutline {
  std::string key;
  Survey survey{""};
  Outline outline;
  Usage usage;
  ReadReport report;
  // Of each damaged range that the report lists: the record behind it, or the last one.
  std::vector<Position> damage_places;

  // The number of the last position of the outline that is not behind `from`.
  [[nodiscard]] std::size_t step_before(Position from) const;
};

Result<std::shared_ptr<const SessionOutline>> read_outline(Store& store, const std::string& key);

// Any number of threads. Two that ask for the same at once may both read it.
class OutlineCache {
 public:
  // Of the session as it is now.
  Result<std::shared_ptr<const SessionOutline>> current(Store& store, const std::string& key);
  // Of the session as it was at some moment of this generation; null if none is known.
  std::shared_ptr<const SessionOutline> known(const std::string& key, std::uint64_t generation);

 private:
  std::shared_ptr<const SessionOutline> find(const std::string& key);

  std::mutex mutex_;
  std::list<std::shared_ptr<const SessionOutline>> kept_;  // newest first
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_SESSION_OUTLINE_H_
