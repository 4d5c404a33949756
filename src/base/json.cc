// SPDX-License-Identifier: Apache-2.0
// The grammar of RFC 8259 as a loop over tokens, and simdjson in front of it. The members of an
// object, strings and numbers are in json_members.cc.
#include "base/json.h"

#include <simdjson.h>

#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace everturn {
namespace {

constexpr std::size_t kMaxFastBytes = std::size_t{1} << 20;
static_assert(kJsonPadding >= simdjson::SIMDJSON_PADDING);

// A parser that a thread keeps for the next JsonChecker has no more memory than for such a text: 14
// times as much.
constexpr std::size_t kSpareBytesMax = std::size_t{128} << 10;

constexpr int kEnd = -1;  // what peek() sees behind the last byte

constexpr std::array<bool, 256> kPlainInString = [] {
  std::array<bool, 256> plain{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte) plain[byte] = true;
  plain['"'] = false;
  plain['\\'] = false;
  return plain;
}();

bool is_digit(int byte) { return byte >= '0' && byte <= '9'; }
bool is_hex_digit(int byte) {
  return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

// The open containers, true for an object: one bit a level, of most texts in one word.
class Containers {
 public:
  [[nodiscard]] bool empty() const { return depth_ == 0; }
  [[nodiscard]] bool top() const { return (word_ & 1U) != 0; }
  void push(bool is_object) {
    if (depth_ % kBits == 0 && depth_ > 0) outer_.push_back(word_);
    word_ = word_ << 1U | (is_object ? 1U : 0U);
    ++depth_;
  }
  void pop() {
    word_ >>= 1U;
    if (--depth_ % kBits != 0 || depth_ == 0) return;
    word_ = outer_.back();
    outer_.pop_back();
  }

 private:
  static constexpr std::size_t kBits = 64;
  std::size_t depth_ = 0;
  std::uint64_t word_ = 0;  // the innermost levels
  std::vector<std::uint64_t> outer_;
};

// Reads one object from the front of a text. Every function that returns bool stands, when it
// returns false, on the first byte that cannot go on what came before; fault_ says so.
class Grammar {
 public:
  // With `tolerated`, takes what it lists, and tells.
  explicit Grammar(std::string_view text, JsonTolerance* tolerated = nullptr)
      : text_(text), tolerated_(tolerated) {}

  bool object() {
    skip_space();
    if (peek() != '{') return refuse("not a JSON object");
    open(Container::object);
    while (!containers_.empty()) {
      skip_space();
      if (!token()) return false;
    }
    return true;
  }

  // What may stand behind the object when it is the only one.
  bool end() {
    skip_space();
    return peek() == kEnd || refuse("more behind the JSON object");
  }

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] const JsonFault& fault() const { return fault_; }

 private:
  enum class Container : bool { array = false, object = true };
  enum class Next { value, value_or_end, name, name_or_end, comma_or_end };

  [[nodiscard]] int peek() const {
    return position_ < text_.size() ? static_cast<unsigned char>(text_[position_]) : kEnd;
  }

  bool refuse(std::string_view reason) {
    const bool at_end = position_ == text_.size();
    fault_ = {position_, at_end ? "ends too early" : reason, at_end};
    return false;
  }

  void skip_space() {
    int byte = peek();
    while (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t') {
      ++position_;
      byte = peek();
    }
  }

  void open(Container container) {
    ++position_;
    containers_.push(container == Container::object);
    next_ = container == Container::object ? Next::name_or_end : Next::value_or_end;
  }

  bool close() {
    ++position_;
    containers_.pop();
    next_ = Next::comma_or_end;
    return true;
  }

  // One step: a bracket, a comma, a name with its colon, or a value that holds no others.
  bool token() {
    const int byte = peek();
    switch (next_) {
      case Next::name_or_end:
        if (byte == '}') return close();
        [[fallthrough]];
      case Next::name:
        return name();
      case Next::value_or_end:
        if (byte == ']') return close();
        [[fallthrough]];
      case Next::value:
        return value();
      case Next::comma_or_end:
        break;
    }
    const bool in_object = containers_.top();
    if (byte == (in_object ? '}' : ']')) return close();
    if (byte != ',') return refuse(in_object ? "expected , or }" : "expected , or ]");
    ++position_;
    next_ = in_object ? Next::name : Next::value;
    return true;
  }

  bool name() {
    if (peek() != '"') return refuse("expected a name in quotes");
    if (!string()) return false;
    skip_space();
    if (peek() != ':') return refuse("expected : behind a name");
    ++position_;
    next_ = Next::value;
    return true;
  }

  bool value() {
    next_ = Next::comma_or_end;  // unless a bracket opens
    switch (peek()) {
      case '{':
        open(Container::object);
        return true;
      case '[':
        open(Container::array);
        return true;
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      case 'N':
        return tolerated_ != nullptr ? nonfinite("NaN") : number();
      case 'I':
        return tolerated_ != nullptr ? nonfinite("Infinity") : number();
      default:
        return number();
    }
  }

  bool nonfinite(std::string_view word) {
    tolerated_->nonfinite = true;
    return literal(word);
  }

  bool literal(std::string_view word) {
    for (const char letter : word) {
      if (peek() != letter) return refuse("no such word: only true, false and null");
      ++position_;
    }
    return true;
  }

  bool number() {
    if (peek() == '-') {
      ++position_;
      if (peek() == 'I' && tolerated_ != nullptr) return nonfinite("Infinity");
    } else if (!is_digit(peek())) {
      return refuse("expected a value");
    }
    if (peek() == '0') {
      ++position_;  // nothing but a fraction or an exponent may follow
    } else if (!digits()) {
      return false;
    }
    if (peek() == '.') {
      ++position_;
      if (!digits()) return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++position_;
      if (peek() == '+' || peek() == '-') ++position_;
      if (!digits()) return false;
    }
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return refuse("expected a digit");
    while (is_digit(peek())) ++position_;
    return true;
  }

  bool string() {
    ++position_;
    while (true) {
      skip_plain();
      const int byte = peek();
      if (byte == '"') break;
      if (byte == '\\') {
        if (!escape()) return false;
      } else if (byte < 0x20) {
        if (!tolerate_control(byte)) return refuse("a control character in a string");
      } else if (!character()) {
        return false;
      }
    }
    ++position_;
    return true;
  }

  bool tolerate_control(int byte) {
    if (tolerated_ == nullptr || byte <= 0) return false;
    tolerated_->bad_text = true;
    ++position_;
    return true;
  }

  void skip_plain() {
    std::size_t position = position_;
    while (position < text_.size() && kPlainInString[static_cast<unsigned char>(text_[position])]) {
      ++position;
    }
    position_ = position;
  }

  bool escape() {
    ++position_;
    const int kind = peek();
    constexpr std::string_view kKinds = "\"\\/bfnrtu";
    if (kind == kEnd || kKinds.find(static_cast<char>(kind)) == std::string_view::npos) {
      return refuse("no such escape in a string");
    }
    ++position_;
    if (kind != 'u') return true;
    for (int digit = 0; digit < 4; ++digit) {
      if (!is_hex_digit(peek())) return refuse("expected four hexadecimal digits behind \\u");
      ++position_;
    }
    return true;
  }

  bool character() {
    const Utf8Step step = utf8_step(text_.substr(position_));
    position_ += step.length;
    if (step.whole) return true;
    if (tolerated_ == nullptr) return refuse("a string is not UTF-8");
    tolerated_->bad_text = true;
    if (step.length == 0) ++position_;
    return true;
  }

  std::string_view text_;
  JsonTolerance* tolerated_;
  std::size_t position_ = 0;
  Next next_ = Next::value;
  Containers containers_;
  JsonFault fault_;
};

}  // namespace

