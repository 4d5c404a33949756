// SPDX-License-Identifier: Apache-2.0
#include "base/time_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <string_view>

namespace everturn {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;
constexpr std::int64_t kNoon_ns = 1'787'220'131 * kSecond_ns;  // 2026-08-20T10:02:11Z

// The process in another time zone, until the end of the scope. The rules are spelled out: a test
// must not depend on the machine's zone files.
class Zone {
 public:
  explicit Zone(const char* rules) {
    const char* const old = std::getenv("TZ");
    if (old != nullptr) old_ = old;
    setenv("TZ", rules, 1);
    tzset();
  }
  ~Zone() {
    old_.empty() ? unsetenv("TZ") : setenv("TZ", old_.c_str(), 1);
    tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;

 private:
  std::string old_;
};

constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";
constexpr const char* kIndia = "IST-5:30";

TEST(TimeText, UtcTimeIsWrittenToTheSecond) {
  EXPECT_EQ(iso_utc_time(kNoon_ns), "2026-08-20T10:02:11Z");
  EXPECT_EQ(iso_utc_time(kNoon_ns + 999'999'999), "2026-08-20T10:02:11Z");
  EXPECT_EQ(iso_utc_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso_utc_time(-1), "1969-12-31T23:59:59Z");
}

TEST(TimeText, LocalTimeHasSixDigitsAndNoZone) {
  const Zone zone(kBerlin);
  EXPECT_EQ(iso_local_time(kNoon_ns + 120'000'999), "2026-08-20T12:02:11.120000");
  EXPECT_EQ(iso_local_time(kNoon_ns), "2026-08-20T12:02:11.000000");
  EXPECT_EQ(iso_local_time(-1), "1970-01-01T00:59:59.999999");
}

TEST(TimeText, TimesWithAZoneAreRead) {
  const Zone zone(kIndia);
  for (const std::string_view text :
       {"2026-08-20T10:02:11Z", "2026-08-20 10:02:11z", "2026-08-20T12:02:11+02:00",
        "2026-08-20T12:02:11+0200", "2026-08-20T04:32:11.000-05:30",
        "2026-08-21T00:02:11.0+14:00"}) {
    EXPECT_EQ(parse_iso_time(text), kNoon_ns) << text;
  }
  EXPECT_EQ(parse_iso_time("2026-08-20T10:02Z"), kNoon_ns - 11 * kSecond_ns);
}

TEST(TimeText, FractionsAreReadToTheNanosecond) {
  EXPECT_EQ(parse_iso_time("2026-08-20T10:02:11.5Z"), kNoon_ns + 500'000'000);
  EXPECT_EQ(parse_iso_time("2026-08-20T10:02:11,123456789Z"), kNoon_ns + 123'456'789);
  EXPECT_EQ(parse_iso_time("2026-08-20T10:02:11.1234567891111Z"), kNoon_ns + 123'456'789);
  EXPECT_EQ(parse_iso_time("1969-12-31T23:59:59.25Z"), -750'000'000);
}

TEST(TimeText, ATimeWithoutAZoneIsLocal) {
  const Zone zone(kBerlin);
  EXPECT_EQ(parse_iso_time("2026-08-20T12:02:11"), kNoon_ns);
  EXPECT_EQ(parse_iso_time("2026-08-20T12:02:11.000001"), kNoon_ns + 1000);
  EXPECT_EQ(parse_iso_time("1970-01-01T00:59:59"), -kSecond_ns);  // mktime's -1 is no error here
}

TEST(TimeText, TimesComeBackInEveryZone) {
  std::mt19937_64 random(5);
  for (const char* const rules : {"UTC0", kBerlin, kIndia, "NST3:30NDT,M3.2.0,M11.1.0"}) {
    const Zone zone(rules);
    for (int round = 0; round < 500; ++round) {
      const auto day = static_cast<std::int64_t>(random() % 60'000) - 20'000;
      const auto noon_ns = (day * 86'400 + 43'200) * kSecond_ns;  // not the hour that comes twice
      const std::int64_t time_ns = noon_ns + static_cast<std::int64_t>(random() % 1'000'000) * 1000;
      ASSERT_EQ(parse_iso_time(iso_local_time(time_ns)), time_ns) << rules << " " << time_ns;
      ASSERT_EQ(parse_iso_time(iso_utc_time(time_ns)), noon_ns) << rules << " " << time_ns;
    }
  }
}

TEST(TimeText, TheDayOnWhichClocksChangeIsReadByTheZonesRules) {
  const Zone zone(kBerlin);  // at 01:00 UTC of 29 March and 25 October
  EXPECT_EQ(parse_iso_time("2026-03-29T01:59:59"), parse_iso_time("2026-03-29T00:59:59Z"));
  EXPECT_EQ(parse_iso_time("2026-03-29T03:00:00"), parse_iso_time("2026-03-29T01:00:00Z"));
  EXPECT_EQ(parse_iso_time("2026-03-28T12:00:00"), parse_iso_time("2026-03-28T11:00:00Z"));
  EXPECT_EQ(parse_iso_time("2026-03-30T12:00:00"), parse_iso_time("2026-03-30T10:00:00Z"));
  EXPECT_EQ(parse_iso_time("2026-10-25T03:00:00"), parse_iso_time("2026-10-25T02:00:00Z"));
}

TEST(TimeText, AReaderOfManyTimesReadsEachAsIfAlone) {
  std::mt19937_64 random(7);
  for (const char* const rules : {kBerlin, kIndia, "UTC0", "LHST-10:30LHDT-11,M10.1.0,M4.1.0"}) {
    const Zone zone(rules);
    TimeReader reader;
    for (int round = 0; round < 3000; ++round) {
      const std::int64_t hour = static_cast<std::int64_t>(random() % 40'000) + 480'000;
      const std::string text = iso_local_time(hour * 3600 * kSecond_ns);
      ASSERT_EQ(reader.parse(text), parse_iso_time(text)) << rules << " " << text;
    }
    EXPECT_EQ(reader.parse("2026-01-01T00:00:00+01:00"), reader.parse("2025-12-31T23:00:00Z"));
    EXPECT_EQ(reader.parse("2026-02-30T00:00:00"), std::nullopt);
  }
}

TEST(TimeText, DaysThatExistAreRead) {
  EXPECT_EQ(parse_iso_time("2000-02-29T00:00:00Z"), 951'782'400 * kSecond_ns);
  EXPECT_EQ(iso_utc_time(*parse_iso_time("1678-01-01T00:00:00+23:59")), "1677-12-31T00:01:00Z");
  EXPECT_EQ(iso_utc_time(*parse_iso_time("2261-12-31T23:59:59-23:59")), "2262-01-01T23:58:59Z");
}

TEST(TimeText, WhatIsNoTimeIsRefused) {
  for (const std::string_view text : {"",
                                      "2026",
                                      "2026-08-20",
                                      "2026-08-20T",
                                      "2026-08-20T10",
                                      "2026-8-20T10:02:11Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-02-29T00:00:00Z",
                                      "2026-04-31T00:00:00",
                                      "2026-00-01T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:60:00Z",
                                      "2026-01-01T00:00:60Z",
                                      "2026-01-01T00:00:00.Z",
                                      "2026-01-01T00:00:00+1",
                                      "2026-01-01T00:00:00+01:60",
                                      "2026-01-01T00:00:00ZZ",
                                      "2026-01-01T00:00:00 ",
                                      " 2026-01-01T00:00:00Z",
                                      "2026-01-01T00:00:00-",
                                      "20260101T000000Z",
                                      "1677-12-31T00:00:00Z",
                                      "2262-01-01T00:00:00Z",
                                      "-026-01-01T00:00:00Z",
                                      "2026-01-01T+1:00:00Z",
                                      "2026-01-01T00:00:00.5.5Z"}) {
    EXPECT_EQ(parse_iso_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace everturn
