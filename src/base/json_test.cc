// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_property.h"

namespace everturn {
namespace {

// The checker's verdict and the grammar's, which must agree.
bool is_object(std::string_view text, JsonFault* fault = nullptr) {
  static JsonChecker checker;
  std::string padded(text);
  padded.append(kJsonPadding, '"');
  JsonFault by_grammar;
  const bool verdict = is_json_object_by_grammar(text, &by_grammar);
  EXPECT_EQ(checker.is_object(std::string_view(padded).substr(0, text.size())), verdict) << text;
  if (fault != nullptr) *fault = by_grammar;
  return verdict;
}

std::string nested(std::size_t depth) {
  std::string text;
  for (std::size_t level = 0; level < depth; ++level) text += level % 2 == 0 ? "{\"a\":" : "[";
  text += '1';
  for (std::size_t level = depth; level > 0; --level) text += level % 2 == 0 ? ']' : '}';
  return text;
}

const std::vector<std::string_view>& objects() {
  static const std::vector<std::string_view> texts = {
      "{}",
      " \t\r\n{ } \n",
      R"({"a":1})",
      R"({"a":[]})",
      R"({"a":[1,"two",null,true,false,{}]})",
      R"({"a":-0,"b":-1.5e-10,"c":1E+2,"d":0.0,"e":1.10})",
      R"({"":"", "\u0000":"\"\\\/\b\f\n\r\t\u00e9"})",
      R"({"a":1,"a":2,"a":"three"})",
      "{\"a\":\"\x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf\"}",
      R"({"role":"tool","content":"a \"quoted\" {brace} [bracket], \ud83d\ude00"})",
      R"({"a":"\ud800"})",
      R"({"a":"\udc00\ud800 \ud800\u0041"})",
      R"({"a":18446744073709551615,"b":18446744073709551616,"c":-9223372036854775809})",
      R"({"a":1e999,"b":-1e999,"c":1e-999})",
      R"({"a":123456789012345678901234567890123456789012345678901234567890})",
  };
  return texts;
}

struct Refused {
  std::string_view text;
  std::size_t offset;
  std::string_view reason;
};

TEST(Json, ObjectsByTheGrammarAreObjects) {
  for (const std::string_view text : objects()) EXPECT_TRUE(is_object(text)) << text;
}

TEST(Json, FaultsAreFoundAtTheFirstByteThatDoesNotFit) {
  const std::vector<Refused> cases = {
      {"[]", 0, "not a JSON object"},
      {" 1", 1, "not a JSON object"},
      {"\xef\xbb\xbf{}", 0, "not a JSON object"},
      {"{a:1}", 1, "expected a name in quotes"},
      {R"({"a":1,})", 7, "expected a name in quotes"},
      {R"({,})", 1, "expected a name in quotes"},
      {R"({"a" 1})", 5, "expected : behind a name"},
      {R"({"a":})", 5, "expected a value"},
      {R"({"a":[1,]})", 8, "expected a value"},
      {R"({"a":+1})", 5, "expected a value"},
      {R"({"a":.5})", 5, "expected a value"},
      {R"({"a":NaN})", 5, "expected a value"},
      {R"({"a":'b'})", 5, "expected a value"},
      {R"({"a":01})", 6, "expected , or }"},
      {R"({"a":1 "b":2})", 7, "expected , or }"},
      {R"({"a":[1 2]})", 8, "expected , or ]"},
      {R"({"a":[1}})", 7, "expected , or ]"},
      {R"({"a":1])", 6, "expected , or }"},
      {R"({"a":0x1})", 6, "expected , or }"},
      {R"({"a":-})", 6, "expected a digit"},
      {R"({"a":1.})", 7, "expected a digit"},
      {R"({"a":1e})", 7, "expected a digit"},
      {R"({"a":1e+})", 8, "expected a digit"},
      {R"({"a":nul})", 8, "no such word: only true, false and null"},
      {R"({"a":True})", 5, "expected a value"},
      {R"({"a":truex})", 9, "expected , or }"},
      {R"({"a":"\x"})", 7, "no such escape in a string"},
      {R"({"a":"\u12G4"})", 10, "expected four hexadecimal digits behind \\u"},
      {"{\"a\":\"\n\"}", 6, "a control character in a string"},
      {std::string_view("{\"a\":\"\0\"}", 9), 6, "a control character in a string"},
      {"{\"a\f\":1}", 3, "a control character in a string"},
      {"{\f}", 1, "expected a name in quotes"},
      {"{\"a\":\"\xff\"}", 6, "a string is not UTF-8"},
      {"{\"a\":\"\x80\"}", 6, "a string is not UTF-8"},
      {"{\"a\":\"\xc0\xaf\"}", 6, "a string is not UTF-8"},
      {"{\"a\":\"\xe2\x82\"}", 8, "a string is not UTF-8"},
      {"{\"a\":\"\xe0\x80\xaf\"}", 7, "a string is not UTF-8"},
      {"{\"a\":\"\xed\xa0\x80\"}", 7, "a string is not UTF-8"},
      {"{\"a\":\"\xf4\x90\x80\x80\"}", 7, "a string is not UTF-8"},
      {R"({"a":1}{"b":2})", 7, "more behind the JSON object"},
      {R"({"a":1}})", 7, "more behind the JSON object"},
  };
  for (const Refused& each : cases) {
    JsonFault fault;
    EXPECT_FALSE(is_object(each.text, &fault)) << each.text;
    EXPECT_EQ(fault.offset, each.offset) << each.text;
    EXPECT_EQ(fault.reason, each.reason) << each.text;
    EXPECT_FALSE(fault.at_end) << each.text;
  }
}

