// SPDX-License-Identifier: Apache-2.0
#include "journal/scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace everturn {
namespace {

using Texts = std::vector<std::string>;

struct Found : ScanSink {
  bool on_record(const ScannedRecord& record) override {
    records.emplace_back(record.bytes);
    offsets.push_back(record.offset);
    nexts.push_back(record.next);
    return records.size() < stop_after;
  }
  bool on_damage(Damage one) override {
    damage += (damage.empty() ? "" : " ") + std::string(damage_reason_name(one.reason)) + " " +
              std::to_string(one.offset) + "+" + std::to_string(one.length);
    return true;
  }

  Texts records;
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint64_t> nexts;
  std::string damage;  // "torn 10+20 zeros 40+5"
  std::uint64_t in_flight = 0;
  std::uint64_t content_end = 0;
  std::size_t stop_after = SIZE_MAX;
};

// Scans a file as a whole.
Found scan(std::string_view file, bool padded_tails = false, std::size_t stop_after = SIZE_MAX) {
  Found found;
  found.stop_after = stop_after;
  Scanner scanner({padded_tails}, found);
  std::size_t begin = 0;
  for (bool go_on = true; go_on && begin < file.size();) {
    const std::size_t newline = file.find('\n', begin);
    const std::size_t end = std::min(newline, file.size());
    std::string line(file.substr(begin, end - begin));
    const std::size_t size = line.size();
    line.append(kJsonPadding, '\0');
    go_on = scanner.line(begin, std::string_view(line).substr(0, size),
                         newline != std::string_view::npos);
    begin = end + 1;
  }
  found.in_flight = scanner.in_flight_bytes();
  found.content_end = scanner.content_end();
  return found;
}

const std::string kA = R"({"role":"user","content":"a"})";
const std::string kB = R"({"role":"assistant","content":"b"})";
const std::string kC =
    R"({"role":"tool","content":[{"role":"inner","x":1},{"role":"inner","x":2}]})";

std::string padding(std::size_t count) { return std::string(count, kPaddingByte); }

TEST(Scan, EveryLineThatIsAnObjectIsARecord) {
  const Found found = scan(kA + "\n" + kB + "\n" + kC + "\n");
  EXPECT_EQ(found.records, (Texts{kA, kB, kC}));
  EXPECT_EQ(found.damage, "");
}

TEST(Scan, PositionsOfRecordsMeet) {
  const Found found = scan(kA + "\n" + kB + "\n");
  EXPECT_EQ(found.offsets, (std::vector<std::uint64_t>{0, kA.size() + 1}));
  EXPECT_EQ(found.nexts, (std::vector<std::uint64_t>{kA.size() + 1, kA.size() + kB.size() + 2}));
}

TEST(Scan, BlankLinesAreNothing) {
  const Found found = scan("\n" + kA + "\n \t\r\n\n" + kB + "\n\n");
  EXPECT_EQ(found.records, (Texts{kA, kB}));
  EXPECT_EQ(found.damage, "");
}

TEST(Scan, GluedRecordsAreAllRecords) {
  const Found found = scan(kA + kB + " " + kC + "\n");
  EXPECT_EQ(found.records, (Texts{kA, kB, kC}));
  EXPECT_EQ(found.damage, "");
}

TEST(Scan, TornLineIsDamageAndItsNeighboursLoad) {
  const Found found = scan(kA + "\n" + kB.substr(0, 9) + "\n" + kC + "\n");
  EXPECT_EQ(found.records, (Texts{kA, kC}));
  EXPECT_EQ(found.damage, "torn 30+9");
}

TEST(Scan, RecordBehindATornOneOnTheSameLineIsReturned) {
  const Found found = scan(kA + "\n" + kB.substr(0, 9) + kC + "\n");
  EXPECT_EQ(found.records, (Texts{kA, kC}));
  EXPECT_EQ(found.damage, "torn 30+9");
}

TEST(Scan, LineTornRightBehindAnInnerObjectInventsNothing) {
  const std::string torn = kC.substr(0, kC.find('}') + 1);
  ASSERT_TRUE(torn.ends_with(R"({"role":"inner","x":1})"));
  const Found found = scan(kA + "\n" + torn + "\n" + kB + "\n");
  EXPECT_EQ(found.records, (Texts{kA, kB}));
  EXPECT_EQ(found.damage, "torn 30+" + std::to_string(torn.size()));
}

TEST(Scan, LineTornRightBehindSeveralInnerObjectsInventsNothing) {
  const std::string torn = kC.substr(0, kC.size() - 2);
  EXPECT_EQ(scan(kA + "\n" + torn + "\n" + kB + "\n").records, (Texts{kA, kB}));
}

TEST(Scan, InnerObjectBeforeAGluedRecordIsNotARecord) {
  const std::string torn = kC.substr(0, kC.find('}') + 1);
  EXPECT_EQ(scan(kA + "\n" + torn + kB + "\n").records, (Texts{kA, kB}));
}

TEST(Scan, EndOfATornRecordIsNotARecord) {
  const std::string rest = kC.substr(kC.find(R"({"role":"inner","x":2)"));
  EXPECT_EQ(scan(kA + "\n" + rest + "\n" + kB + "\n").records, (Texts{kA, kB}));
  EXPECT_EQ(scan(kA + "\n" + std::string(512, '\0') + rest + "\n" + kB + "\n").records,
            (Texts{kA, kB}));
}

TEST(Scan, ZerosAreDamageAndBothNeighboursLoad) {
  const Found found = scan(kA + "\n" + std::string(512, '\0') + kB + "\n");
  EXPECT_EQ(found.records, (Texts{kA, kB}));
  EXPECT_EQ(found.damage, "zeros 30+512");
}

TEST(Scan, ZerosInsideOfARecordTakeOnlyThatRecord) {
  std::string hole = kB;
  hole.replace(5, 10, std::string(10, '\0'));
  const Found found = scan(kA + "\n" + hole + "\n" + kC + "\n");
  EXPECT_EQ(found.records, (Texts{kA, kC}));
  EXPECT_EQ(found.damage, "torn 30+5 zeros 35+10 not_json 45+" + std::to_string(hole.size() - 15));
}

TEST(Scan, LineEndThatBecameAnotherByteSeparatesStill) {
  for (const char byte : std::string(",x\"{:0\xFF\0", 8)) {
    EXPECT_EQ(scan(kA + "\n" + kB + byte + kC + "\n").records, (Texts{kA, kB, kC})) << int{byte};
  }
}

// Both were made by damaging transcripts of an agent whose records and inner objects begin alike.
TEST(Scan, ObjectsOfAnArrayThatDamageLaidBareAreNoRecords) {
  const std::string inner = R"({"role":"inner","x":1})";
  EXPECT_EQ(scan(kA + "\n" + R"({"role":"user","id":"m2)" + inner + R"(,{"role":"","x":2})" + "\n")
                .records,
            Texts{kA});
  EXPECT_EQ(scan(kA + "\n" + kB + "," + inner + "," + inner + "\n").records, Texts{kA});
}

TEST(Scan, UnterminatedRecordIsARecordIfItIsWhole) {
  const Found found = scan(kA + "\n" + kB);
  EXPECT_EQ(found.records, (Texts{kA, kB}));
  EXPECT_EQ(found.content_end, kA.size() + 1 + kB.size());
}

TEST(Scan, UnterminatedFragmentIsInFlightAndNoDamage) {
  const Found found = scan(kA + "\n" + kB.substr(0, 10));
  EXPECT_EQ(found.records, Texts{kA});
  EXPECT_EQ(found.damage, "");
  EXPECT_EQ(found.in_flight, 10U);
  EXPECT_EQ(found.content_end, kA.size() + 1);
}

TEST(Scan, ReasonsAreTold) {
  EXPECT_EQ(scan("[1,2]\n").damage, "not_object 0+5");
  EXPECT_EQ(scan("hello\n").damage, "not_json 0+5");
  EXPECT_EQ(scan("{\"a\":\"\xFF\"}\n").damage, "bad_utf8 0+9");
  EXPECT_EQ(scan("{\"a\":\"\x01\"}\n").damage, "bad_utf8 0+9");
  EXPECT_EQ(scan("{\"a\":1,\n").damage, "torn 0+7");
}

TEST(Scan, OversizeLineIsReportedWhereItStands) {
  Found found;
  Scanner scanner({}, found);
  EXPECT_TRUE(scanner.oversize_line(7, 1000));
  EXPECT_EQ(found.damage, "oversize 7+1000");
  EXPECT_EQ(scanner.content_end(), 1007U);
}

TEST(Scan, SinkStopsTheScan) {
  EXPECT_EQ(scan(kA + "\n" + kB + "\n" + kC + "\n", false, 2).records, (Texts{kA, kB}));
  EXPECT_EQ(scan(kA + kB + kC + "\n", false, 2).records, (Texts{kA, kB}));
}

TEST(PaddedScan, PaddingAtTheEndIsNothing) {
  const Found found = scan(kA + "\n" + padding(100) + "\n", true);
  EXPECT_EQ(found.damage, "");
  EXPECT_EQ(found.content_end, kA.size() + 1);
}

TEST(PaddedScan, PaddingLineBeforeARecordIsAGapWithItsRange) {
  const Found found = scan(kA + "\n" + padding(99) + "\n" + kB + "\n", true);
  EXPECT_EQ(found.records, (Texts{kA, kB}));
  EXPECT_EQ(found.damage, "gap 30+100");
}

TEST(PaddedScan, PaddingRightBeforeARecordIsAGapWithItsRange) {
  const Found found = scan(kA + "\n" + padding(512 - 30) + kB + "\n", true);
  EXPECT_EQ(found.records, (Texts{kA, kB}));
  EXPECT_EQ(found.offsets, (std::vector<std::uint64_t>{0, 512}));
  EXPECT_EQ(found.damage, "gap 30+482");
}

TEST(PaddedScan, PaddingRightBeforeATornRecordIsAGapWithItsRange) {
  EXPECT_EQ(scan(kA + "\n" + padding(512 - 30) + kB.substr(5) + "\n", true).damage,
            "gap 30+482 not_json 512+" + std::to_string(kB.size() - 5));
}

TEST(PaddedScan, BlanksThatNoLostSectorCanLeaveBelongToTheRecord) {
  const Found found = scan(kA + "\n" + padding(5) + kB + "\n", true);
  EXPECT_EQ(found.records, (Texts{kA, padding(5) + kB}));
  EXPECT_EQ(found.damage, "");
}

TEST(PaddedScan, SeveralPaddingLinesAreOneGap) {
  EXPECT_EQ(scan(kA + "\n" + padding(9) + "\n" + padding(9) + "\n" + kB + "\n", true).damage,
            "gap 30+20");
}

TEST(PaddedScan, PaddingBeforeDamageIsAGapToo) {
  EXPECT_EQ(scan(kA + "\n" + padding(9) + "\nx\n" + kB + "\n", true).damage,
            "gap 30+10 not_json 40+1");
}

TEST(PaddedScan, PaddingInAFolderWithoutItIsBlank) {
  EXPECT_EQ(scan(kA + "\n" + padding(99) + "\n" + kB + "\n", false).damage, "");
}

TEST(FirstMemberName, IsToldEvenOfATornObject) {
  EXPECT_EQ(first_member_name(R"( { "role" : 1})"), "role");
  EXPECT_EQ(first_member_name(R"({"a\"b":1})"), R"(a\"b)");
  EXPECT_EQ(first_member_name(R"({"role)"), "");
  EXPECT_EQ(first_member_name(R"({"role\)"), "");
  EXPECT_EQ(first_member_name("{}"), "");
  EXPECT_EQ(first_member_name(""), "");
}

// With spaces as padding, each of these would be a record that nobody wrote.
TEST(Scan, SectorOfPaddingInsideARecordIsDamage) {
  const std::string lead = R"({"role":"user","content":")" + std::string(486, 'x');
  ASSERT_EQ(lead.size(), 512U);
  const std::string in_text = lead + padding(512) + R"(end"})";
  EXPECT_EQ(scan(in_text + "\n" + kB + "\n", true).records, Texts{kB});
  const std::string list = R"({"role":"user","list":[)" + std::string(488, ' ') + "1";
  ASSERT_EQ(list.size(), 512U);
  const Found between_values = scan(list + padding(512) + ",2]}\n" + kB + "\n", true);
  EXPECT_EQ(between_values.records, Texts{kB});
  EXPECT_EQ(between_values.damage, "gap 0+1028");
}

