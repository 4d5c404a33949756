// SPDX-License-Identifier: Apache-2.0
// The members of an object, its strings and integers: the second half of json.h.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/json_cursor.h"
#include "base/utf8.h"

namespace everturn {
namespace {

// A member as it stands in the text; offsets of its name with quotes and of its value.
struct Member {
  std::size_t name_begin = 0;
  std::size_t name_end = 0;
  std::size_t value_begin = 0;
  std::size_t value_end = 0;
};

std::string_view raw_name(std::string_view object, const Member& member) {
  return object.substr(member.name_begin + 1, member.name_end - member.name_begin - 2);
}

std::string_view raw_value(std::string_view object, const Member& member) {
  return object.substr(member.value_begin, member.value_end - member.value_begin);
}

// Calls visit(Member) for each member until it returns false.
template <class Visit>
void walk_members(std::string_view object, const Visit& visit) {
  JsonCursor cursor(object);
  cursor.skip_space();
  if (!cursor.at('{')) return;
  cursor.members([&](std::string_view name) {
    Member member;
    member.name_begin = static_cast<std::size_t>(name.data() - object.data()) - 1;
    member.name_end = member.name_begin + name.size() + 2;
    member.value_begin = cursor.position();
    cursor.skip_value();
    member.value_end = cursor.position();
    return !cursor.at_end() && visit(member);
  });
}

constexpr std::array<signed char, 256> kHexValues = [] {
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (int value = 0; value < 16; ++value) {
    const auto small = static_cast<signed char>(value);
    values[static_cast<std::size_t>("0123456789abcdef"[value])] = small;
    values[static_cast<std::size_t>("0123456789ABCDEF"[value])] = small;
  }
  return values;
}();

std::optional<char32_t> take_hex4(std::string_view& text) {
  if (text.size() < 4) return std::nullopt;
  char32_t unit = 0;
  for (const char digit : text.substr(0, 4)) {
    const signed char value = kHexValues[static_cast<unsigned char>(digit)];
    if (value < 0) return std::nullopt;
    unit = unit * 16 + static_cast<char32_t>(value);
  }
  text.remove_prefix(4);
  return unit;
}

// What follows "\u": one UTF-16 unit, or two that belong together. A lone surrogate stays one;
// append_utf8 replaces it.
std::optional<char32_t> take_utf16(std::string_view& text) {
  const std::optional<char32_t> first = take_hex4(text);
  const bool is_high = first && *first >= 0xD800 && *first <= 0xDBFF;
  if (!is_high || !text.starts_with("\\u")) return first;
  std::string_view behind = text.substr(2);
  const std::optional<char32_t> second = take_hex4(behind);
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return first;
  text = behind;
  return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
}

// `text` starts behind a backslash.
bool take_escape(std::string_view& text, std::string& decoded) {
  if (text.empty()) return false;
  constexpr std::string_view kKinds = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const char kind = text.front();
  text.remove_prefix(1);
  if (kind == 'u') {
    const std::optional<char32_t> code_point = take_utf16(text);
    if (code_point) append_utf8(decoded, *code_point);
    return code_point.has_value();
  }
  const std::size_t index = kKinds.find(kind);
  if (index == std::string_view::npos) return false;
  decoded += kMeanings[index];
  return true;
}

// How many bytes at the start of a string's text mean themselves.
std::size_t plain_length(std::string_view text) {
  return find_byte(text, 0,
                   [](auto byte) { return (byte == '"') | (byte == '\\') | (byte < 0x20); });
}

// The text between two quotes; nullopt if no JSON string looks like this.
std::optional<std::string> unescape(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  std::string decoded;
  decoded.reserve(text.size());
  while (true) {
    const std::size_t length = plain_length(text);
    decoded += text.substr(0, length);
    text.remove_prefix(length);
    if (text.empty()) return decoded;
    if (text.front() != '\\') return std::nullopt;
    text.remove_prefix(1);
    if (!take_escape(text, decoded)) return std::nullopt;
  }
}

bool is_named(std::string_view raw, std::string_view name) {
  if (raw.size() < name.size()) return false;  // escapes only make it longer
  if (raw.find('\\') == std::string_view::npos) return raw == name;
  return unescape(raw) == name;
}

// One member to be set or removed.
struct Change {
  std::string name;              // escapes resolved
  std::string_view quoted_name;  // as it stands
  std::string_view value;        // as it stands
  bool is_done = false;

  [[nodiscard]] bool removes() const { return value == "null"; }
};

std::vector<Change> read_changes(std::string_view object) {
  std::vector<Change> changes;
  walk_members(object, [&](const Member& member) {
    std::string name = unescape(raw_name(object, member)).value_or("");
    std::erase_if(changes, [&](const Change& change) { return change.name == name; });
    changes.push_back({std::move(name),
                       object.substr(member.name_begin, member.name_end - member.name_begin),
                       raw_value(object, member)});
    return true;
  });
  return changes;
}

// Writes an object anew out of pieces of the old one, in the old one's way of spacing.
class Merger {
 public:
  explicit Merger(std::string_view object) : object_(object) {
    walk_members(object, [this](const Member& member) {
      members_.push_back(member);
      return true;
    });
  }

