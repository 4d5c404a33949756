// SPDX-License-Identifier: Apache-2.0
// Thousands of damaged transcripts, and what must come back of each. EVERTURN_DAMAGED_FILES tells
// how many, EVERTURN_SEED from which seed, EVERTURN_TRANSCRIPTS a folder of real ones to draw from.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/utf8.h"
#include "journal/repair_property.h"
#include "tests/corruption/damage_generator.h"
#include "tests/corruption/scanned_file.h"

namespace everturn::corruption_test {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  if (text != nullptr && std::string_view(text) == "random") return std::random_device{}();
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

struct Score {
  std::uint64_t files = 0;
  std::uint64_t untouched = 0;
  std::uint64_t ours = 0;      // of the untouched
  std::uint64_t told = 0;      // of the others: candidates, or in flight
  std::uint64_t skipping = 0;  // by a reader that skips bad lines
  std::uint64_t strict = 0;    // by one that decodes the file as UTF-8 first, and then skips
  std::uint64_t by_chance = 0;
  std::uint64_t altered = 0;  // valid JSON by chance
  std::uint64_t salvaged = 0;

  void print(std::uint64_t seed) const {
    const auto line = [&](const char* who, std::uint64_t count) {
      std::printf("  %-24s %10llu of %llu untouched records, %.3f %%\n", who,
                  static_cast<unsigned long long>(count),
                  static_cast<unsigned long long>(untouched),
                  100.0 * static_cast<double>(count) / static_cast<double>(untouched));
    };
    std::printf("%llu damaged files, seed %llu\n", static_cast<unsigned long long>(files),
                static_cast<unsigned long long>(seed));
    line("Everturn", ours);
    line("skip bad lines", skipping);
    line("strict text decode", strict);
    std::printf("  not returned but told of: %llu; salvaged: %llu\n",
                static_cast<unsigned long long>(told), static_cast<unsigned long long>(salvaged));
    std::printf("  altered unseen: %llu, %llu more that begin or end where no record did\n",
                static_cast<unsigned long long>(altered),
                static_cast<unsigned long long>(by_chance));
  }
};

bool is_line(const DamagedFile& file, TextRange range) {
  const std::string_view bytes = file.bytes;
  return (range.begin == 0 || bytes[range.begin - 1] == '\n') &&
         (range.end == bytes.size() || bytes[range.end] == '\n');
}

bool is_told(const ScannedFile& found, const DamagedFile& file, TextRange range) {
  if (range.end > file.bytes.size() - found.in_flight_bytes) return true;
  return std::any_of(found.notes.begin(), found.notes.end(), [&](const Note& note) {
    return note.kind == NoteKind::candidate && note.offset <= range.begin &&
           range.end <= note.offset + note.length;
  });
}

class DamagedTranscripts : public ::testing::Test {
 protected:
  // The first thing that is not as promised, or "".
  std::string complaint_about_file(const DamagedFile& file) {
    const ScannedFile found = scan_file(file.bytes);
    std::string complaint = complaint_about(found, file.bytes);
    std::set<TextRange> returned;
    for (const FoundRecord& record : found.records) {
      const TextRange range{record.offset, record.offset + record.length};
      if (record.salvaged) {
        ++score_.salvaged;
        continue;
      }
      returned.insert(range);
      const DamagedFile::Verdict verdict = file.judge(range);
      if (verdict == DamagedFile::Verdict::altered) ++score_.altered;
      if (verdict == DamagedFile::Verdict::by_chance) ++score_.by_chance;
      if (verdict == DamagedFile::Verdict::invented && complaint.empty()) {
        complaint = "invented at byte " + std::to_string(range.begin) + ": " + record.bytes;
      }
    }
    count_untouched(file, found, returned, complaint);
    return complaint;
  }

