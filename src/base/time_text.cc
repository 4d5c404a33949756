// SPDX-License-Identifier: Apache-2.0
#include "base/time_text.h"

#include <charconv>
#include <chrono>
#include <ctime>
#include <mutex>

namespace everturn {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;
constexpr std::int64_t kSecondsPerDay = 86'400;

struct SplitTime {
  std::int64_t seconds = 0;
  std::int64_t fraction_ns = 0;  // 0 to 999,999,999, before 1970 too
};

SplitTime split(std::int64_t time_ns) {
  SplitTime time{time_ns / kSecond_ns, time_ns % kSecond_ns};
  if (time.fraction_ns < 0) {
    time.fraction_ns += kSecond_ns;
    --time.seconds;
  }
  return time;
}

void append_number(std::string& text, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) text.append(width - digits.size(), '0');
  text += digits;
}

std::string date_and_time(const std::tm& parts) {
  std::string text;
  append_number(text, parts.tm_year + 1900, 4);
  text += '-';
  append_number(text, parts.tm_mon + 1, 2);
  text += '-';
  append_number(text, parts.tm_mday, 2);
  text += 'T';
  append_number(text, parts.tm_hour, 2);
  text += ':';
  append_number(text, parts.tm_min, 2);
  text += ':';
  append_number(text, parts.tm_sec, 2);
  return text;
}

// Takes the text apart from its front; what does not fit makes it fail for good.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool at_digit() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }

  // Takes the next character if it is one of these; else NUL.
  char take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return '\0';
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
  }

  void expect(std::string_view any_of) {
    if (take(any_of) == '\0') failed_ = true;
  }

  // Exactly `width` digits, a number within the limits.
  int number(int width, int from, int to) {
    int value = 0;
    for (int digit = 0; digit < width; ++digit) value = value * 10 + take_digit();
    if (value < from || value > to) failed_ = true;
    return value;
  }

  // One digit or more behind a decimal point, in nanoseconds.
  std::int64_t fraction_ns() {
    std::int64_t unit_ns = kSecond_ns / 10;
    std::int64_t value_ns = take_digit() * unit_ns;
    while (at_digit()) {
      unit_ns /= 10;
      value_ns += take_digit() * unit_ns;
    }
    return value_ns;
  }

 private:
  int take_digit() {
    if (!at_digit()) {
      failed_ = true;
      return 0;
    }
    const int digit = rest_.front() - '0';
    rest_.remove_prefix(1);
    return digit;
  }

  std::string_view rest_;
  bool failed_ = false;
};

// The zone at the end of the text: how far it is ahead of UTC, or nothing for local time.
std::optional<std::int64_t> read_zone_seconds(Reader& reader) {
  if (reader.at_end()) return std::nullopt;
  if (reader.take("Zz") != '\0') return 0;
  const char sign = reader.take("+-");
  if (sign == '\0') {
    reader.expect("+-");
    return std::nullopt;
  }
  const std::int64_t hours = reader.number(2, 0, 23);
  reader.take(":");
  const std::int64_t minutes = reader.number(2, 0, 59);
  const std::int64_t ahead = hours * 3600 + minutes * 60;
  return sign == '+' ? ahead : -ahead;
}

// How far local time is ahead of UTC at that moment; nothing if the system cannot tell.
std::optional<std::int64_t> zone_at(std::int64_t seconds) {
  const std::time_t moment = seconds;
  std::tm parts{};
  if (localtime_r(&moment, &parts) == nullptr) return std::nullopt;
  return parts.tm_gmtoff;
}

std::optional<std::int64_t> local_seconds(std::tm parts) {
  parts.tm_isdst = -1;  // let the zone's rules decide
  parts.tm_wday = -1;   // set by success: -1 seconds is a time like any other
  // mktime() sets the process's zone anew each time. That it may do so in several threads is a
  // promise of this C library, and one that ThreadSanitizer cannot see kept.
  static std::mutex zone_mutex;
  const std::scoped_lock lock(zone_mutex);
  const std::time_t seconds = std::mktime(&parts);
  if (parts.tm_wday == -1) return std::nullopt;
  return seconds;
}

std::int64_t utc_seconds(std::chrono::sys_days day, const std::tm& parts) {
  const std::int64_t days = day.time_since_epoch().count();
  return days * kSecondsPerDay + parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec;
}

// Where the zone is the same the day before and the day after, no clock was changed in between.
// mktime(), which looks for the zone's file each time, is left for the other days.
std::optional<std::int64_t> local_seconds(std::chrono::sys_days day, const std::tm& parts) {
  const std::int64_t as_utc = utc_seconds(day, parts);
  const std::optional<std::int64_t> before = zone_at(as_utc - kSecondsPerDay);
  if (before && before == zone_at(as_utc + kSecondsPerDay)) return as_utc - *before;
  return local_seconds(parts);
}