TEST(Scan, TabsBetweenValuesThatFillNoSectorAreTheCallersOwn) {
  const std::string record = "{\"role\":" + padding(900) + "1}";
  EXPECT_EQ(scan(record + "\n", true).records, Texts{record});
}

std::string without_padding(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kPaddingByte);
  return std::string(text.substr(begin, text.find_last_not_of(kPaddingByte) + 1 - begin));
}

// Files that crashes, careless writers and bad disks leave, drawn from a seed.
class RandomDamage : public ::testing::TestWithParam<unsigned> {
 protected:
  RandomDamage() : random_(GetParam()) {}

  std::size_t below(std::size_t count) { return random_() % count; }
  std::string value(int depth) {
    switch (below(depth > 2 ? 3 : 5)) {
      case 0:
        return std::to_string(below(100000));
      case 1:
        return "\"t\xC3\xA9xt \\\" \\\\ { } [ " + std::to_string(below(100)) + "\"";
      case 2:
        return "null";
      case 3:
        return "[" + value(depth + 1) + "," + value(depth + 1) + "]";
      default:
        return object(depth + 1);
    }
  }
  std::string object(int depth) {
    const char* const names[] = {"role", "type", "id"};
    std::string text = "{\"" + std::string(names[depth == 0 ? 0 : below(3)]) + "\":" + value(depth);
    for (std::size_t i = below(3); i > 0; --i) {
      text += ",\"m" + std::to_string(i) + "\":" + value(depth);
    }
    return text + "}";
  }
  // Appends a record in one of the ways in which records come to lie in a file.
  void add(std::string& file) {
    const std::string record = object(0);
    switch (below(8)) {
      case 0:
        file += record.substr(0, 1 + below(record.size() - 1)) + "\n";
        break;
      case 1:
        file += record.substr(0, 1 + below(record.size() - 1));
        break;
      case 2:
        file += std::string(1 + below(600), '\0');
        break;
      case 3:
        file += std::string(1 + below(600), '\0') + "\n";
        break;
      case 4:
        file += std::string(3 + below(600), kPaddingByte) + "\n";
        break;
      case 5:
        whole_.insert(record);
        file += record;
        break;
      default:
        whole_.insert(record);
        file += record + "\n";
        break;
    }
  }

