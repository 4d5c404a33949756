// SPDX-License-Identifier: Apache-2.0
#include "store/seal_line.h"

#include <charconv>
#include <cstring>

#include "base/base64url.h"
#include "base/json.h"

namespace everturn {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::string_view kCheckBegin = ",\"check\":\"";
constexpr std::string_view kCheckEnd = "\"}";
constexpr std::size_t kCheckDigits = 16;
constexpr std::string_view kHeadBegin = "es1";

std::string_view as_text(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

void add_hex(std::string& text, std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[number >> shift & 0xFU];
}

std::string hex_number(std::uint64_t number) {
  std::string digits;
  add_hex(digits, number);
  return digits;
}

// Without a string of its own: a line is composed with each append.
template <class Number>
void add_number(std::string& text, std::string_view before, Number number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text.append(before).append(digits, end);
}

bool read_hash(std::string_view text, std::size_t size, Sha256* into) {
  const std::optional<std::string> bytes = base64url_decode(text);
  if (!bytes || bytes->size() != size) return false;
  into->fill(0);
  std::memcpy(into->data(), bytes->data(), size);
  return true;
}

std::string salt_text(const Sha256& salt) {
  return base64url_encode(as_text(salt.data(), kSaltBytes));
}

std::string marks_text(const std::vector<std::uint32_t>& marks) {
  std::string bytes;
  for (const std::uint32_t mark : marks) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes += static_cast<char>(static_cast<unsigned char>(mark >> shift));
    }
  }
  return base64url_encode(bytes);
}

bool read_marks(std::string_view text, std::vector<std::uint32_t>* into) {
  const std::optional<std::string> bytes = base64url_decode(text);
  if (!bytes || bytes->size() % 4 != 0) return false;
  for (std::size_t i = 0; i < bytes->size(); i += 4) {
    std::uint32_t mark = 0;
    for (std::size_t j = i; j < i + 4; ++j) {
      mark = mark << 8U | static_cast<unsigned char>((*bytes)[j]);
    }
    into->push_back(mark);
  }
  return true;
}

bool read_number(std::string_view text, int base, std::uint64_t* into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *into, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// The members of one line, each looked for where it must stand: behind the one before.
class Members {
 public:
  explicit Members(std::string_view text) : text_(text) {}
  // The raw value of `name`, if it comes next.
  std::optional<std::string_view> next(std::string_view name) {
    const std::string opening = (at_ == 0 ? "{\"" : ",\"") + std::string(name) + "\":";
    if (text_.substr(at_, opening.size()) != opening) return std::nullopt;
    const std::size_t begin = at_ + opening.size();
    std::size_t end = text_.find(',', begin);
    if (end == std::string_view::npos) end = text_.size();
    at_ = end;
    return text_.substr(begin, end - begin);
  }
  bool number(std::string_view name, std::uint64_t* into) {
    const auto value = next(name);
    return value && read_number(*value, 10, into);
  }
  // Texts of ours have neither commas nor escapes.
  bool text(std::string_view name, std::string_view* into) {
    const auto value = next(name);
    if (!value || value->size() < 2 || value->front() != '"' || value->back() != '"') return false;
    *into = value->substr(1, value->size() - 2);
    return true;
  }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool read_begin(Members& members, SealLine& line) {
  std::string_view salt;
  std::string_view why;
  if (!members.number("from", &line.from) || !members.text("salt", &salt) ||
      !members.text("why", &why) || !read_hash(salt, kSaltBytes, &line.salt)) {
    return false;
  }
  line.why = why;
  line.anew = members.next("anew").has_value();
  std::string_view old_head;
  if (members.text("old_head", &old_head)) line.old_head = old_head;
  return true;
}

bool read_seal(Members& members, SealLine& line) {
  std::string_view head;
  if (!members.number("end", &line.end) || !members.number("lines", &line.lines) ||
      !members.text("head", &head) || !read_hash(head, line.head.size(), &line.head)) {
    return false;
  }
  line.late = members.next("late").has_value();
  std::string_view marks;
  return !members.text("marks", &marks) || read_marks(marks, &line.marks);
}

}  // namespace

std::uint32_t seal_mark(const Sha256& head) {
  return static_cast<std::uint32_t>(head[0]) << 24U | static_cast<std::uint32_t>(head[1]) << 16U |
         static_cast<std::uint32_t>(head[2]) << 8U | head[3];
}

std::string head_text(const Sha256& head) {
  return base64url_encode(as_text(head.data(), head.size()));
}

void add_seal_line(std::string& text, const SealLine& line) {
  constexpr std::size_t kUsualBytes = 256;
  const std::size_t start = text.size();
  text.reserve(start + kUsualBytes);
  const bool begins = line.kind == SealLine::Kind::begin;
  text += begins ? R"({"seal":"begin","file":")" : R"({"seal":"to","file":")";
  add_hex(text, line.file);
  add_number(text, R"(","chain":)", line.chain);
  add_number(text, R"(,"at":)", line.at_ns);
  if (begins) {
    add_number(text, R"(,"from":)", line.from);
    text.append(R"(,"salt":")").append(salt_text(line.salt)).append(R"(","why":)");
    text += quote_json(line.why);
    if (line.anew) text += R"(,"anew":true)";
    if (!line.old_head.empty()) text.append(R"(,"old_head":")").append(line.old_head).append("\"");
  } else {
    add_number(text, R"(,"end":)", line.end);
    add_number(text, R"(,"lines":)", line.lines);
    text.append(R"(,"head":")").append(head_text(line.head)).append("\"");
    if (line.late) text += R"(,"late":true)";
    if (!line.marks.empty())
      text.append(R"(,"marks":")").append(marks_text(line.marks)).append("\"");
  }
  const std::uint64_t check = hash64(std::string_view(text).substr(start));
  text += kCheckBegin;
  add_hex(text, check);
  text.append(kCheckEnd).append("\n");
}

