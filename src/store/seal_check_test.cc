// SPDX-License-Identifier: Apache-2.0
// Edits of a sealed file, known and random: the check names what was done, and where.
#include "store/seal_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"

namespace everturn {
namespace {

using Lines = std::vector<std::string>;

// A file of lines, sealed in batches.
class Sealed {
 public:
  // Line i is in batch `batch_of(i)`.
  explicit Sealed(const std::vector<std::size_t>& batches, std::size_t size = 30) {
    SealLine begin;
    begin.kind = SealLine::Kind::begin;
    begin.file = 1;
    begin.salt[0] = 1;
    seals_.push_back(begin);
    LineChain chain(begin.salt);
    SealLine seal;
    seal.file = 1;
    for (const std::size_t count : batches) {
      seal.marks.clear();
      for (std::size_t i = 0; i < count; ++i) {
        lines.push_back("{\"n\":" + std::to_string(lines.size() + 1) + ",\"t\":\"" +
                        std::string(size, 'x') + "\"}");
        batch_begin.push_back(lines.size() - 1 - i);
        chain.add(lines.back());
        seal.marks.push_back(seal_mark(chain.head()));
        seal.end += lines.back().size() + 1;
      }
      if (count == 1 || count > kSealMarksMax) seal.marks.clear();
      seal.lines += count;
      seal.head = chain.head();
      seals_.push_back(seal);
    }
    for (const std::size_t count : batches) batch_size.insert(batch_size.end(), count, count);
  }

  [[nodiscard]] SealReport check(const Lines& now, std::string_view fragment = "") const {
    std::string bytes;
    for (const std::string& line : now) bytes += line + "\n";
    bytes += fragment;
    SimFs disk;
    disk.write_file("/f", bytes);
    const auto folder = must(disk.open_folder("/", false));
    const auto file = must(folder->open("f", Access::read));
    FileLines in_file(*file, bytes.size(), nullptr);
    SealReport report;
    const Status status = check_seals(in_file, sealed_file(seals_, 1), report);
    EXPECT_TRUE(status.ok()) << status.message();
    return report;
  }
  // "altered 3, truncated 9+2"
  static std::string text(const SealReport& report) {
    std::string all;
    for (const SealFinding& finding : report.findings) {
      all += (all.empty() ? "" : ", ") + std::string(seal_fault_name(finding.fault)) + " " +
             std::to_string(finding.line);
      if (finding.lines != 1) all += "+" + std::to_string(finding.lines);
    }
    return all;
  }

  Lines lines;
  std::vector<std::size_t> batch_begin;  // of each line, the first of its batch
  std::vector<std::size_t> batch_size;