  std::mt19937 random_;
  std::set<std::string> whole_;  // what was written completely
};

TEST_P(RandomDamage, InventsNoRecord) {
  for (int round = 0; round < 300; ++round) {
    std::string file;
    whole_.clear();
    for (std::size_t count = 1 + below(12); count > 0; --count) add(file);
    for (const std::string& record : scan(file, true).records) {
      ASSERT_TRUE(whole_.contains(without_padding(record))) << record << "\nin\n" << file;
    }
  }
}

TEST_P(RandomDamage, EveryTornRecordLeavesItsNeighbours) {
  for (int round = 0; round < 300; ++round) {
    const std::string before = object(0);
    const std::string torn = object(0);
    const std::string after = object(0);
    const std::string part = torn.substr(0, 1 + below(torn.size() - 1));
    EXPECT_EQ(scan(before + "\n" + part + "\n" + after + "\n").records, (Texts{before, after}))
        << part;
  }
}

TEST_P(RandomDamage, RecordsAndDamageNeverOverlap) {
  for (int round = 0; round < 300; ++round) {
    std::string file;
    for (std::size_t count = 1 + below(12); count > 0; --count) add(file);
    const Found found = scan(file);
    for (std::size_t i = 0; i < found.offsets.size(); ++i) {
      EXPECT_EQ(file.substr(found.offsets[i], found.records[i].size()), found.records[i]);
      EXPECT_GE(found.nexts[i], found.offsets[i] + found.records[i].size());
      EXPECT_TRUE(i == 0 || found.offsets[i] >= found.nexts[i - 1]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomDamage, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace everturn
