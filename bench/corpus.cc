// SPDX-License-Identifier: Apache-2.0
#include "bench/corpus.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>

namespace everturn::bench {
namespace {

constexpr double kMedianBytes = 310;  // of a text; the tail is log-normal
constexpr double kSpread = 1.35;
constexpr double kMostBytes = 50000;
constexpr std::size_t kVocabulary = 6000;

// The distributions of <random> differ between libraries; these do not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  double fraction() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  bool percent(std::size_t chance) { return below(100) < chance; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - fraction()));
    return radius * std::cos(2 * std::numbers::pi * fraction());
  }
  std::size_t text_bytes() {
    const double bytes = kMedianBytes * std::exp(kSpread * normal());
    return static_cast<std::size_t>(std::clamp(bytes, 4.0, kMostBytes));
  }

 private:
  std::mt19937_64 engine_;
};

std::vector<std::string> make_vocabulary() {
  constexpr std::string_view kOnsets = "bcdfghjklmnprstvwz";
  constexpr std::string_view kVowels = "aeiou";
  Dice dice(7);
  std::vector<std::string> words(kVocabulary);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t syllables = 1 + (i > 60 ? 1 : 0) + dice.below(3);
    for (std::size_t k = 0; k < syllables; ++k) {
      words[i] += kOnsets[dice.below(kOnsets.size())];
      words[i] += kVowels[dice.below(kVowels.size())];
      if (dice.percent(30)) words[i] += kOnsets[dice.below(kOnsets.size())];
    }
  }
  return words;
}

void add_code_point(std::string& text, std::uint32_t point) {
  const auto continuation = [&](int shift) {
    text += static_cast<char>(0x80U | ((point >> shift) & 0x3FU));
  };
  if (point < 0x10000) {
    text += static_cast<char>(0xE0U | (point >> 12));
  } else {
    text += static_cast<char>(0xF0U | (point >> 18));
    continuation(12);
  }
  continuation(6);
  continuation(0);
}

