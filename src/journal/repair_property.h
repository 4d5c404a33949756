// SPDX-License-Identifier: Apache-2.0
// For tests and fuzzers: what a repair plan does to a text, and what must hold of any plan.
#ifndef EVERTURN_JOURNAL_REPAIR_PROPERTY_H_
#define EVERTURN_JOURNAL_REPAIR_PROPERTY_H_

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/repair_plan.h"
#include "journal/scan.h"

namespace everturn::repair_test {

// A text after its plan, and the plan.
struct Planned : RepairSink {
  explicit Planned(std::string_view text) : before(text) {}
  Status on_edit(const RepairEdit& edit) override {
    if (edit.offset < at || before.substr(edit.offset, edit.taken.size()) != edit.taken) {
      return {Code::invalid, "an edit out of order, or of other bytes than there are"};
    }
    after += before.substr(at, edit.offset - at);
    after += edit.put;
    at = edit.offset + edit.taken.size();
    turned_around.push_back({edit.offset, std::string(edit.taken), edit.put.size()});
    note(repair_action_name(edit.action), edit.reason, edit.offset, edit.taken.size());
    return {};
  }
  Status on_leave(const Damage& damage) override {
    ++left;
    note("leave", damage_reason_name(damage.reason), damage.offset, damage.length);
    return {};
  }
  void note(std::string_view action, std::string_view reason, std::uint64_t offset,
            std::uint64_t length) {
    steps += (steps.empty() ? "" : ", ") + std::string(action) + " " + std::string(reason) + " " +
             std::to_string(offset) + "+" + std::to_string(length);
  }
  // The old text, made of the new one and of what was taken out.
  [[nodiscard]] std::string undone() const {
    std::string old;
    std::size_t from = 0;
    for (const Turned& edit : turned_around) {
      const std::size_t kept = edit.offset - old.size();
      old += after.substr(from, kept) + edit.taken;
      from += kept + edit.put;
    }
    return old + after.substr(from);
  }

  struct Turned {
    std::uint64_t offset;
    std::string taken;
    std::size_t put;
  };
  std::string_view before;
  std::string after;
  std::string steps;  // "set_aside torn 30+12, split glued 70+0"
  std::vector<Turned> turned_around;
  std::size_t at = 0;
  std::uint64_t left = 0;
  std::uint64_t records = 0;
  std::uint64_t recovered = 0;
  Status status;
};

// Gives the lines of a text to `line(offset, bytes, terminated)`, with room behind each.
template <class Line>
void for_each_line(std::string_view text, Line line) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t newline = text.find('\n', begin);
    const std::size_t end = std::min(newline, text.size());
    std::string bytes(text.substr(begin, end - begin));
    bytes.append(kJsonPadding, '\0');
    line(begin, std::string_view(bytes).substr(0, end - begin), newline != std::string_view::npos);
    begin = end + 1;
  }
}

inline Planned plan(std::string_view text, const RepairPlanOptions& options = {},
                    std::size_t longest_line = SIZE_MAX) {
  Planned planned(text);
  RepairPlanner planner(options, planned);
  for_each_line(text, [&](std::uint64_t offset, std::string_view bytes, bool terminated) {
    if (!planner.status().ok()) return;
    if (bytes.size() > longest_line) {
      planner.on_long_line(offset, bytes.size() + (terminated ? 1 : 0));
    } else {
      planner.on_line(offset, bytes, terminated);
    }
  });
  planned.status = planner.finish();
  planned.after += text.substr(planned.at);
  planned.records = planner.records();
  planned.recovered = planner.recovered();
  return planned;
}

// What the load scan says of a text.
struct Scanned : ScanSink {
  bool on_record(const ScannedRecord& record) override {
    records.emplace_back(record.bytes);
    return true;
  }
  bool on_damage(Damage damage) override {
    const bool is_other = damage.reason == DamageReason::not_object;
    ++(is_other ? other_json : damaged);
    return true;
  }
  std::vector<std::string> records;
  std::size_t damaged = 0;
  std::size_t other_json = 0;
};

inline Scanned scan(std::string_view text, bool padded_tails) {
  Scanned scanned;
  Scanner scanner({padded_tails}, scanned);
  for_each_line(text, [&](std::uint64_t offset, std::string_view bytes, bool) {
    scanner.line(offset, bytes, true);  // under a lock, nobody is still writing the last line
  });
  scanner.finish();
  return scanned;
}

inline bool is_subsequence(const std::vector<std::string>& part,
                           const std::vector<std::string>& whole) {
  auto at = whole.begin();
  for (const std::string& item : part) {
    at = std::find(at, whole.end(), item);
    if (at == whole.end()) return false;
    ++at;
  }
  return true;
}

// What is wrong with the plan for a text; "" if nothing is.
inline std::string complaint(std::string_view text, const RepairPlanOptions& options) {
  const Planned planned = plan(text, options);
  if (!planned.status.ok()) return planned.status.message();
  if (planned.undone() != text) return "undone it is not what it was, but " + planned.undone();
  const Planned again = plan(planned.after, options);
  if (!again.turned_around.empty()) {
    return "a second repair has work: " + again.steps + " behind " + planned.steps;
  }
  if (again.left != planned.left) return "a second repair leaves something else";
  const Scanned before = scan(text, options.padded_tails);
  const Scanned after = scan(planned.after, options.padded_tails);
  if (!is_subsequence(before.records, after.records)) {
    return "a record is lost or altered by " + planned.steps;
  }
  if (after.damaged > 0) return "damage is left behind " + planned.steps;
  if (after.other_json > 0 && !options.keeps_other_json) return "other JSON is left";
  if (after.records.size() != planned.records) return "records are counted wrong";
  return "";
}

// Every text of up to `longest` bytes of the alphabet, until `visit` says false.
inline void for_each_text(std::string_view alphabet, std::size_t longest,
                          const std::function<bool(const std::string&)>& visit) {
  std::vector<std::size_t> digits;
  std::string text;
  while (digits.size() <= longest) {
    text.clear();
    for (const std::size_t digit : digits) text += alphabet[digit];
    if (!visit(text)) return;
    std::size_t at = 0;
    while (at < digits.size() && ++digits[at] == alphabet.size()) digits[at++] = 0;
    if (at == digits.size()) digits.push_back(0);
  }
}

// Every row of up to `most` pieces, until `visit` says false.
inline void for_each_row(const std::vector<std::string>& pieces, std::size_t most,
                         const std::function<bool(const std::string&)>& visit) {
  std::string alphabet;
  for (std::size_t i = 0; i < pieces.size(); ++i) alphabet += static_cast<char>(i);
  for_each_text(alphabet, most, [&](const std::string& numbers) {
    std::string text;
    for (const char number : numbers) text += pieces[static_cast<std::size_t>(number)];
    return visit(text);
  });
}

}  // namespace everturn::repair_test

#endif  // EVERTURN_JOURNAL_REPAIR_PROPERTY_H_
