// SPDX-License-Identifier: Apache-2.0
// Is it JSON, and which members has it? Bytes are looked at, never rewritten: a record stays as its
// writer wrote it. All functions are pure and may be called from any thread, JsonChecker apart.
#ifndef EVERTURN_BASE_JSON_H_
#define EVERTURN_BASE_JSON_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace everturn {

// Where and why bytes are not a JSON value.
struct JsonFault {
  std::size_t offset = 0;   // of the first byte that does not fit
  std::string_view reason;  // a constant, for messages
  bool at_end = false;      // the input ended too early: more bytes could have made it valid
};

// Parses one JSON object at the start of `text`, white space before it allowed, by the grammar of
// RFC 8259. Not recursive: one bit of memory a nesting level, any depth. Strings must be valid
// UTF-8 without raw control characters. Lone surrogate escapes, numbers of any size and duplicate
// names are legal. Returns the offset just past the closing brace, else nullopt and *fault.
std::optional<std::size_t> parse_json_object(std::string_view text, JsonFault* fault);

// True if `text` is exactly one JSON object, white space around it allowed; else false and *fault.
bool is_json_object_by_grammar(std::string_view text, JsonFault* fault);

// What parse_json_object_tolerantly let pass beyond RFC 8259.
struct JsonTolerance {
  bool nonfinite = false;  // NaN, Infinity or -Infinity as a value, as Python writes them
  bool bad_text = false;   // in a string: bytes that are not UTF-8, or raw control characters
};

// As parse_json_object, but takes those; NUL it never takes. Like a JSON object, what it takes has
// no proper prefix that it takes.
std::optional<std::size_t> parse_json_object_tolerantly(std::string_view text, JsonFault* fault,
                                                        JsonTolerance* tolerated);

// `object`, which parse_json_object_tolerantly took, with U+FFFD in place of its bad text: of each
// control character in a string and each maximal bad part of invalid UTF-8.
std::string mend_json_text(std::string_view object);

// How many bytes behind a text JsonChecker may read; their content does not matter.
inline constexpr std::size_t kJsonPadding = 64;

// The same verdict as is_json_object_by_grammar, many times faster: simdjson first, the grammar for
// what simdjson refuses and for lines above 1 MiB, whose tree would take 12 times their memory.
// One thread at a time. Keeps its memory (up to about 20 MiB after long lines) until destroyed;
// then the thread keeps up to 2 MiB of it for its next checker.
class JsonChecker {
 public:
  JsonChecker();
  ~JsonChecker();
  JsonChecker(JsonChecker&&) noexcept;
  JsonChecker& operator=(JsonChecker&&) noexcept;

  // True if `text` is exactly one JSON object, white space around it allowed.
  // kJsonPadding bytes behind `text` must be readable.
  bool is_object(std::string_view text);
  // Why the last call of is_object said no. Stays as it was while is_object says yes.
  [[nodiscard]] const JsonFault& fault() const { return fault_; }

 private:
  struct Parser;  // keeps simdjson out of this header
  struct Spare;
  std::unique_ptr<Parser> parser_;
  JsonFault fault_;
};

// Visits the members of `object`, which must be a valid JSON object (white space around it
// allowed), at its top level, in order: the raw name, between its quotes and with its escapes, and
// the raw value, as they stand. `visit` returns false to stop. Given something else than a valid
// object it visits anything or nothing, but reads only within `object` and returns.
void for_each_member(
    std::string_view object,
    const std::function<bool(std::string_view raw_name, std::string_view raw_value)>& visit);

// The raw value of the member called `name`, or nullopt. Names are compared after resolving
// escapes. The last one of that name wins, as in Python and JavaScript.
std::optional<std::string_view> find_member(std::string_view object, std::string_view name);

// The text of a raw value that is a string, its quotes included; nullopt if it is not a string.
// The answer is valid UTF-8: lone surrogates become U+FFFD.
std::optional<std::string> decode_json_string(std::string_view raw_value);

// The number of a raw value that is an integer in 64 bits, without fraction and exponent.
std::optional<std::int64_t> decode_json_integer(std::string_view raw_value);

// The value of a member that is a string, or an integer in 64 bits; "" and 0 for anything else.
std::string text_member(std::string_view object, std::string_view name);
std::int64_t integer_member(std::string_view object, std::string_view name);

// `text` as a JSON string with its quotes. Control characters, quote and backslash are escaped,
// other UTF-8 stays as it is, each maximal bad part of invalid UTF-8 becomes U+FFFD.
std::string quote_json(std::string_view text);

// `object` with the members of `changes` (a JSON object too) in place of its own of the same name
// or added behind them; a change to null removes the member. Other members keep their bytes and
// order. Of members with the same name in `object` one remains after a change.
std::string merge_json_members(std::string_view object, std::string_view changes);

}  // namespace everturn

#endif  // EVERTURN_BASE_JSON_H_
