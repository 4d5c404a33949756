// SPDX-License-Identifier: Apache-2.0
// Backups through power cuts and faults of the disk that they go to: what was reported done can be
// brought back whole, and what was cut off is known as such and completed by the next run.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "everturn/store.h"
#include "store/engine.h"
#include "tests/crash/sweep.h"

namespace everturn {
namespace {

using Contents = std::map<std::string, std::string>;  // by key

struct Acks {
  Contents done;  // of the last backup that was reported
};

std::unique_ptr<Store> open_at(SimFs& disk, const std::string& path) {
  Result<std::unique_ptr<Engine>> engine = open_dir_engine(disk, path, {});
  return engine.ok() ? std::make_unique<Store>(*std::move(engine)) : nullptr;
}

bool read_all(Store& store, Contents& contents) {
  const Result<std::vector<SessionInfo>> sessions = store.list();
  if (!sessions.ok()) return false;
  for (const SessionInfo& session : *sessions) {
    const Status read = store.read_raw(session.key, [&](std::string_view bytes) {
      contents[session.key] += bytes;
      return true;
    });
    if (!read.ok()) return false;
  }
  return true;
}

bool backup(SimFs& disk) {
  const std::unique_ptr<Store> store = open_at(disk, "/store");
  if (store == nullptr) return false;
  const Result<BackupReport> report = store->backup("/backup");
  return report.ok() && report->problems.empty();
}

void set_up(SimFs& disk) {
  disk.write_file("/store/.everturn/format", "everturn 1\n");
  disk.write_file("/store/YQ.jsonl", "{\"n\":1}\n");
  disk.write_file("/store/Yg.jsonl", "{\"n\":2}\n{\"torn");
}

// Two backups, between them an append, a new session and a deletion.
void work(SimFs& disk, Acks& acks) {
  for (int round = 0; round < 2; ++round) {
    Contents now;
    const std::unique_ptr<Store> store = open_at(disk, "/store");
    if (store == nullptr || !read_all(*store, now)) return;
    if (backup(disk)) acks.done = now;
    const std::string record = "{\"n\":" + std::to_string(round + 3) + "}";
    if (!store->append("a", {record}).ok() || !store->append("c", {record}).ok()) return;
    if (!store->remove("b").ok()) return;
  }
}

std::string restored(SimFs& disk, const std::string& to, bool* there, Contents& contents) {
  const std::unique_ptr<Store> store = open_at(disk, to);
  if (store == nullptr) return "the new store does not open";
  RestoreOptions how;
  how.apply = true;
  how.gone = true;
  const Result<RestoreReport> report = store->restore("/backup", how);
  *there = report.ok();
  if (!report.ok()) {
    return report.status().code() == Code::not_found ? "" : report.status().message();
  }
  if (report->damaged > 0 && !report->interrupted) return "a complete backup holds damaged files";
  return read_all(*store, contents) ? "" : "what was brought back is not readable";
}

// Whatever was reported done is there, in this state or a later one of the session.
std::string compare(const Contents& done, const Contents& found) {
  for (const auto& [key, bytes] : done) {
    const auto other = found.find(key);
    if (other == found.end()) return "not brought back: " + key;
    if (!other->second.starts_with(bytes)) return "other bytes: " + key + ": " + other->second;
  }
  return "";
}

std::string check(SimFs& disk, const Acks& acks, const DiskState&) {
  bool there = false;
  Contents found;
  std::string broken = restored(disk, "/first", &there, found);
  if (disk.power_is_off()) return "";
  if (!broken.empty()) return broken;
  if (!acks.done.empty() && !there) return "a backup that was reported is none";
  broken = compare(acks.done, found);
  if (!broken.empty()) return broken;
  if (!backup(disk)) return disk.power_is_off() ? "" : "the next backup fails";
  Contents now;
  const std::unique_ptr<Store> store = open_at(disk, "/store");
  if (store == nullptr || !read_all(*store, now)) return disk.power_is_off() ? "" : "no store";
  Contents again;
  broken = restored(disk, "/second", &there, again);
  if (disk.power_is_off()) return "";
  if (!broken.empty() || !there) return "the next backup cannot be brought back: " + broken;
  return compare(now, again);
}

TEST(BackupCrash, WhatWasReportedComesBackAndACutRunIsCompleted) {
  SweepOptions options;
  options.setup = set_up;
  options.states_a_cut = 40;
  options.states_a_nested_cut = 0;
  options.states_a_fault = 2;
  options.cuts_a_fault = 2;
  const SweepReport report = sweep<Acks>(options, work, check);
  EXPECT_TRUE(report.holds()) << report.text();
  EXPECT_GT(report.states, 100U);
  EXPECT_GT(report.fault_runs, 100U);
}

TEST(BackupCrash, ARunThatIsCutOffTwiceIsCompletedToo) {
  SweepOptions options;
  options.setup = set_up;
  options.states_a_cut = 4;
  options.states_a_nested_cut = 1;
  options.faults_once = options.faults_for_ever = {};
  const SweepReport report = sweep<Acks>(
      options,
      [](SimFs& disk, Acks& acks) {
        Contents now;
        const std::unique_ptr<Store> store = open_at(disk, "/store");
        if (store != nullptr && read_all(*store, now) && backup(disk)) acks.done = now;
      },
      check);
  EXPECT_TRUE(report.holds()) << report.text();
  EXPECT_GT(report.nested_states, 100U);
}

}  // namespace
}  // namespace everturn