 private:
  std::vector<SealLine> seals_;
};

std::vector<std::size_t> singles(std::size_t count) { return std::vector<std::size_t>(count, 1); }

TEST(SealCheck, AnUntouchedFileFits) {
  const Sealed sealed({1, 3, 1, 70, 2});
  const SealReport report = sealed.check(sealed.lines);
  EXPECT_EQ(report.finding_count, 0U);
  EXPECT_EQ(report.sealed_lines, 77U);
  EXPECT_EQ(report.fitting.size(), 1U);
  EXPECT_EQ(report.unsealed_bytes, 0U);
}

TEST(SealCheck, WhatComesBehindTheLastSealIsUnsealed) {
  const Sealed sealed(singles(3));
  Lines now = sealed.lines;
  now.emplace_back("{\"new\":1}");
  const SealReport report = sealed.check(now, "{\"torn");
  EXPECT_EQ(report.finding_count, 0U);
  EXPECT_EQ(report.unsealed_bytes, 10U + 6U);
}

TEST(SealCheck, AFlippedByteIsFoundInItsLine) {
  const Sealed sealed(singles(9));
  for (std::size_t i = 0; i < 9; ++i) {
    Lines now = sealed.lines;
    now[i][10] ^= 1;
    EXPECT_EQ(Sealed::text(sealed.check(now)), "altered " + std::to_string(i + 1));
  }
}

TEST(SealCheck, ALineOfAnotherLengthIsFound) {
  const Sealed sealed(singles(9));
  for (std::size_t i = 0; i < 9; ++i) {
    Lines now = sealed.lines;
    now[i] = "{}";
    EXPECT_EQ(Sealed::text(sealed.check(now)), "altered " + std::to_string(i + 1));
  }
}

TEST(SealCheck, ARemovedLineIsFound) {
  const Sealed sealed(singles(9));
  for (std::size_t i = 0; i < 9; ++i) {
    Lines now = sealed.lines;
    now.erase(now.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(Sealed::text(sealed.check(now)),
              (i == 8 ? "truncated " : "removed ") + std::to_string(i + 1));
  }
}

TEST(SealCheck, AnInsertedLineIsFound) {
  const Sealed sealed(singles(9));
  for (std::size_t i = 0; i < 9; ++i) {
    Lines now = sealed.lines;
    now.insert(now.begin() + static_cast<std::ptrdiff_t>(i), "{\"planted\":1}");
    EXPECT_EQ(Sealed::text(sealed.check(now)), "inserted " + std::to_string(i + 1));
  }
}

TEST(SealCheck, ALineInAnotherPlaceIsFound) {
  const Sealed sealed(singles(9));
  for (std::size_t i = 0; i + 1 < 9; ++i) {
    Lines now = sealed.lines;
    std::swap(now[i], now[i + 1]);
    const std::string found = Sealed::text(sealed.check(now));
    EXPECT_TRUE(found == "reordered " + std::to_string(i + 1) ||
                found == "reordered " + std::to_string(i + 2))
        << found;
  }
}

TEST(SealCheck, ATruncatedFileIsFound) {
  const Sealed sealed(singles(9));
  for (std::size_t i = 0; i < 9; ++i) {
    const Lines now(sealed.lines.begin(), sealed.lines.begin() + static_cast<std::ptrdiff_t>(i));
    const std::string more = i == 8 ? "" : "+" + std::to_string(9 - i);
    EXPECT_EQ(Sealed::text(sealed.check(now)), "truncated " + std::to_string(i + 1) + more);
    EXPECT_EQ(Sealed::text(sealed.check(now, sealed.lines[i].substr(0, 7))),
              "truncated " + std::to_string(i + 1) + more);
  }
}

TEST(SealCheck, SeveralEditsAreEachFound) {
  const Sealed sealed(singles(40));
  Lines now = sealed.lines;
  now[35][12] = '?';
  now.insert(now.begin() + 20, "{\"planted\":1}");
  now.erase(now.begin() + 10, now.begin() + 12);
  now[3] = "{\"other\":1}";
  EXPECT_EQ(Sealed::text(sealed.check(now)), "altered 4, removed 11+2, inserted 19, altered 36");
}

TEST(SealCheck, LargeEditsAreFoundToo) {
  const Sealed sealed(singles(3000));
  Lines altered = sealed.lines;
  for (std::size_t i = 500; i < 2000; ++i) altered[i][8] ^= 2;
  EXPECT_EQ(Sealed::text(sealed.check(altered)), "altered 501+1500");
  Lines removed = sealed.lines;
  removed.erase(removed.begin() + 500, removed.begin() + 2000);
  EXPECT_EQ(Sealed::text(sealed.check(removed)), "removed 501+1500");
  Lines inserted = sealed.lines;
  inserted.insert(inserted.begin() + 500, 1500, "{\"planted\":1}");
  EXPECT_EQ(Sealed::text(sealed.check(inserted)), "inserted 501+1500");
}

TEST(SealCheck, AMarkNamesTheLineOfABatch) {
  const Sealed sealed({1, 10, 1});
  Lines now = sealed.lines;
  now[5][9] ^= 1;
  EXPECT_EQ(Sealed::text(sealed.check(now)), "altered 6+6");
  now = sealed.lines;
  now.erase(now.begin() + 5);
  EXPECT_EQ(Sealed::text(sealed.check(now)), "removed 6+6");
}

// Any single edit, at any place, over batches of any size.
class Edit {
 public:
  Edit(const Sealed& sealed, std::mt19937& random) : lines(sealed.lines) {
    const auto any = [&random](std::size_t below) { return random() % below; };
    at = any(lines.size());
    const auto here = lines.begin() + static_cast<std::ptrdiff_t>(at);
    switch (any(5)) {
      case 0:
        (*here)[any(here->size())] ^= static_cast<char>(1 + any(3));
        break;
      case 1:
        lines.erase(here);
        break;
      case 2:
        lines.insert(here, "{\"planted\":" + std::to_string(any(100)) + "}");
        break;
      case 3:
        if (at + 1 == lines.size()) --at;
        std::swap(lines[at], lines[at + 1]);
        break;
      default:
        lines.resize(at);
    }
  }
  Lines lines;
  std::size_t at = 0;
};

TEST(SealCheck, PropertyEveryEditIsFoundInItsPlace) {
  const std::uint32_t seed = 20'240'229;
  std::mt19937 random(seed);
  for (int round = 0; round < 1500; ++round) {
    std::vector<std::size_t> batches;
    for (std::size_t i = 2 + random() % 12; i > 0; --i) {
      batches.push_back(random() % 3 == 0 ? 1 + random() % 70 : 1);
    }
    const Sealed sealed(batches, random() % 40);
    const Edit edit(sealed, random);
    const SealReport report = sealed.check(edit.lines);
    ASSERT_GT(report.finding_count, 0U) << "round " << round;
    // Named by its line, or by the batch that it stands in.
    const SealFinding& first = report.findings.front();
    const std::size_t batch = sealed.batch_begin[edit.at];
    const bool has_mark = sealed.batch_size[edit.at] <= kSealMarksMax;
    const std::size_t last = has_mark ? edit.at + 2 : edit.at + 1;
    EXPECT_LE(first.line, last) << "round " << round << " " << Sealed::text(report);
    EXPECT_GE(first.line, has_mark ? edit.at + 1 : batch + 1) << "round " << round;
    // What stands before it, in other batches, is proven.
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < batch; ++i) before += sealed.lines[i].size() + 1;
    if (before > 0) {
      ASSERT_FALSE(report.fitting.empty());
      EXPECT_GE(report.fitting.front().end, before) << "round " << round;
    }
  }
}

TEST(SealCheck, ALineTooLongToBeSealedIsNotHeld) {
  SimFs disk;
  disk.write_file("/f", "{}\n" + std::string(8 << 20, 'x') + "\n");
  const auto folder = must(disk.open_folder("/", false));
  const auto file = must(folder->open("f", Access::read));
  const std::uint64_t size = must(file->info()).size;
  FileLines bounded(*file, size, nullptr, 1 << 20);
  EXPECT_EQ(must(bounded.at(0)), "{}");
  EXPECT_FALSE(must(bounded.at(3)).has_value());
  EXPECT_TRUE(must(FileLines(*file, size, nullptr).at(3)).has_value());
}

}  // namespace
}  // namespace everturn
