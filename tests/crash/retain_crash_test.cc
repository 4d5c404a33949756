// SPDX-License-Identifier: Apache-2.0
// Retention through power cuts and faults: its writes leave no moment in which a message is gone
// from the session and not in the archive, or is counted as consolidated and is not.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/engine.h"
#include "tests/crash/store_workload.h"
#include "tests/crash/sweep.h"
#include "views/retain.h"

namespace everturn {
namespace {

constexpr const char* kKey = "telegram:12";
constexpr std::size_t kMessages = 6;
constexpr std::int64_t kConsolidated = 3;
constexpr std::size_t kKept = 4;

struct Acks {
  bool retained = false;
};

std::string message(std::size_t number) {
  return std::string(R"({"role":")") + (number % 2 == 0 ? "user" : "assistant") +
         R"(","content":"message )" + std::to_string(number) + "\"}";
}

std::string messages(std::size_t first, std::size_t end) {
  std::string text;
  for (std::size_t i = first; i < end; ++i) text += message(i) + "\n";
  return text;
}

void set_up(SimFs& disk) {
  disk.write_file("/archive/other.jsonl", "");
  const std::unique_ptr<Store> store = *open_simulated_store(disk);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < kMessages; ++i) all.push_back(message(i));
  const std::vector<std::string_view> records(all.begin(), all.end());
  EXPECT_TRUE(store->append(kKey, records).ok());
  MetadataChange change;
  change.last_consolidated = kConsolidated;
  EXPECT_TRUE(store->update_metadata(kKey, change).ok());
}

// The command's steps: read, plan, apply.
Status run(SimFs& disk, const std::string& archive) {
  Result<std::unique_ptr<Store>> store = open_simulated_store(disk);
  if (!store) return store.status();
  Transcript transcript;
  ReadOptions how;
  how.with_metadata = true;
  const Result<ReadReport> report = (*store)->read(kKey, how, [&](const Record& record) {
    transcript.add(record.bytes);
    return true;
  });
  if (!report) return report.status();
  const Result<Retention> plan = transcript.retention(kKept, true);
  if (!plan) return plan.status();
  if (plan->dropped == 0) return {};
  return retain(disk, **store, kKey, *plan, report->version, archive);
}

struct Found {
  std::string records;
  std::int64_t last_consolidated = 0;
};

Result<Found> look(SimFs& disk) {
  Result<std::unique_ptr<Store>> store = open_simulated_store(disk);
  if (!store) return store.status();
  Found found;
  const Result<ReadReport> report = (*store)->read(kKey, {}, [&](const Record& record) {
    found.records += std::string(record.bytes) + "\n";
    return true;
  });
  if (!report) return report.status();
  const Result<Metadata> metadata = (*store)->metadata(kKey);
  if (!metadata) return metadata.status();
  found.last_consolidated = metadata->last_consolidated;
  return found;
}

// What holds at any moment.
std::string check_found(SimFs& disk, const Found& found) {
  const std::size_t gone = kMessages - kKept;
  const bool is_whole = found.records == messages(0, kMessages);
  if (!is_whole && found.records != messages(gone, kMessages)) {
    return "neither all messages nor those that stay: " + found.records;
  }
  const auto consolidated_kept = kConsolidated - static_cast<std::int64_t>(gone);
  if (found.last_consolidated > (is_whole ? kConsolidated : consolidated_kept)) {
    return "a message counts as consolidated that is not";
  }
  bool is_archived = false;
  for (const char* path : {"/archive/first.jsonl", "/archive/second.jsonl"}) {
    const std::string archive = disk.durable_file(path).value_or("");
    if (!archive.empty() && archive != messages(0, gone)) return "a torn archive: " + archive;
    is_archived = is_archived || !archive.empty();
  }
  return is_whole || is_archived ? "" : "what went is in no archive";
}

std::string check(SimFs& disk, const Acks& acks, const DiskState&) {
  const Result<Found> found = look(disk);
  if (!found) return disk.power_is_off() ? "" : "unreadable: " + found.status().message();
  if (std::string broken = check_found(disk, *found); !broken.empty()) return broken;
  if (acks.retained && found->records == messages(0, kMessages)) return "undone by the cut";
  const Status again = run(disk, "/archive/second.jsonl");
  if (!again.ok() && !disk.power_is_off() && again.code() != Code::conflict) {
    return "the next run fails: " + again.message();
  }
  if (!again.ok()) return "";
  const Result<Found> after = look(disk);
  if (!after) return disk.power_is_off() ? "" : "unreadable: " + after.status().message();
  if (after->records == messages(0, kMessages)) return "the next run does not finish";
  return check_found(disk, *after);
}

TEST(RetainCrash, NoMessageIsLostBetweenItsWritesAndTheNextRunFinishes) {
  SweepOptions options;
  options.setup = set_up;
  options.states_a_cut = 60;
  options.states_a_nested_cut = 2;
  const SweepReport report = sweep<Acks>(
      options,
      [](SimFs& disk, Acks& acks) { acks.retained = run(disk, "/archive/first.jsonl").ok(); },
      check);
  std::printf("%s\n", report.text().c_str());
  EXPECT_TRUE(report.holds());
  EXPECT_GT(report.states, 100U);
  EXPECT_GT(report.fault_runs, 100U);
}

}  // namespace
}  // namespace everturn
