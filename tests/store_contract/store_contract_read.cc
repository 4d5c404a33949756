// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, LastNFromTheEnd) {
  append(kKey, texts(1, 10));
  EXPECT_EQ(records(kKey, last(3)), texts(8, 10));
  EXPECT_EQ(records(kKey, last(10)), texts(1, 10));
  EXPECT_EQ(records(kKey, last(1000)), texts(1, 10));
  EXPECT_EQ(records(kKey, last(0)), Texts());
}

TEST_P(StoreContract, LastNCountsRecordsAndNotMetadata) {
  append(kKey, texts(1, 3));
  set_metadata(kKey, R"({"title":"a"})");
  append(kKey, {text(4)});
  set_metadata(kKey, R"({"title":"b"})");
  EXPECT_EQ(records(kKey, last(3)), texts(2, 4));
}

TEST_P(StoreContract, FromAPositionGivesTheRest) {
  append(kKey, texts(1, 6));
  for (int skipped = 0; skipped < 6; ++skipped) {
    const Position position = position_of(kKey, static_cast<std::size_t>(skipped));
    EXPECT_EQ(records(kKey, from(position)), texts(skipped + 1, 6));
  }
}

TEST_P(StoreContract, LastNBehindAPosition) {
  append(kKey, texts(1, 6));
  ReadOptions how = from(position_of(kKey, 3));
  how.last = 2;
  EXPECT_EQ(records(kKey, how), texts(5, 6));
  how.last = 5;
  EXPECT_EQ(records(kKey, how), texts(4, 6));
}

TEST_P(StoreContract, BackwardsIsTheReverse) {
  append(kKey, texts(1, 7));
  ReadOptions how;
  how.backwards = true;
  Texts reversed = texts(1, 7);
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(records(kKey, how), reversed);
  how.from = position_of(kKey, 5);
  EXPECT_EQ(records(kKey, how), (Texts{text(7), text(6)}));
}

TEST_P(StoreContract, LimitStops) {
  append(kKey, texts(1, 7));
  ReadOptions how;
  how.limit = 2;
  EXPECT_EQ(records(kKey, how), texts(1, 2));
  how.backwards = true;
  EXPECT_EQ(records(kKey, how), (Texts{text(7), text(6)}));
  how.limit = 0;
  EXPECT_EQ(records(kKey, how), Texts());
}

TEST_P(StoreContract, LimitOfTheLastNStopsAtTheOldest) {
  append(kKey, texts(1, 7));
  ReadOptions how = last(4);
  how.limit = 2;
  EXPECT_EQ(records(kKey, how), texts(4, 5));
  how.backwards = true;
  EXPECT_EQ(records(kKey, how), (Texts{text(7), text(6)}));
}

TEST_P(StoreContract, PageAfterPageGivesEachRecordOnce) {
  append(kKey, texts(1, 10));
  Texts all;
  ReadOptions page;
  page.limit = 3;
  for (int pages = 0; pages < 4; ++pages) {
    const ReadReport report = value_of(store().read(kKey, page, [&all](const Record& record) {
      all.emplace_back(record.bytes);
      return true;
    }));
    page.from = report.end;
  }
  EXPECT_EQ(all, texts(1, 10));
  EXPECT_EQ(records(kKey, page), Texts());
}

TEST_P(StoreContract, PositionsOfRecordsMeet) {
  append(kKey, texts(1, 5));
  std::vector<Record> all;
  const ReadReport report = value_of(store().read(kKey, {}, [&all](const Record& record) {
    all.push_back(record);
    return true;
  }));
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(report.begin, all.front().position);
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_EQ(all[i - 1].next, all[i].position);
    EXPECT_LT(all[i - 1].position, all[i].position);
  }
  EXPECT_EQ(report.end, all.back().next);
}

TEST_P(StoreContract, ReadingTellsTheVersionThatWasRead) {
  append(kKey, texts(1, 3));
  const auto read = [this](const ReadOptions& how) {
    return value_of(store().read(kKey, how, [](const Record&) { return true; }));
  };
  EXPECT_EQ(read({}).version, version(kKey));
  EXPECT_EQ(read(last(1)).version, version(kKey));
  EXPECT_EQ(read(from(position_of(kKey, 2))).version, version(kKey));
}

TEST_P(StoreContract, SinkThatStopsIsNoError) {
  append(kKey, texts(1, 5));
  Texts all;
  const ReadReport report = value_of(store().read(kKey, {}, [&all](const Record& record) {
    all.emplace_back(record.bytes);
    return all.size() < 2;
  }));
  EXPECT_EQ(all, texts(1, 2));
  EXPECT_EQ(report.records, 2U);
  EXPECT_EQ(records(kKey, from(report.end)), texts(3, 5));
}

