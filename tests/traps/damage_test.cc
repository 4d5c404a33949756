// SPDX-License-Identifier: Apache-2.0
// Sessions with damage, at every byte: what is whole loads, and appending goes on.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "store/test_help.h"

namespace everturn {
namespace {

// Records of many kinds.
Texts varied() {
  return {
      R"({"role":"user","content":"hello"})",
      R"({"role":"assistant","content":"gr\u00fc\u00dfe \ud83d\ude00 \" \\ \/ \n"})",
      "{\"role\":\"user\",\"content\":\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\"}",
      R"({"role":"tool","content":[{"role":"inner","x":[1,2,{}]},{"role":"inner"}]})",
      R"({"role":"user","content":"{\"role\":\"user\"}"})",
      R"({"role":"user","content":"a { b } c [ d ] , :"})",
      "{\"role\":\"user\",\"a\\u0000b\":-1.5e+10,\"n\":null,\"t\":true,\"f\":false}",
      R"({"role":"user","content":{"role":{"role":{"role":{}}}}})",
      R"({"role":"user","content":12345678901234567890123})",
      R"({"role":"user","content":"\ud800"})",
      R"({"role":"user","content":""})",
      R"({"role":"user","content":"the last one"})",
  };
}

class DamageTest : public SimStoreTest {
 protected:
  // The session's records after `bytes` was found on the disk.
  Loaded found(const std::string& bytes) {
    put_session(bytes);
    return load(*open(), kKey);
  }
};

