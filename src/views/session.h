// SPDX-License-Identifier: Apache-2.0
// A session as a dialect selects from it: its records, their entries, and what the agent would
// send.
#ifndef EVERTURN_VIEWS_SESSION_H_
#define EVERTURN_VIEWS_SESSION_H_

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "everturn/views.h"

namespace everturn {

// Damaged records that stood before a record: its number, and how many.
using LostBefore = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
// The number of the record that had number `index` when nothing was damaged yet; of one that is
// lost, that of the next one.
std::size_t undamaged(const LostBefore& lost, std::size_t index);

struct Session {
  std::vector<std::string_view> texts;     // the records
  std::vector<Entry> entries;              // in the order of the records
  std::vector<std::uint32_t> first_entry;  // of each record, and one behind the last
  LostBefore lost;
  std::uint64_t forgotten = 0;  // records before the first, not kept

  [[nodiscard]] std::size_t records() const {
    return first_entry.empty() ? 0 : first_entry.size() - 1;
  }
  [[nodiscard]] std::span<const Entry> of_record(std::size_t record) const {
    return std::span(entries).subspan(first_entry[record],
                                      first_entry[record + 1] - first_entry[record]);
  }
};

// An entry on its way to the model.
struct Selected {
  const Entry* entry = nullptr;
  std::string_view text;  // entry->text, or what is sent in its place
};

class Selection {
 public:
  void add(const Entry& entry) { list_.push_back({&entry, entry.text}); }
  void add(const Entry& entry, std::string_view raw_text) { list_.push_back({&entry, raw_text}); }
  // Keeps `text`, a JSON value, as long as the selection.
  std::string_view own(std::string text) { return owned_.emplace_back(std::move(text)); }
  [[nodiscard]] std::vector<Selected>& list() { return list_; }
  [[nodiscard]] const std::vector<Selected>& list() const { return list_; }

 private:
  std::vector<Selected> list_;
  std::deque<std::string> owned_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_SESSION_H_