std::string compose_seal_line(const SealLine& line) {
  std::string text;
  add_seal_line(text, line);
  return text;
}

std::optional<SealLine> parse_seal_line(std::string_view text) {
  constexpr std::size_t kTail = kCheckBegin.size() + kCheckDigits + kCheckEnd.size();
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.size() < kTail) return std::nullopt;
  const std::string_view body = text.substr(0, text.size() - kTail);
  const std::string_view tail = text.substr(body.size());
  if (!tail.starts_with(kCheckBegin) || !tail.ends_with(kCheckEnd) ||
      tail.substr(kCheckBegin.size(), kCheckDigits) != hex_number(hash64(body))) {
    return std::nullopt;
  }
  Members members(body);
  SealLine line;
  std::string_view kind;
  std::string_view file;
  std::uint64_t at = 0;
  if (!members.text("seal", &kind) || !members.text("file", &file) ||
      !read_number(file, 16, &line.file) || !members.number("chain", &line.chain) ||
      !members.number("at", &at)) {
    return std::nullopt;
  }
  line.at_ns = static_cast<std::int64_t>(at);
  line.kind = kind == "begin" ? SealLine::Kind::begin : SealLine::Kind::seal;
  const bool fits =
      line.kind == SealLine::Kind::begin ? read_begin(members, line) : read_seal(members, line);
  if (!fits || !members.at_end()) return std::nullopt;
  return line;
}

std::string compose_seal_head(const SealHead& head) {
  return std::string(kHeadBegin) + "." + std::to_string(head.from) + "." +
         std::to_string(head.end) + "." + salt_text(head.salt) + "." + head_text(head.head);
}

Result<SealHead> parse_seal_head(std::string_view text) {
  SealHead head;
  std::vector<std::string_view> parts;
  constexpr std::size_t kParts = 5;
  for (std::size_t dot = 0; dot != std::string_view::npos; text.remove_prefix(dot + 1)) {
    dot = text.find('.');
    parts.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) break;
  }
  if (parts.size() != kParts || parts[0] != kHeadBegin || !read_number(parts[1], 10, &head.from) ||
      !read_number(parts[2], 10, &head.end) || !read_hash(parts[3], kSaltBytes, &head.salt) ||
      !read_hash(parts[4], head.head.size(), &head.head) || head.from > head.end) {
    return Status(Code::invalid,
                  "this is no head of a seal: give what `everturn seal head` printed, \"es1.\" and "
                  "four parts, each behind a dot");
  }
  return head;
}

}  // namespace everturn
