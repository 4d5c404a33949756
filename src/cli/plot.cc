// SPDX-License-Identifier: Apache-2.0
#include "cli/plot.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>

namespace everturn::cli {
namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::size_t kBarsMax = 36;

enum class Span : std::uint8_t { day, week, month, year };

std::optional<sys_days> parse_day(std::string_view text) {
  const auto number = [&](std::size_t from, std::size_t size) {
    int value = 0;
    const std::string_view digits = text.substr(from, size);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  };
  if (text.size() != 10) return std::nullopt;
  const year_month_day date{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2)))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

// The first day of the span that `at` lies in; weeks begin on Monday.
sys_days begin_of(Span span, sys_days at) {
  const year_month_day date(at);
  switch (span) {
    case Span::day:
      return at;
    case Span::week:
      return at - days(std::chrono::weekday(at).iso_encoding() - 1);
    case Span::month:
      return sys_days(date.year() / date.month() / day(1));
    case Span::year:
      return sys_days(date.year() / month(1) / day(1));
  }
  return at;
}

sys_days next_of(Span span, sys_days begin) {
  constexpr int kLongest[] = {1, 7, 31, 366};
  return begin_of(span, begin + days(kLongest[static_cast<int>(span)]));
}

std::string label_of(Span span, sys_days begin) {
  const year_month_day date(begin);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  const std::string label = text;
  if (span == Span::week) return label + " +6";
  if (span == Span::month) return label.substr(0, 7);
  return span == Span::year ? label.substr(0, 4) : label;
}

// The shortest span with few enough bars.
Span span_for(sys_days first, sys_days last) {
  for (const Span span : {Span::day, Span::week, Span::month}) {
    std::size_t bars = 1;
    for (sys_days at = begin_of(span, first); at < begin_of(span, last) && bars <= kBarsMax;) {
      at = next_of(span, at);
      ++bars;
    }
    if (bars <= kBarsMax) return span;
  }
  return Span::year;
}

}  // namespace

std::vector<Bar> bars_by_time(const std::map<std::string, std::uint64_t>& counts) {
  std::map<sys_days, std::uint64_t> by_day;
  for (const auto& [text, count] : counts) {
    if (const auto at = parse_day(text)) by_day[*at] += count;
  }
  std::vector<Bar> bars;
  if (by_day.empty()) return bars;
  const sys_days last = by_day.rbegin()->first;
  const Span span = span_for(by_day.begin()->first, last);
  for (sys_days at = begin_of(span, by_day.begin()->first); at <= last; at = next_of(span, at)) {
    Bar& bar = bars.emplace_back();
    bar.label = label_of(span, at);
    const sys_days end = next_of(span, at);
    for (auto one = by_day.lower_bound(at); one != by_day.end() && one->first < end; ++one) {
      bar.count += one->second;
    }
  }
  // A clock that was wrong once must not fill the screen.
  if (bars.size() > kBarsMax) bars.erase(bars.begin(), bars.end() - kBarsMax);
  return bars;
}

std::string plot_text(const std::vector<Bar>& bars, std::uint64_t width) {
  std::uint64_t highest = 1;
  std::size_t label_width = 0;
  for (const Bar& bar : bars) {
    highest = std::max(highest, bar.count);
    label_width = std::max(label_width, bar.label.size());
  }
  constexpr std::uint64_t kLeast = 40;
  const std::uint64_t around = label_width + std::to_string(highest).size() + 4;
  const std::uint64_t room = std::max(width, kLeast) - around;
  std::string text;
  for (const Bar& bar : bars) {
    std::uint64_t cells = bar.count * room / highest;
    if (bar.count > 0) cells = std::max<std::uint64_t>(cells, 1);  // something is not nothing
    text += bar.label + std::string(label_width - bar.label.size() + 2, ' ');
    text += std::string(static_cast<std::size_t>(cells), '#');
    text += (cells > 0 ? "  " : "") + std::to_string(bar.count) + "\n";
  }
  return text;
}

}  // namespace everturn::cli
