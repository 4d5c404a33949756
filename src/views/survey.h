// SPDX-License-Identifier: Apache-2.0
// What must be known of a session before the first of it is shown: a first reading, which keeps no
// records. One thread.
#ifndef EVERTURN_VIEWS_SURVEY_H_
#define EVERTURN_VIEWS_SURVEY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "everturn/views.h"
#include "views/dialects/dialect.h"
#include "views/title.h"

namespace everturn {

// True for a summary that stands for what came before it in the session; others are titles, or of a
// branch that was left.
bool is_compaction(const Entry& entry, const Dialect& dialect);

class Survey {
 public:
  // An empty `dialect` is recognised.
  explicit Survey(const std::string& dialect);

  void add(std::string_view record);
  // After the last record, before anything is asked.
  void settle();

  [[nodiscard]] const Dialect& dialect() const { return *dialect_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  // The number, from 0, of the record with the last summary that stands for what came before; 0 if
  // there is none.
  [[nodiscard]] std::uint64_t compaction() const { return compaction_; }
  // True if a later record takes the place of record `number`, which has these entries.
  [[nodiscard]] bool is_superseded(std::uint64_t number, const std::vector<Entry>& entries) const;
  // False if a later record goes on with the response that `entry`, of record `number`, is of.
  [[nodiscard]] bool ends_response(std::uint64_t number, const Entry& entry) const;
  // The whole file is a sub-agent's.
  [[nodiscard]] bool is_sub_agent() const { return records_with_id_ > 0 && !has_main_; }
  [[nodiscard]] std::string title() const { return titles_.title(); }
  // As their agents wrote them; raw values.
  [[nodiscard]] const std::string& first_time() const { return first_time_; }
  [[nodiscard]] const std::string& last_time() const { return last_time_; }

 private:
  void read(std::string_view record);
  void look_at(const Entry& entry);

  const Dialect* dialect_ = nullptr;
  std::vector<std::string> first_;  // until the dialect is known
  std::vector<Entry> entries_;
  std::uint64_t records_ = 0;
  std::uint64_t compaction_ = 0;
  std::uint64_t records_with_id_ = 0;
  bool has_main_ = false;
  TitleFinder titles_;
  std::string first_time_;
  std::string last_time_;
  std::unordered_map<std::uint64_t, std::uint64_t> last_of_id_;
  std::unordered_map<std::uint64_t, std::uint64_t> last_of_response_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_SURVEY_H_