  std::string merge(std::vector<Change> changes) {
    const std::size_t opening = object_.find('{');
    const std::size_t head = members_.empty() ? opening + 1 : members_.front().name_begin;
    merged_ = object_.substr(0, head);
    for (std::size_t index = 0; index < members_.size(); ++index) keep_or_replace(index, changes);
    for (const Change& change : changes) {
      if (!change.is_done && !change.removes()) add(change);
    }
    merged_ += object_.substr(members_.empty() ? head : members_.back().value_end);
    return std::move(merged_);
  }

 private:
  void keep_or_replace(std::size_t index, std::vector<Change>& changes) {
    const Member& member = members_[index];
    const std::string_view name = raw_name(object_, member);
    const auto change = std::find_if(changes.begin(), changes.end(),
                                     [&](const Change& each) { return is_named(name, each.name); });
    if (change != changes.end()) {
      const bool is_repeated = change->is_done;
      change->is_done = true;
      if (is_repeated || change->removes()) return;
    }
    separate(index > 0 ? between(members_[index - 1].value_end, member.name_begin) : ", ");
    merged_ += between(member.name_begin, member.value_begin);
    merged_ += change != changes.end() ? change->value : raw_value(object_, member);
  }

  void add(const Change& change) {
    const bool has_two = members_.size() >= 2;
    separate(has_two ? between(members_[0].value_end, members_[1].name_begin) : ", ");
    merged_ += change.quoted_name;
    merged_ += members_.empty() ? ": " : between(members_[0].name_end, members_[0].value_begin);
    merged_ += change.value;
  }

  void separate(std::string_view separator) {
    if (has_members_) merged_ += separator;
    has_members_ = true;
  }

  [[nodiscard]] std::string_view between(std::size_t begin, std::size_t end) const {
    return object_.substr(begin, end - begin);
  }

  std::string_view object_;
  std::vector<Member> members_;
  std::string merged_;
  bool has_members_ = false;
};

}  // namespace

void for_each_member(
    std::string_view object,
    const std::function<bool(std::string_view raw_name, std::string_view raw_value)>& visit) {
  walk_members(object, [&](const Member& member) {
    return visit(raw_name(object, member), raw_value(object, member));
  });
}

std::optional<std::string_view> find_member(std::string_view object, std::string_view name) {
  std::optional<std::string_view> found;
  walk_members(object, [&](const Member& member) {
    if (is_named(raw_name(object, member), name)) found = raw_value(object, member);
    return true;
  });
  return found;
}

std::optional<std::string> decode_json_string(std::string_view raw_value) {
  const bool is_quoted =
      raw_value.size() >= 2 && raw_value.front() == '"' && raw_value.back() == '"';
  if (!is_quoted) return std::nullopt;
  return unescape(raw_value.substr(1, raw_value.size() - 2));
}

std::optional<std::int64_t> decode_json_integer(std::string_view raw_value) {
  const std::string_view digits = raw_value.substr(raw_value.starts_with('-') ? 1 : 0);
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  std::int64_t number = 0;
  const char* const end = raw_value.data() + raw_value.size();
  const auto [parsed_to, error] = std::from_chars(raw_value.data(), end, number);
  if (error != std::errc() || parsed_to != end) return std::nullopt;
  return number;
}

std::string text_member(std::string_view object, std::string_view name) {
  const auto raw = find_member(object, name);
  return raw ? decode_json_string(*raw).value_or("") : "";
}

std::int64_t integer_member(std::string_view object, std::string_view name) {
  const auto raw = find_member(object, name);
  return raw ? decode_json_integer(*raw).value_or(0) : 0;
}

std::string quote_json(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kKinds = "\"\\bfnrt";
  const std::string mended = replace_invalid_utf8(text);
  std::string quoted = "\"";
  quoted.reserve(mended.size() + 16);
  for (const char byte : mended) {
    const auto number = static_cast<unsigned char>(byte);
    if (number >= 0x20 && byte != '"' && byte != '\\') {
      quoted += byte;
      continue;
    }
    const std::size_t index = kShort.find(byte);
    quoted += '\\';
    if (index != std::string_view::npos) {
      quoted += kKinds[index];
    } else {
      quoted += "u00";
      quoted += kDigits[number >> 4];
      quoted += kDigits[number & 0xF];
    }
  }
  quoted += '"';
  return quoted;
}

std::string merge_json_members(std::string_view object, std::string_view changes) {
  return Merger(object).merge(read_changes(changes));
}

}  // namespace everturn
