// SPDX-License-Identifier: Apache-2.0
// The queue is first in, first out, and its records have no ids: `enqueue` holds the text; each is
// followed by one that takes it out. `dequeue` names no text. `remove` names it in newer versions,
// and a reason in the newest: "absorbed_mid_turn" where the turn at hand took it, which is what the
// older ones mean. `popAll`, one for each prompt, puts it back where it was typed.
#include "views/dialects/claude_queue.h"

#include <map>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>

#include "base/json.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

class Queue {
 public:
  void apply(std::size_t record, std::string_view raw) {
    const std::string_view operation = find_member(raw, "operation").value_or("");
    const std::string_view content = find_member(raw, "content").value_or("");
    if (is_text(operation, "enqueue")) {
      waiting_.emplace(record, content);
      by_text_[content].insert(record);
    } else if (is_text(operation, "dequeue")) {
      take(content, true);
    } else if (is_text(operation, "remove")) {
      const std::string_view reason = find_member(raw, "reason").value_or("");
      take(content, is_given(reason) && !is_text(reason, "absorbed_mid_turn"));
    } else if (is_text(operation, "popAll")) {
      const bool names_one = is_given(content) && by_text_.contains(content);
      do {
        take(content, true);
      } while (!names_one && !waiting_.empty());
    }
  }

  [[nodiscard]] const std::unordered_set<std::size_t>& idle_records() const { return idle_; }

 private:
  // The prompt that is named, else the oldest, leaves the queue.
  void take(std::string_view content, bool is_idle) {
    if (waiting_.empty()) return;
    const auto named = by_text_.find(content);
    const auto at =
        named == by_text_.end() ? waiting_.begin() : waiting_.find(*named->second.begin());
    const auto [record, text] = *at;
    if (is_idle) idle_.insert(record);
    const auto same = by_text_.find(text);
    same->second.erase(record);
    if (same->second.empty()) by_text_.erase(same);
    waiting_.erase(at);
  }

  std::map<std::size_t, std::string_view> waiting_;  // by record, which is by age
  std::unordered_map<std::string_view, std::set<std::size_t>> by_text_;
  std::unordered_set<std::size_t> idle_;
};

}  // namespace

std::unordered_set<std::size_t> idle_queue_records(const Session& session) {
  Queue queue;
  for (std::size_t record = 0; record < session.records(); ++record) {
    const std::span<const Entry> entries = session.of_record(record);
    if (is_text(entries.front().name, "queue-operation")) {
      queue.apply(record, session.texts[record]);
    }
  }
  return queue.idle_records();
}

}  // namespace everturn