std::optional<std::size_t> parse_json_object(std::string_view text, JsonFault* fault) {
  Grammar grammar(text);
  if (grammar.object()) return grammar.position();
  *fault = grammar.fault();
  return std::nullopt;
}

std::optional<std::size_t> parse_json_object_tolerantly(std::string_view text, JsonFault* fault,
                                                        JsonTolerance* tolerated) {
  Grammar grammar(text, tolerated);
  if (grammar.object()) return grammar.position();
  *fault = grammar.fault();
  return std::nullopt;
}

std::string mend_json_text(std::string_view object) {
  std::string mended = replace_invalid_utf8(object);  // outside of strings there is only ASCII
  std::string text;
  bool in_string = false;
  for (std::size_t i = 0; i < mended.size(); ++i) {
    const char byte = mended[i];
    if (byte == '"') in_string = !in_string;
    if (in_string && static_cast<unsigned char>(byte) < 0x20) {
      append_utf8(text, 0xFFFD);
      continue;
    }
    text += byte;
    if (in_string && byte == '\\' && i + 1 < mended.size()) text += mended[++i];
  }
  return text;
}

bool is_json_object_by_grammar(std::string_view text, JsonFault* fault) {
  Grammar grammar(text);
  if (grammar.object() && grammar.end()) return true;
  *fault = grammar.fault();
  return false;
}

struct JsonChecker::Parser {
  simdjson::dom::parser parser{kMaxFastBytes};

  // True if there is memory for a text of that size. Grows by doubling: simdjson itself would
  // allocate anew for each line a little longer than the longest before. A parser that got only a
  // part of its memory says that it can and then does not stand parsing: it is given up.
  bool make_room(std::size_t size) {
    if (size <= parser.capacity()) return true;
    const std::size_t capacity = std::bit_ceil(size);
    const bool has_room = parser.doc.allocate(capacity) == simdjson::SUCCESS &&
                          parser.allocate(capacity) == simdjson::SUCCESS;
    if (!has_room) parser = simdjson::dom::parser(kMaxFastBytes);
    return has_room;
  }
};

// Each reading has a checker, and fresh memory costs more than looking at the records of a short
// session: so each thread keeps one parser for the next. A checker may outlive the spare, in a
// static object or at the end of a thread; `gone` has no destructor and can be asked then.
struct JsonChecker::Spare {
  std::unique_ptr<Parser> parser;
  ~Spare() { gone = true; }

  static thread_local bool gone;
  static thread_local Spare of_thread;
};
thread_local bool JsonChecker::Spare::gone = false;
thread_local JsonChecker::Spare JsonChecker::Spare::of_thread;

JsonChecker::JsonChecker() {
  if (!Spare::gone) parser_ = std::move(Spare::of_thread.parser);
  if (parser_ == nullptr) parser_ = std::make_unique<Parser>();
}

JsonChecker::~JsonChecker() {
  if (parser_ == nullptr || parser_->parser.capacity() > kSpareBytesMax || Spare::gone) return;
  Spare::of_thread.parser = std::move(parser_);
}

JsonChecker::JsonChecker(JsonChecker&&) noexcept = default;
JsonChecker& JsonChecker::operator=(JsonChecker&&) noexcept = default;

bool JsonChecker::is_object(std::string_view text) {
  const bool is_for_simdjson = !text.empty() && text.size() <= kMaxFastBytes;
  if (is_for_simdjson && parser_->make_room(text.size())) {
    constexpr bool kCopyForPadding = false;
    const auto root = parser_->parser.parse(text.data(), text.size(), kCopyForPadding);
    if (root.error() == simdjson::SUCCESS && root.is_object()) return true;
  }
  return is_json_object_by_grammar(text, &fault_);
}

}  // namespace everturn
