// SPDX-License-Identifier: Apache-2.0
#include "views/messages.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/digest.h"
#include "views/dialects/dialect.h"
#include "views/nanobot_text.h"

namespace everturn {
namespace {

constexpr std::size_t kIdSize = 40;  // the least that any provider takes
constexpr std::size_t kNameSize = 64;
constexpr std::size_t kPartsLookedAt = 256;  // for a repeat: it follows soon

// `text` in letters that every provider takes, cut to `size_max`; "" stays "".
std::string plain_word(std::string_view text, std::size_t size_max) {
  std::string word;
  for (const char c : text.substr(0, size_max)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || c == '-';
    word += is_plain ? c : '_';
  }
  return word;
}

class Joiner {
 public:
  void add(const Selected& selected) {
    const Entry& entry = *selected.entry;
    const bool is_copy = (entry.flags & kCopy) != 0 && (entry.flags & kReplacement) == 0;
    if (is_copy || (entry.flags & kNotReplayed) != 0) return;
    switch (entry.kind) {
      case EntryKind::user:
      case EntryKind::summary:
        return add_to(Role::user, selected);
      case EntryKind::system:
        return add_to(Role::system, selected);
      case EntryKind::assistant:
      case EntryKind::thinking:
        return add_to_response(selected);
      case EntryKind::tool_call:
        return add_call(selected);
      case EntryKind::tool_result:
        return add_result(selected);
      case EntryKind::metadata:
      case EntryKind::other:
        return;
    }
  }

  Messages finish(Unfinished unfinished, bool whole_records) {
    for (const Selected& result : early_results_) {
      if (!answer(result)) ++messages_.orphan_results;
    }
    for (Message& message : messages_.list) settle_calls(message, unfinished, whole_records);
    std::erase_if(messages_.list, [](Message& message) { return says_nothing(message); });
    name_calls();
    return std::move(messages_);
  }

 private:
  struct Place {
    std::size_t message;
    std::size_t part;
  };

  Part& at(Place place) { return messages_.list[place.message].parts[place.part]; }
  static Part part_of(const Selected& selected) {
    Part part;
    part.entry = selected.entry;
    part.text = selected.text;
    return part;
  }

  static bool is_same_record(const Entry& one, const Entry& other) {
    return one.record == other.record && one.id == other.id;
  }

  void add_to(Role role, const Selected& selected) {
    const bool joins = !messages_.list.empty() && messages_.list.back().role == role &&
                       is_same_record(*messages_.list.back().parts.back().entry, *selected.entry);
    if (!joins) messages_.list.push_back({role, {}});
    messages_.list.back().parts.push_back(part_of(selected));
    was_result_ = false;
  }

  // The message that a piece of a response belongs to.
  std::size_t response_of(const Entry& entry) {
    const std::size_t count = messages_.list.size();
    if (is_string(entry.message)) {
      const auto [found, is_new] = responses_.try_emplace(entry.message, count);
      if (!is_new) return found->second;
    } else if (count > 0 && messages_.list.back().role == Role::assistant) {
      const Entry& last = *messages_.list.back().parts.back().entry;
      const bool is_item = (last.flags & entry.flags & kItem) != 0 && !was_result_;
      if (is_item || (is_same_record(last, entry) && !is_string(last.message))) return count - 1;
    }
    messages_.list.push_back({Role::assistant, {}});
    return count;
  }

  Place add_to_message(const Selected& selected) {
    const std::size_t message = response_of(*selected.entry);
    std::vector<Part>& parts = messages_.list[message].parts;
    parts.push_back(part_of(selected));
    was_result_ = false;
    return {message, parts.size() - 1};
  }

  // A piece of a response that was written again, longer.
  Part* find_earlier(const Selected& selected) {
    const Entry& entry = *selected.entry;
    const auto found = is_string(entry.message) ? responses_.find(entry.message) : responses_.end();
    if (found == responses_.end()) return nullptr;
    std::vector<Part>& parts = messages_.list[found->second].parts;
    const std::size_t far = parts.size() > kPartsLookedAt ? parts.size() - kPartsLookedAt : 0;
    for (std::size_t i = far; i < parts.size(); ++i) {
      Part& part = parts[i];
      if (part.entry->kind != entry.kind || part.entry->record == entry.record) continue;
      std::string_view earlier = part.text;
      if (earlier.size() < 2 || (entry.flags & kImage) != 0) continue;
      earlier.remove_suffix(1);  // the closing quote
      const bool is_same_call = is_given(entry.call_id) && part.entry->call_id == entry.call_id;
      if (entry.kind == EntryKind::tool_call ? is_same_call : selected.text.starts_with(earlier)) {
        return &part;
      }
    }
    return nullptr;
  }