  void count_untouched(const DamagedFile& file, const ScannedFile& found,
                       const std::set<TextRange>& returned, std::string& complaint) {
    const bool decodes = is_utf8(file.bytes);
    ++score_.files;
    for (const Untouched& one : file.untouched) {
      ++score_.untouched;
      const bool on_own_line = is_line(file, one.at);
      score_.skipping += on_own_line ? 1 : 0;
      score_.strict += on_own_line && decodes ? 1 : 0;
      if (returned.contains(one.at)) {
        ++score_.ours;
      } else if (is_told(found, file, one.at)) {
        ++score_.told;
      }
      if (one.is_clear && !returned.contains(one.at) && complaint.empty()) {
        complaint = "not returned, from byte " + std::to_string(one.at.begin);
      }
    }
  }

  Score score_;
};

TEST_F(DamagedTranscripts, GiveBackWhatIsUntouchedAndInventNothing) {
  const std::uint64_t seed = number_from("EVERTURN_SEED", 1);
  const std::uint64_t count = number_from("EVERTURN_DAMAGED_FILES", 4000);
  DamageGenerator generator(seed, real_transcripts());
  std::uint64_t failures = 0;
  for (std::uint64_t i = 0; i < count && failures < 10; ++i) {
    const DamagedFile file = generator.next();
    const std::string complaint = complaint_about_file(file);
    if (complaint.empty()) continue;
    ++failures;
    ADD_FAILURE() << "file " << i << " of seed " << seed << ": " << file.what_happened << complaint
                  << (file.bytes.size() < 6000 ? "\n" + printable(file.bytes) : "");
  }
  score_.print(seed);
  EXPECT_GE(score_.ours, score_.skipping);
  // Damage can close an object anywhere; that it passes for a record must stay an accident.
  EXPECT_LE(score_.by_chance, 2 + count / 1000);
}

TEST_F(DamagedTranscripts, WithoutDamageAreRecordsAndNothingElse) {
  DamageGenerator generator(number_from("EVERTURN_SEED", 1));
  for (int i = 0; i < 100; ++i) {
    const std::string file = generator.transcript();
    const ScannedFile found = scan_file(file);
    ASSERT_EQ(complaint_about(found, file), "");
    ASSERT_EQ(found.records.size(),
              static_cast<std::size_t>(std::count(file.begin(), file.end(), '\n')));
    ASSERT_TRUE(found.damage.empty() && found.notes.empty()) << file;
  }
}

// Quarantine and result account for each byte, undoing gives the old file, a second repair has no
// work, and the records that were loaded before are there afterwards, in order.
TEST_F(DamagedTranscripts, AreRepairedAndTheRepairCanBeTakenBack) {
  const std::uint64_t seed = number_from("EVERTURN_SEED", 1);
  const std::uint64_t count = number_from("EVERTURN_DAMAGED_FILES", 4000);
  DamageGenerator generator(seed, real_transcripts());
  std::uint64_t failures = 0;
  for (std::uint64_t i = 0; i < count && failures < 10; ++i) {
    const DamagedFile file = generator.next();
    RepairPlanOptions options;
    options.partial = i % 4 == 3;
    options.keeps_other_json = i % 2 == 1;
    const std::string complaint = repair_test::complaint(file.bytes, options);
    if (complaint.empty()) continue;
    ++failures;
    ADD_FAILURE() << "file " << i << " of seed " << seed << ": " << file.what_happened << complaint;
  }
}

// The test of the test: these the judge must not let pass.
TEST(DamageGenerator, TellsPartsAndSeamsFromRecords) {
  DamagedFile file;
  file.bytes = "{\"a\":{\"b\":1}}\n{\"c\":2}\n";
  file.records = {{{0, 13}, {14, 21}}};
  for (std::size_t i = 0; i < file.bytes.size(); ++i)
    file.origins.push_back(static_cast<Origin>(i));
  EXPECT_EQ(file.judge({0, 13}), DamagedFile::Verdict::original);
  EXPECT_EQ(file.judge({5, 12}), DamagedFile::Verdict::invented);
  file.origins[8] = kForeign;
  EXPECT_EQ(file.judge({0, 13}), DamagedFile::Verdict::altered);
  EXPECT_EQ(file.judge({14, 21}), DamagedFile::Verdict::original);
}

}  // namespace
}  // namespace everturn::corruption_test