// As a text says it.
struct CivilTime {
  std::chrono::sys_days day;
  std::tm parts = {};
  std::int64_t fraction_ns = 0;
  std::optional<std::int64_t> zone_seconds;  // ahead of UTC; nothing: local time

  [[nodiscard]] std::int64_t since_1970_ns(std::int64_t seconds) const {
    return seconds * kSecond_ns + fraction_ns;
  }
};

std::optional<CivilTime> read_time(std::string_view text) {
  Reader reader(text);
  CivilTime time;
  const int year = reader.number(4, 1678, 2261);  // what nanoseconds in 64 bits can tell
  reader.expect("-");
  const int month = reader.number(2, 1, 12);
  reader.expect("-");
  const int day = reader.number(2, 1, 31);
  reader.expect("T ");
  time.parts.tm_hour = reader.number(2, 0, 23);
  reader.expect(":");
  time.parts.tm_min = reader.number(2, 0, 59);
  if (reader.take(":") != '\0') {
    time.parts.tm_sec = reader.number(2, 0, 59);
    if (reader.take(".,") != '\0') time.fraction_ns = reader.fraction_ns();
  }
  time.zone_seconds = read_zone_seconds(reader);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (reader.failed() || !reader.at_end() || !date.ok()) return std::nullopt;
  time.day = date;
  time.parts.tm_year = year - 1900;
  time.parts.tm_mon = month - 1;
  time.parts.tm_mday = day;
  return time;
}

// `ahead` of UTC, in seconds.
std::int64_t in_zone(const CivilTime& time, std::int64_t ahead) {
  return time.since_1970_ns(utc_seconds(time.day, time.parts) - ahead);
}

// Nothing if it may change on that day.
std::optional<std::int64_t> zone_of_day(std::int64_t number) {
  const std::int64_t begin = number * kSecondsPerDay;
  const std::optional<std::int64_t> before = zone_at(begin - kSecondsPerDay);
  return before == zone_at(begin + 2 * kSecondsPerDay) ? before : std::nullopt;
}

}  // namespace

std::string iso_local_time(std::int64_t time_ns) {
  const SplitTime time = split(time_ns);
  const std::time_t seconds = time.seconds;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::string text = date_and_time(parts);
  text += '.';
  append_number(text, time.fraction_ns / 1000, 6);
  return text;
}

std::string iso_utc_time(std::int64_t time_ns) {
  const std::time_t seconds = split(time_ns).seconds;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return date_and_time(parts) + "Z";
}

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
  const std::optional<CivilTime> time = read_time(text);
  if (!time) return std::nullopt;
  if (time->zone_seconds) return in_zone(*time, *time->zone_seconds);
  const std::optional<std::int64_t> seconds = local_seconds(time->day, time->parts);
  if (!seconds) return std::nullopt;
  return time->since_1970_ns(*seconds);
}

std::optional<std::int64_t> TimeReader::parse(std::string_view text) {
  const std::optional<CivilTime> time = read_time(text);
  if (!time) return std::nullopt;
  if (time->zone_seconds) return in_zone(*time, *time->zone_seconds);
  const std::int64_t number = time->day.time_since_epoch().count();
  Day& day = days_[static_cast<std::uint64_t>(number) % kDays];
  if (day.number != number) day = {number, zone_of_day(number)};
  return day.zone_seconds ? in_zone(*time, *day.zone_seconds) : parse_iso_time(text);
}

std::optional<std::int64_t> parse_time_since(std::string_view text, std::int64_t now_ns) {
  constexpr std::size_t kDateLength = 10;
  const std::string day = text.size() == kDateLength ? std::string(text) + "T00:00" : "";
  if (const auto time = parse_iso_time(day.empty() ? text : day)) return *time;
  constexpr std::int64_t kMinute = 60'000'000'000;
  constexpr std::uint64_t kMost = 10'000;  // weeks, in nanoseconds, fit 63 bits
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  const bool has_unit = error == std::errc() && stop + 1 == end && count <= kMost;
  const std::string_view unit = has_unit ? std::string_view(stop, 1) : std::string_view();
  const auto units = static_cast<std::int64_t>(count);
  if (unit == "m") return now_ns - units * kMinute;
  if (unit == "h") return now_ns - units * 60 * kMinute;
  if (unit == "d") return now_ns - units * 24 * 60 * kMinute;
  if (unit == "w") return now_ns - units * 7 * 24 * 60 * kMinute;
  return std::nullopt;
}

}  // namespace everturn
