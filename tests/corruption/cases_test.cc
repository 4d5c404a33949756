// SPDX-License-Identifier: Apache-2.0
// One folder a kind of damage: before.jsonl, what must come back of it in records.jsonl, and what
// must be told in report.json. With EVERTURN_WRITE_CASES set, the last two are written instead of
// compared: for a new case, to be read before it is believed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"
#include "store/session_reader.h"

namespace everturn {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(EVERTURN_SOURCE_DIR) / "tests" / "corruption" / "cases";

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string range_text(std::uint64_t offset, std::uint64_t length, std::string_view name,
                       std::string_view what) {
  return "{\"offset\":" + std::to_string(offset) + ",\"length\":" + std::to_string(length) + ",\"" +
         std::string(name) + "\":\"" + std::string(what) + "\"}";
}

std::string list_text(std::string_view name, const std::vector<std::string>& items) {
  std::string text = " \"" + std::string(name) + "\":[";
  for (const std::string& item : items) text += (item == items.front() ? "\n  " : ",\n  ") + item;
  return text + "]";
}

std::string report_text(const ReadReport& report) {
  std::vector<std::string> damage;
  for (const Damage& one : report.damage) {
    damage.push_back(range_text(one.offset, one.length, "reason", damage_reason_name(one.reason)));
  }
  std::vector<std::string> notes;
  for (const Note& one : report.notes) {
    notes.push_back(range_text(one.offset, one.length, "kind", note_kind_name(one.kind)));
  }
  return "{\"records\":" + std::to_string(report.records) +
         ", \"salvaged\":" + std::to_string(report.salvaged) +
         ", \"in_flight_bytes\":" + std::to_string(report.in_flight_bytes) + ",\n" +
         list_text("damage", damage) + ",\n" + list_text("notes", notes) + "}\n";
}

struct Reading {
  std::string records;  // each with a line end
  std::string report;
};

// A session's name tells that it lies where each one begins with a metadata record.
Reading read_case(const std::string& name, const std::string& bytes) {
  SimFs disk;
  disk.write_file("/x", bytes);
  const std::unique_ptr<Folder> folder = must(disk.open_folder("/", false));
  const std::unique_ptr<File> file = must(folder->open("x", Access::read));
  const FileInfo info = must(file->info());
  SessionView view;
  view.file = file.get();
  view.size = info.size;
  view.id = info.id;
  view.key = "k";
  view.expects_metadata = name.starts_with("session_");
  ReadOptions how;
  how.with_metadata = true;
  Reading reading;
  const ReadReport report = must(read_session(view, how, [&](const Record& record) {
    reading.records.append(record.bytes) += '\n';
    return true;
  }));
  reading.report = report_text(report);
  return reading;
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class CorruptionCase : public ::testing::TestWithParam<std::string> {};

TEST_P(CorruptionCase, GivesBackTheRecordsAndTellsTheDamage) {
  const fs::path folder = kCases / GetParam();
  const Reading reading = read_case(GetParam(), content_of(folder / "before.jsonl"));
  if (std::getenv("EVERTURN_WRITE_CASES") != nullptr) {
    std::ofstream(folder / "records.jsonl", std::ios::binary) << reading.records;
    std::ofstream(folder / "report.json", std::ios::binary) << reading.report;
    GTEST_SKIP() << "written, not compared";
  }
  EXPECT_EQ(reading.records, content_of(folder / "records.jsonl"));
  EXPECT_EQ(reading.report, content_of(folder / "report.json"));
}

INSTANTIATE_TEST_SUITE_P(Cases, CorruptionCase, ::testing::ValuesIn(case_names()),
                         [](const auto& one) { return one.param; });

TEST(CorruptionCases, AreThere) { EXPECT_GE(case_names().size(), 40U); }

}  // namespace
}  // namespace everturn