bool contains_in_order(const Texts& all, const Texts& wanted) {
  auto at = all.begin();
  for (const std::string& record : wanted) {
    at = std::find(at, all.end(), record);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

TEST_F(DamageTest, CutAtEveryByteThenAppend) {
  const Texts all = varied();
  const std::string head = first_line(kKey) + "\n";
  const std::string file = head + lines(all);
  const std::string fresh = R"({"role":"user","content":"behind the cut"})";
  for (std::size_t cut = 0; cut <= file.size(); ++cut) {
    Texts whole;
    for (std::size_t end = head.size(); whole.size() < all.size(); ++end) {
      end += all[whole.size()].size();
      if (end > cut) break;
      whole.push_back(all[whole.size()]);
    }
    put_session(file.substr(0, cut));
    const auto store = open();
    ASSERT_EQ(load(*store, kKey).records, whole) << cut;
    ASSERT_TRUE(append_to(*store, kKey, {fresh}).ok()) << cut;
    whole.push_back(fresh);
    ASSERT_EQ(load(*open(), kKey).records, whole) << cut;
    ASSERT_TRUE(bytes_of().ends_with("\n" + fresh + "\n") || cut == 0) << cut;
  }
}

TEST_F(DamageTest, CutLeavesAFragmentThatIsNoDamageUntilSomebodyWrites) {
  const Loaded before = found(lines(texts(1, 2)) + text(3).substr(0, 10));
  EXPECT_EQ(before.damage(), "");
  EXPECT_EQ(before.report.in_flight_bytes, 10U);
  ASSERT_TRUE(append_to(*open(), kKey, {text(4)}).ok());
  const Loaded after = load(*open(), kKey);
  EXPECT_EQ(after.damage(), "torn " + std::to_string(lines(texts(1, 2)).size()) + "+10");
  EXPECT_EQ(after.report.in_flight_bytes, 0U);
}

// Each byte of the session becomes some others; the line end belongs to the record before it.
class FlippedByte : public DamageTest, public ::testing::WithParamInterface<char> {};

TEST_P(FlippedByte, TakesOnlyTheRecordThatHoldsIt) {
  const Texts all = varied();
  const std::string head = first_line(kKey) + "\n";
  const std::string file = head + lines(all);
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string flipped = file;
    flipped[at] = GetParam();
    Texts others;
    std::size_t begin = head.size();
    for (const std::string& record : all) {
      const std::size_t end = begin + record.size() + 1;
      if (at < begin || at >= end) others.push_back(record);
      begin = end;
    }
    const Loaded loaded = found(flipped);
    ASSERT_TRUE(contains_in_order(loaded.records, others)) << at << ": " << flipped;
    ASSERT_LE(loaded.records.size(), all.size() + 1) << at << ": " << flipped;
  }
}

INSTANTIATE_TEST_SUITE_P(Bytes, FlippedByte,
                         ::testing::Values('\n', '\0', '{', '}', '"', ',', ':', '[', ']', '\\', ' ',
                                           'x', '0', '\r', '\t', '\xFF', '\x80'));

TEST_F(DamageTest, LastRecordsAreTheSameAsThoseOfAWholeReading) {
  const std::string torn = varied()[3].substr(0, 30);
  const std::string file = first_line(kKey) + "\n" + text(1) + "\n" + torn + text(2) + "\n" +
                           std::string(700, '\0') + "\n" + text(3) + text(4) + "\n\n" + torn +
                           "\n" + text(5) + "\n" + text(6);
  const Texts all = found(file).records;
  ASSERT_EQ(all, texts(1, 6));
  const auto store = open();
  for (std::uint64_t count = 0; count <= all.size() + 1; ++count) {
    const auto from = all.end() - static_cast<long>(std::min<std::uint64_t>(count, all.size()));
    EXPECT_EQ(load(*store, kKey, last(count)).records, Texts(from, all.end())) << count;
  }
}

TEST_F(DamageTest, BackwardsIsTheReverseOfForwards) {
  std::string file = first_line(kKey) + "\n";
  for (int i = 0; i < 200; ++i) {
    file += text(i) + "\n";
    if (i % 7 == 0) file += text(i).substr(0, 12);
    if (i % 11 == 0) file += std::string(30, '\0');
    if (i % 13 == 0) file += "   \n";
  }
  const Loaded forwards = found(file);
  ReadOptions how;
  how.backwards = true;
  Loaded backwards = load(*open(), kKey, how);
  std::reverse(backwards.records.begin(), backwards.records.end());
  EXPECT_EQ(backwards.records, forwards.records);
  EXPECT_EQ(backwards.report.version, forwards.report.version);
}

TEST_F(DamageTest, VersionOfAReadingIsThatOfTheSession) {
  const std::string torn = text(7).substr(0, 20);
  for (const std::string& end :
       {std::string(), torn, torn + "\n", torn + text(3) + "\n", text(3), std::string("x\nx\n"),
        std::string(600, '\0'), std::string(600, '\0') + "\n", std::string("   \n")}) {
    const Loaded loaded = found(lines(texts(1, 2)) + end);
    EXPECT_EQ(loaded.report.version, must(open()->version(kKey))) << end;
  }
}

TEST_F(DamageTest, VersionDoesNotDependOnTheRecordLimit) {
  StoreOptions small;
  small.max_record_bytes = 100;
  put_session(lines({text(1), record_of(1000)}));
  const auto store = open(small);
  EXPECT_EQ(load(*store, kKey).report.version, must(store->version(kKey)));
  EXPECT_EQ(must(store->version(kKey)), must(open()->version(kKey)));
}

TEST_F(DamageTest, RecordOverTheLimitIsReportedAndReturnedOnRequest) {
  StoreOptions small;
  small.max_record_bytes = 100;
  put_session(lines({text(1), record_of(1000), text(2)}));
  const auto store = open(small);
  const Loaded without = load(*store, kKey);
  EXPECT_EQ(without.records, texts(1, 2));
  EXPECT_EQ(without.damage(), "oversize " + std::to_string(text(1).size() + 1) + "+1001");
  ReadOptions how;
  how.with_oversize = true;
  EXPECT_EQ(load(*store, kKey, how).records, (Texts{text(1), record_of(1000), text(2)}));
}

TEST_F(DamageTest, AHundredThousandDamagedLinesAtTheEndDelayNobody) {
  std::string file = lines(texts(1, 3));
  for (int i = 0; i < 100'000; ++i) file += "{\"torn\":\n";
  put_session(file);
  const auto store = open();
  disk_.reset_counters();
  static_cast<void>(must(store->version(kKey)));
  EXPECT_LT(disk_.count("read_at"), 1000U);
}

TEST_F(DamageTest, MergeOnlyAppendsOverAPrefix) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, texts(1, 2)).ok());
  const Version loaded = must(store->version(kKey));
  ASSERT_TRUE(append_to(*open(), kKey, {text(3)}).ok());
  const auto merge = [&](const Texts& records) {
    return store->save_merging(kKey, std::vector<std::string_view>(records.begin(), records.end()),
                               expecting(loaded));
  };
  EXPECT_EQ(code_of(merge({text(1)})), Code::conflict);
  EXPECT_EQ(code_of(merge({text(2), text(1), text(4)})), Code::conflict);
  EXPECT_EQ(code_of(merge({text(1), text(9), text(4)})), Code::conflict);
  ASSERT_TRUE(merge({text(1), text(2), text(4)}).ok());
  EXPECT_EQ(load(*store, kKey).records, texts(1, 4));
}

TEST_F(DamageTest, MergeOverAnEditedFileIsConflict) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, texts(1, 2)).ok());
  const Version loaded = must(store->version(kKey));
  std::string edited = bytes_of();
  edited.replace(edited.find("turn 2"), 6, "turn X");
  disk_.write_file(file_of(kKey), edited + text(3) + "\n");
  const std::vector<std::string> all = {text(1), text(2), text(4)};
  EXPECT_EQ(code_of(store->save_merging(kKey, std::vector<std::string_view>(all.begin(), all.end()),
                                        expecting(loaded))),
            Code::conflict);
}

}  // namespace
}  // namespace everturn