TEST_P(StoreContract, SinkMayWriteToTheStore) {
  append(kKey, texts(1, 3));
  value_of(store().read(kKey, {}, [this](const Record& record) {
    append(kOtherKey, {std::string(record.bytes)});
    return true;
  }));
  EXPECT_EQ(records(kOtherKey), texts(1, 3));
}

TEST_P(StoreContract, SinkMayWriteToTheSessionItReads) {
  append(kKey, texts(1, 3));
  int seen = 0;
  value_of(store().read(kKey, {}, [&](const Record&) {
    if (++seen == 1) append(kKey, {text(4)});
    return seen < 100;
  }));
  EXPECT_GE(seen, 3);
  EXPECT_LE(seen, 4);
  EXPECT_EQ(records(kKey), texts(1, 4));
}

TEST_P(StoreContract, ReadingWritesNothing) {
  append(kKey, texts(1, 3));
  const std::string before = raw(kKey);
  const Version at = version(kKey);
  records(kKey);
  records(kKey, last(1));
  metadata(kKey);
  keys();
  EXPECT_EQ(raw(kKey), before);
  EXPECT_EQ(version(kKey), at);
}

TEST_P(StoreContract, RawBytesHoldEveryRecordOnALineOfItsOwn) {
  append(kKey, texts(1, 2));
  append(kKey, {text(3)});
  const std::string tail = text(1) + "\n" + text(2) + "\n" + text(3) + "\n";
  EXPECT_TRUE(raw(kKey).ends_with(tail)) << raw(kKey);
  EXPECT_EQ(code_of(store().read_raw(kOtherKey, [](std::string_view) { return true; })),
            Code::not_found);
}

TEST_P(StoreContract, ListShowsEverySession) {
  append(kKey, texts(1, 3));
  append(kOtherKey, {text(1)});
  const std::string long_key(1000, 'k');
  append(long_key, {text(1)});
  Texts expected = {std::string(kKey), std::string(kOtherKey), long_key};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(keys(), expected);
  restart();
  EXPECT_EQ(keys(), expected);
}

TEST_P(StoreContract, ListChecksWhatItIsToldTo) {
  append(kKey, texts(1, 3));
  ListOptions how;
  const std::vector<SessionInfo> quick = value_of(store().list(how));
  how.check = true;
  const std::vector<SessionInfo> checked = value_of(store().list(how));
  ASSERT_EQ(quick.size(), 1U);
  ASSERT_EQ(checked.size(), 1U);
  EXPECT_FALSE(quick[0].checked);
  EXPECT_GE(quick[0].bytes, 3 * text(1).size());
  EXPECT_TRUE(checked[0].checked);
  EXPECT_EQ(checked[0].records, 3U);
  EXPECT_EQ(checked[0].damage_count, 0U);
  EXPECT_EQ(checked[0].in_flight_bytes, 0U);
}

TEST_P(StoreContract, KeysThatLookAlikeAreDifferentSessions) {
  const Texts alike = {"aaa", "aaG", "AAA", "telegram:1", "telegram_1", "telegram:1.jsonl", ".a"};
  for (const std::string& key : alike) append(key, {R"({"key":")" + key + R"("})"});
  EXPECT_EQ(keys().size(), alike.size());
  for (const std::string& key : alike) {
    EXPECT_EQ(records(key), Texts{R"({"key":")" + key + R"("})"});
  }
}

TEST_P(StoreContract, InfoCountsSessionsAndTrash) {
  append(kKey, {text(1)});
  append(kOtherKey, {text(1)});
  remove(kOtherKey);
  const StoreInfo info = value_of(store().info());
  EXPECT_EQ(info.sessions, 1U);
  EXPECT_EQ(info.trash_entries, 1U);
  EXPECT_GT(info.trash_bytes, 0U);
  EXPECT_FALSE(info.read_only);
  EXPECT_NE(info.engine, "");
  EXPECT_NE(info.url, "");
}

TEST_P(StoreContract, HouseworkChangesNoRecord) {
  append(kKey, texts(1, 3));
  set_metadata(kKey, R"({"title":"a"})");
  set_metadata(kKey, R"({"title":"b"})");
  append(kKey, {text(4)});
  const Vacuumed vacuumed = value_of(store().vacuum(kKey));
  EXPECT_LE(vacuumed.bytes_after, vacuumed.bytes_before);
  EXPECT_EQ(vacuumed.version, version(kKey));
  EXPECT_TRUE(store().sweep().ok());
  EXPECT_TRUE(store().adopt().ok());
  EXPECT_TRUE(store().flush().ok());
  EXPECT_EQ(records(kKey), texts(1, 4));
  EXPECT_EQ(values(kKey), R"({"title":"b"})");
  EXPECT_EQ(code_of(store().vacuum(kOtherKey)), Code::not_found);
}

}  // namespace
}  // namespace everturn::contract