std::string two_digits(std::size_t number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

// Writes one session: a user's question, some rounds of tool call and tool result, an answer.
class Author {
 public:
  explicit Author(std::uint64_t seed) : dice_(seed), words_(make_vocabulary()) {}

  std::string next_line() {
    switch (next_) {
      case Turn::question:
        tool_rounds_ = dice_.percent(40) ? 1 + dice_.below(3) : 0;
        next_ = tool_rounds_ > 0 ? Turn::call : Turn::answer;
        return spoken("user");
      case Turn::call:
        next_ = Turn::result;
        return call();
      case Turn::result:
        next_ = --tool_rounds_ > 0 ? Turn::call : Turn::answer;
        return result();
      case Turn::answer:
        break;
    }
    next_ = Turn::question;
    return spoken("assistant");
  }

 private:
  enum class Turn { question, call, result, answer };

  std::string spoken(std::string_view role) {
    std::string line = R"({"role": ")" + std::string(role) + R"(", "content": ")";
    add_text(line, dice_.text_bytes(), false);
    return line + R"(", "timestamp": ")" + time() + "\"}\n";
  }

  std::string call() {
    call_id_ = "call_" + std::to_string(dice_.below(std::size_t{1} << 52));
    constexpr std::array<std::string_view, 5> kTools = {"read_file", "exec", "web_search",
                                                        "edit_file", "grep"};
    tool_ = kTools[dice_.below(kTools.size())];
    std::string line = R"({"role": "assistant", "content": ")";
    if (dice_.percent(50)) add_prose(line, 80);
    line += R"(", "tool_calls": [{"id": ")" + call_id_ + R"(", "type": "function", )";
    line += R"("function": {"name": ")" + tool_ + R"(", "arguments": "{\"path\": \"src/)" + word();
    line += R"(.py\", \"query\": \")";
    add_prose(line, dice_.text_bytes() / 3);
    line += R"(\"}"}}], "reasoning_content": )";
    if (dice_.percent(35)) {
      line += '"';
      add_prose(line, dice_.text_bytes());
      line += '"';
    } else {
      line += "null";
    }
    return line + R"(, "timestamp": ")" + time() + "\"}\n";
  }

  std::string result() {
    std::string line = R"({"role": "tool", "tool_call_id": ")" + call_id_ + R"(", "name": ")" +
                       tool_ + R"(", "content": ")";
    add_text(line, dice_.text_bytes() * 2, true);
    return line + R"(", "timestamp": ")" + time() + "\"}\n";
  }

  // Common words are drawn more often.
  const std::string& word() {
    const double u = dice_.fraction();
    return words_[static_cast<std::size_t>(u * u * u * static_cast<double>(words_.size()))];
  }

  void add_text(std::string& line, std::size_t bytes, bool of_a_tool) {
    const std::size_t kind = dice_.below(100);
    if (kind < 12) return add_chinese(line, bytes);
    if (kind < 20) return add_emoji(line, bytes);
    if (kind < (of_a_tool ? 75U : 35U)) return add_code(line, bytes);
    add_prose(line, bytes);
  }

  void add_prose(std::string& line, std::size_t bytes) {
    const std::size_t end = line.size() + bytes;
    for (std::size_t i = 1; line.size() < end; ++i) {
      line += word();
      line += i % 14 != 0 ? " " : dice_.percent(75) ? ". " : ".\\n\\n";
    }
  }

  void add_code(std::string& line, std::size_t bytes) {
    const std::size_t end = line.size() + bytes;
    while (line.size() < end) {
      line.append(4 * dice_.below(4), ' ');
      if (dice_.percent(50)) {
        line += "if " + word() + " == \\\"" + word() + "\\\":\\n";
      } else {
        line += word() + "." + word() + "(" + std::to_string(dice_.below(100000)) + ")\\n";
      }
    }
  }

  void add_chinese(std::string& line, std::size_t bytes) {
    const std::size_t end = line.size() + bytes;
    for (std::size_t i = 1; line.size() < end; ++i) {
      add_code_point(line, 0x4E00 + static_cast<std::uint32_t>(dice_.below(3000)));
      if (i % 20 == 0) add_code_point(line, 0x3002);
    }
  }

  void add_emoji(std::string& line, std::size_t bytes) {
    const std::size_t end = line.size() + bytes;
    while (line.size() < end) {
      add_prose(line, 24);
      add_code_point(line, 0x1F600 + static_cast<std::uint32_t>(dice_.below(64)));
    }
  }

  std::string time() {
    seconds_ += 1 + dice_.below(20);
    const std::size_t day = seconds_ / 86400;
    return "2026-" + two_digits(1 + day / 28 % 12) + "-" + two_digits(1 + day % 28) + "T" +
           two_digits(seconds_ / 3600 % 24) + ":" + two_digits(seconds_ / 60 % 60) + ":" +
           two_digits(seconds_ % 60) + "." + std::to_string(100000 + dice_.below(900000));
  }

  Dice dice_;
  std::vector<std::string> words_;
  Turn next_ = Turn::question;
  std::size_t tool_rounds_ = 0;
  std::size_t seconds_ = 0;
  std::string call_id_;
  std::string tool_;
};

}  // namespace

Corpus::Corpus(std::uint64_t seed, std::size_t count) {
  Author author(seed);
  lines_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) lines_.push_back(author.next_line());
}

std::vector<std::string_view> Corpus::records(std::size_t first, std::size_t count) const {
  std::vector<std::string_view> records(count);
  for (std::size_t i = 0; i < count; ++i) records[i] = record(first + i);
  return records;
}

double Corpus::mean_bytes() const {
  std::size_t bytes = 0;
  for (const std::string& line : lines_) bytes += line.size();
  return static_cast<double>(bytes) / static_cast<double>(lines_.size());
}

}  // namespace everturn::bench
