// SPDX-License-Identifier: Apache-2.0
// Points in time as ISO 8601 text. Times are nanoseconds since 1970-01-01T00:00:00Z. "Local" is the
// zone of the process (TZ); the functions may be called from any thread as long as none changes it.
#ifndef EVERTURN_BASE_TIME_TEXT_H_
#define EVERTURN_BASE_TIME_TEXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace everturn {

// "2026-08-20T10:02:11.120000": local time without its zone, always six digits of fraction, as
// nanobot writes it. Cut, not rounded, to the microsecond.
std::string iso_local_time(std::int64_t time_ns);

// "2026-08-20T10:02:11Z", cut to the second.
std::string iso_utc_time(std::int64_t time_ns);

// Reads both forms: a date, "T" or a space, hours and minutes; seconds, a fraction of 1 to 9 digits
// (more are read and dropped) and a zone ("Z", "+HH:MM", "+HHMM") may be missing. Without a zone
// the time is local. nullopt for anything else: no such day or hour, outside the years 1678 to
// 2261, other text.
std::optional<std::int64_t> parse_iso_time(std::string_view text);

// The same for many times, while the zone stays as it is: the system is asked about a day once. One
// thread.
class TimeReader {
 public:
  std::optional<std::int64_t> parse(std::string_view text);

 private:
  struct Day {
    std::int64_t number = INT64_MIN;  // since 1970; of no day
    // How far local time is ahead of UTC all day, in seconds; nothing where a clock may be changed.
    std::optional<std::int64_t> zone_seconds;
  };
  static constexpr std::size_t kDays = 64;
  std::array<Day, kDays> days_;
};

// "90m", "12h", "7d", "2w": so long before `now_ns`; or a day, "2026-08-20", or the forms above.
std::optional<std::int64_t> parse_time_since(std::string_view text, std::int64_t now_ns);

}  // namespace everturn

#endif  // EVERTURN_BASE_TIME_TEXT_H_