TEST(Json, AProperPrefixOfAnObjectEndsTooEarly) {
  for (std::string_view text : objects()) {
    text = text.substr(0, text.rfind('}') + 1);
    for (std::size_t length = 0; length < text.size(); ++length) {
      JsonFault fault;
      EXPECT_FALSE(is_object(text.substr(0, length), &fault)) << text.substr(0, length);
      EXPECT_TRUE(fault.at_end) << text.substr(0, length);
      EXPECT_EQ(fault.offset, length);
      EXPECT_EQ(fault.reason, "ends too early");
    }
  }
}

TEST(Json, TheFirstOfTwoObjectsIsParsedAlone) {
  JsonFault fault;
  EXPECT_EQ(parse_json_object(R"({"a":1}{"b":2})", &fault), 7U);
  EXPECT_EQ(parse_json_object("\n {\"a\":1} \n", &fault), 9U);
  EXPECT_EQ(parse_json_object("{\"a\":1}\xff", &fault), 7U);
  EXPECT_EQ(parse_json_object("1", &fault), std::nullopt);
}

TEST(Json, NestingMayBeAsDeepAsItLikes) {
  for (const std::size_t depth : {1023U, 1024U, 1025U, 2'000U, 1'000'000U}) {
    const std::string text = nested(depth);
    EXPECT_TRUE(is_object(text)) << depth;
    EXPECT_FALSE(is_object(text.substr(0, text.size() - 1))) << depth;
  }
}

TEST(Json, LinesAboveAndBelowTheFastLimitAreJudgedAlike) {
  for (const std::size_t length : {100U, 10'000U, (1U << 20) - 9, (1U << 20) - 8, 3U << 20}) {
    const std::string body(length, 'x');
    EXPECT_TRUE(is_object("{\"a\":\"" + body + "\"}")) << length;
    EXPECT_FALSE(is_object("{\"a\":\"" + body + "\"")) << length;
    EXPECT_FALSE(is_object("{\"a\":\"" + body + "\n\"}")) << length;
  }
}

// A page that may be read, and one behind it that may not: reading too far kills the test.
class GuardedPage {
 public:
  GuardedPage() {
    EXPECT_NE(static_cast<void*>(pages_), MAP_FAILED);
    EXPECT_EQ(mprotect(pages_ + size_, size_, PROT_NONE), 0);
  }
  ~GuardedPage() { munmap(pages_, 2 * size_); }
  GuardedPage(const GuardedPage&) = delete;
  GuardedPage& operator=(const GuardedPage&) = delete;

  // The text with nothing but its padding behind it.
  std::string_view place(std::string_view text) {
    char* const begin = pages_ + size_ - kJsonPadding - text.size();
    std::copy(text.begin(), text.end(), begin);
    return {begin, text.size()};
  }

 private:
  std::size_t size_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  char* pages_ = static_cast<char*>(
      mmap(nullptr, 2 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
};

TEST(Json, TheCheckerReadsNoFurtherThanThePadding) {
  GuardedPage page;
  JsonChecker checker;
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string body(length, 'x');
    EXPECT_TRUE(checker.is_object(page.place("{\"a\":\"" + body + "\"}")));
    EXPECT_FALSE(checker.is_object(page.place("{\"a\":\"" + body)));
    EXPECT_FALSE(checker.is_object(page.place("{\"a\":1" + std::string(length, '2'))));
  }
}

TEST(Json, TheCheckerKeepsTheFaultOfTheLastRefusal) {
  const std::string padding(kJsonPadding, ' ');
  const std::string bad = "{1}" + padding;
  const std::string good = "{}" + padding;
  JsonChecker checker;
  EXPECT_FALSE(checker.is_object(std::string_view(bad).substr(0, 3)));
  JsonChecker moved = std::move(checker);
  EXPECT_TRUE(moved.is_object(std::string_view(good).substr(0, 2)));
  EXPECT_EQ(moved.fault().offset, 1U);
}

// Small changes to texts of every kind: the places where two parsers might differ.
class Mutator {
 public:
  std::string next() {
    std::string text(pick(objects()));
    const std::size_t changes = 1 + below(4);
    for (std::size_t change = 0; change < changes; ++change) mutate(text);
    return text;
  }

  char byte() {
    static constexpr std::string_view kBytes("{}[]:,\"\\/ntfu0123456789.eE+- \n\t\r\f\0\x1f\x7f",
                                             36);
    return below(4) == 0 ? static_cast<char>(below(256)) : kBytes[below(kBytes.size())];
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  template <class List>
  std::string_view pick(const List& list) {
    return list[below(list.size())];
  }

  void mutate(std::string& text) {
    static constexpr std::array<std::string_view, 24> kTokens = {"\\ud800",
                                                                 "\\udc00",
                                                                 "\\uD83D\\uDE00",
                                                                 "\\u",
                                                                 "1e999",
                                                                 "-0",
                                                                 "99999999999999999999",
                                                                 "null",
                                                                 "true",
                                                                 "false",
                                                                 "\"",
                                                                 "\"a\"",
                                                                 "[]",
                                                                 "{}",
                                                                 "{\"a\":",
                                                                 "\xc3\xa9",
                                                                 "\xed\xa0\x80",
                                                                 "\xe2\x82",
                                                                 "\xf0\x9f\x98\x80",
                                                                 "\xc0\x80",
                                                                 "\xef\xbb\xbf",
                                                                 "0.1e-5",
                                                                 ",\"a\":",
                                                                 "}{"};
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        text.insert(at, 1, byte());
        break;
      case 1:
        text.insert(at, pick(kTokens));
        break;
      case 2:
        text.erase(at, 1 + below(3));
        break;
      case 3:
        if (at < text.size()) text[at] = byte();
        break;
      default:
        text.insert(at, text.substr(below(text.size() + 1), 1 + below(8)));
    }
  }

  std::mt19937_64 random_{20260820};
};

TEST(Json, NoMutationBreaksTheProperty) {
  Mutator mutator;
  JsonProperty property;
  std::size_t accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    const std::string text = mutator.next();
    ASSERT_EQ(property.complaint(text, mutator.byte()), "") << testing::PrintToString(text);
    JsonFault fault;
    if (is_json_object_by_grammar(text, &fault)) ++accepted;
  }
  EXPECT_GT(accepted, 20'000U);  // else the mutations are too coarse to say anything
}

}  // namespace
}  // namespace everturn