  void add_to_response(const Selected& selected) {
    if (Part* earlier = find_earlier(selected)) {
      earlier->entry = selected.entry;
      earlier->text = selected.text;
      ++messages_.repeats;
      return;
    }
    add_to_message(selected);
  }

  void add_call(const Selected& selected) {
    if (Part* earlier = find_earlier(selected)) {
      earlier->entry = selected.entry;
      earlier->text = selected.text;
      ++messages_.repeats;
      return;
    }
    const Place place = add_to_message(selected);
    const std::string_view id = selected.entry->call_id;
    open_calls_[is_given(id) ? id : std::string_view()].push_back(place);
  }

  void add_result(const Selected& selected) {
    was_result_ = true;
    if (!answer(selected)) early_results_.push_back(selected);
  }

  // False: there is no such call yet.
  bool answer(const Selected& selected) {
    const std::string_view id = selected.entry->call_id;
    const bool has_id = is_given(id);
    const auto found = open_calls_.find(has_id ? id : std::string_view());
    if (found == open_calls_.end()) return false;
    std::deque<Place>& open = found->second;
    if (open.empty()) {
      ++messages_.repeats;
      return true;
    }
    // An id that is used again means the latest call; calls without ids are answered in order.
    Part& call = at(has_id ? open.back() : open.front());
    has_id ? open.pop_back() : open.pop_front();
    call.result = selected.entry;
    call.result_text = selected.text;
    return true;
  }

  void settle_calls(Message& message, Unfinished unfinished, bool whole_records) {
    const auto is_open = [](const Part& part) { return part.is_call() && part.result == nullptr; };
    const bool is_mixed = std::any_of(message.parts.begin(), message.parts.end(),
                                      [](const Part& part) { return part.result != nullptr; });
    if (unfinished == Unfinished::drop && !(whole_records && is_mixed)) {
      const std::size_t dropped = std::erase_if(message.parts, is_open);
      messages_.dropped_calls += dropped;
      if (dropped > 0 && whole_records) message.parts.clear();
      return;
    }
    if (unfinished == Unfinished::keep) return;
    for (Part& part : message.parts) part.is_closed = is_open(part);
  }

  // Takes out what providers refuse: blank texts, and thoughts that led to nothing. True if nothing
  // is left.
  static bool says_nothing(Message& message) {
    std::erase_if(message.parts, [](const Part& part) {
      const bool is_text = !part.is_call() && !part.is_image() && !part.is_thinking();
      return is_text && python_strip(json_text(part.text)).empty();
    });
    while (!message.parts.empty() && message.parts.back().is_thinking()) message.parts.pop_back();
    return message.parts.empty();
  }

  void name_calls() {
    std::unordered_set<std::string> used;
    std::unordered_map<std::string, std::size_t> numbers;  // of ids that are used again
    for (Message& message : messages_.list) {
      for (Part& part : message.parts) {
        if (!part.is_call()) continue;
        const std::string id = json_text(part.entry->call_id);
        std::string word = plain_word(id, kIdSize);
        if (id.size() > kIdSize) word = word.substr(0, 23) + "_" + hex(hash128(id)).substr(0, 16);
        if (word.empty()) word = "call";
        part.call_id = word;
        while (!used.insert(part.call_id).second) {
          std::size_t& number = numbers.try_emplace(word, 1).first->second;
          part.call_id = word.substr(0, kIdSize - 8) + "_" + std::to_string(++number);
        }
        part.tool = plain_word(json_text(part.entry->name), kNameSize);
        if (part.tool.empty()) part.tool = "unnamed_tool";
      }
    }
  }

  Messages messages_;
  std::unordered_map<std::string_view, std::size_t> responses_;
  std::unordered_map<std::string_view, std::deque<Place>> open_calls_;  // by id; "": without
  std::vector<Selected> early_results_;
  bool was_result_ = false;
};

}  // namespace

Messages join_messages(const Selection& selection, Unfinished unfinished, bool whole_records) {
  Joiner joiner;
  for (const Selected& selected : selection.list()) joiner.add(selected);
  return joiner.finish(unfinished, whole_records);
}

}  // namespace everturn
