// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/tally_text.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace everturn::lab {
namespace {

constexpr const char* kEnd = "end";

using Number = std::pair<const char*, std::uint64_t Tally::*>;
constexpr std::array<Number, 9> kNumbers = {{{"kills", &Tally::kills},
                                             {"faults", &Tally::faults},
                                             {"simulated", &Tally::simulated},
                                             {"mounted", &Tally::mounted},
                                             {"acknowledged", &Tally::acknowledged},
                                             {"lost", &Tally::lost},
                                             {"unreadable", &Tally::unreadable},
                                             {"unaccounted", &Tally::unaccounted_bytes},
                                             {"first_seed", &Tally::first_seed}}};
using Text = std::pair<const char*, std::string Tally::*>;
constexpr std::array<Text, 3> kTexts = {{{"skipped", &Tally::skipped},
                                         {"first_failure", &Tally::first_failure},
                                         {"first_case", &Tally::first_case}}};

std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string to_text(const Tally& tally) {
  std::ostringstream text;
  for (const auto& [name, number] : kNumbers) text << name << ' ' << tally.*number << '\n';
  for (const auto& [name, value] : kTexts) {
    text << name << ' ' << on_one_line(tally.*value) << '\n';
  }
  for (const std::string& note : tally.notes) text << "note " << on_one_line(note) << '\n';
  for (const Row& row : tally.rows()) {
    text << "row " << row.states << ' ' << row.broken << ' ' << row.name << '\n';
  }
  text << "seconds " << tally.seconds << "\nwants_losses " << tally.wants_losses << '\n';
  text << kEnd << '\n';
  return text.str();
}

Tally parse_tally(const std::string& text) {
  Tally tally;
  bool has_end = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    for (const auto& [known, number] : kNumbers) {
      if (name == known) words >> tally.*number;
    }
    const auto rest = [&] {
      std::string value;
      std::getline(words >> std::ws, value);
      return value;
    };
    for (const auto& [known, value] : kTexts) {
      if (name == known) tally.*value = rest();
    }
    if (name == "note") tally.notes.push_back(rest());
    if (name == "seconds") words >> tally.seconds;
    if (name == "wants_losses") words >> tally.wants_losses;
    Row row;
    if (name == "row" && words >> row.states >> row.broken) {
      tally.count(rest(), row.states, row.broken);
    }
    has_end = has_end || name == kEnd;
  }
  if (!has_end) tally.first_failure = "the lab itself failed: a campaign's process ended too early";
  return tally;
}

}  // namespace everturn::lab
