// SPDX-License-Identifier: Apache-2.0
#include "views/lost_records.h"

#include <gmock/gmock.h>

namespace everturn {
namespace {

ReadReport damaged(DamageReason reason) {
  ReadReport report;
  report.damage.push_back({10, 5, reason, ""});
  return report;
}

std::uint32_t lost_of(const ReadReport& report, bool with_oversize = false) {
  return LostRecords(report, with_oversize).before(20);
}

TEST(LostRecords, ARecordThatIsGivenMendedIsNotLost) {
  EXPECT_EQ(lost_of(damaged(DamageReason::bad_utf8)), 0U);
  EXPECT_EQ(lost_of(damaged(DamageReason::torn)), 1U);
}

TEST(LostRecords, TornMetadataIsNoRecordThatCounts) {
  ReadReport report = damaged(DamageReason::torn);
  report.notes.push_back({10, 5, NoteKind::metadata_torn, ""});
  EXPECT_EQ(lost_of(report), 0U);
}

TEST(LostRecords, ALongRecordIsLostWhereItIsNotGiven) {
  EXPECT_EQ(lost_of(damaged(DamageReason::oversize), false), 1U);
  EXPECT_EQ(lost_of(damaged(DamageReason::oversize), true), 0U);
}

TEST(LostRecords, EachIsToldOnceInItsPlace) {
  const ReadReport report = damaged(DamageReason::not_json);
  LostRecords lost(report, false);
  EXPECT_EQ(lost.before(10), 0U);
  EXPECT_EQ(lost.before(15), 1U);
  EXPECT_EQ(lost.before(16), 0U);
}

TEST(UndamagedNumbers, OfALostRecordAreThoseOfTheNext) {
  const LostBefore lost = {{1, 2}};  // there were 0, two that are lost, and 1
  EXPECT_EQ(undamaged(lost, 0), 0U);
  for (const std::size_t index : {1, 2, 3}) EXPECT_EQ(undamaged(lost, index), 1U);
  EXPECT_EQ(undamaged(lost, 4), 2U);
}

}  // namespace
}  // namespace everturn
