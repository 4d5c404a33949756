// SPDX-License-Identifier: Apache-2.0
// Files made to cost a scanner more than linear time. Doubling the size may double the time, and a
// large one takes seconds at most; EVERTURN_LARGE_MIB tells how large.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

#include "journal/scan.h"

namespace everturn {
namespace {

struct Evil {
  std::string_view name;
  std::string_view head;
  std::string_view unit;
};

constexpr Evil kEvil[] = {
    {"braces", "", "{"},
    {"closing braces", "", "}"},
    {"quotes", "", "\""},
    {"brackets", "", "["},
    {"backslashes", "{\"a\":\"", "\\"},
    {"NUL", "", std::string_view("\0", 1)},
    {"objects and NUL", "", std::string_view("{}\0", 3)},
    {"text", "", "x"},
    {"an open string", "{\"a\":\"", "x"},
    {"empty objects glued", "", "{}"},
    {"empty objects with a stray byte", "", "{}x"},
    {"objects with a comma", "", "{\"a\":1},"},
    {"nested", "", "{\"a\":"},
    {"nested arrays in an object", "{\"a\":", "["},
    {"torn and glued", "", "{\"role\":\"us"},
    {"torn names", "", "{\"a"},
    {"braces in strings", "", "\"{\""},
    {"candidates", "x", " {\"a\":1} x"},
    {"candidates that fail late", "x", "{\"a\":\""},
    {"nested candidates", "x", "{\"a\":{\"a\":1},"},
    {"bad UTF-8 in a string", "{\"a\":\"", "\xFF"},
    {"bad UTF-8", "", "\xE2\x82"},
    {"NaN", "", "{\"a\":NaN}"},
    {"byte order marks", "", "\xEF\xBB\xBF"},
    {"byte order marks and objects", "", "{}\xEF\xBB\xBF"},
    {"CR", "", "\r"},
    {"blanks and a brace", "", "{                "},
    {"lines of braces", "", "{\n"},
    {"lines of quotes", "", "\"\n"},
    {"empty lines", "", "\n"},
    {"equal records", "", "{\"a\":1}\n"},
};

struct Counter : ScanSink {
  bool on_record(const ScannedRecord& record) override {
    bytes += record.length;
    return true;
  }
  bool on_damage(Damage damage) override {
    bytes += damage.length;
    return true;
  }
  std::uint64_t bytes = 0;
};

std::string evil_file(const Evil& evil, std::size_t size) {
  std::string file(evil.head);
  file.reserve(size + kJsonPadding + evil.unit.size());
  while (file.size() < size) file += evil.unit;
  return file;
}

// Seconds of this process: others may be busy.
double seconds_to_scan(const Evil& evil, std::size_t size) {
  const std::string file = evil_file(evil, size) + "\n" + std::string(kJsonPadding, '\0');
  const std::string_view bytes = std::string_view(file).substr(0, file.size() - kJsonPadding);
  const std::clock_t start = std::clock();
  Counter counter;
  Scanner scanner({false, true}, counter);
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    scanner.line(begin, bytes.substr(begin, end - begin), true);
    begin = end + 1;
  }
  scanner.finish();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

class EvilFile : public ::testing::TestWithParam<Evil> {};

TEST_P(EvilFile, IsScannedInLinearTime) {
  constexpr std::size_t kSmall = std::size_t{1} << 20;
  const char* large = std::getenv("EVERTURN_LARGE_MIB");
  const std::size_t factor = large == nullptr ? 8 : std::strtoull(large, nullptr, 10);
  const double small_seconds = std::max(seconds_to_scan(GetParam(), kSmall), 0.005);
  const double large_seconds = seconds_to_scan(GetParam(), kSmall * factor);
  std::printf("  %s: %.1f MiB/s, %.2f s\n", std::string(GetParam().name).c_str(),
              static_cast<double>(factor) / std::max(large_seconds, 0.000001), large_seconds);
  // Quadratic work would be `factor` times as much again.
  EXPECT_LE(large_seconds, small_seconds * static_cast<double>(factor) * 3);
}

INSTANTIATE_TEST_SUITE_P(Files, EvilFile, ::testing::ValuesIn(kEvil), [](const auto& one) {
  std::string name(one.param.name);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
  return name;
});

}  // namespace
}  // namespace everturn
