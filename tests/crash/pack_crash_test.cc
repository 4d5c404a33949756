// SPDX-License-Identifier: Apache-2.0
// Packing, unpacking, and appending to a packed session, through power cuts and faults: whatever
// happens, every record that was there is read back, and what was acknowledged too.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "everturn/store.h"
#include "store/engine.h"
#include "tests/crash/sweep.h"

namespace everturn {
namespace {

constexpr const char* kKey = "a";
constexpr const char* kFile = "/store/YQ.jsonl";

std::string record_of(int number) {
  return "{\"n\":" + std::to_string(number) + ",\"c\":\"" + std::string(200, 'x') + "\"}";
}

struct Acks {
  std::set<std::string> sure;
  std::set<std::string> perhaps;
};

std::unique_ptr<Store> open_store_on(Fs& disk) {
  Result<std::unique_ptr<Engine>> engine = open_dir_engine(disk, "/store", {});
  return engine.ok() ? std::make_unique<Store>(*std::move(engine)) : nullptr;
}

void set_up(SimFs& disk) {
  std::string bytes;
  for (int i = 1; i <= 9; ++i) bytes += record_of(i) + "\n";
  disk.write_file("/store/.everturn/format", "everturn 1\n");
  disk.write_file(kFile, bytes);
}

// A failed device closes a store, so each step has its own, as another process would.
void append(SimFs& disk, Acks& acks, int number) {
  const std::unique_ptr<Store> store = open_store_on(disk);
  if (store == nullptr) return;
  acks.perhaps.insert(record_of(number));
  if (store->append(kKey, {record_of(number)}).ok()) acks.sure.insert(record_of(number));
}

void work(SimFs& disk, Acks& acks) {
  for (int i = 1; i <= 9; ++i) acks.sure.insert(record_of(i));
  for (int round = 0; round < 2; ++round) {
    if (const auto store = open_store_on(disk)) static_cast<void>(store->pack(kKey));
    append(disk, acks, 10 + round);
  }
  if (const auto store = open_store_on(disk)) static_cast<void>(store->pack(kKey));
  if (const auto store = open_store_on(disk)) static_cast<void>(store->unpack(kKey));
}

std::string read_and_compare(Store& store, const Acks& acks, int later) {
  std::set<std::string> found;
  const Result<ReadReport> report = store.read(kKey, {}, [&found](const Record& record) {
    found.insert(std::string(record.bytes));
    return true;
  });
  if (!report.ok()) return report.status().message();
  for (const std::string& record : acks.sure) {
    if (!found.contains(record)) return "lost: " + record.substr(0, 12);
  }
  for (const std::string& record : found) {
    const bool is_known = acks.sure.contains(record) || acks.perhaps.contains(record);
    if (!is_known && record != record_of(later)) return "nobody wrote " + record.substr(0, 12);
  }
  const Result<std::vector<SessionInfo>> sessions = store.list();
  if (!sessions.ok()) return sessions.status().message();
  return sessions->size() == 1 ? "" : "listed " + std::to_string(sessions->size()) + " times";
}

std::string check(SimFs& disk, const Acks& acks, const DiskState&) {
  constexpr int kLater = 99;
  const std::unique_ptr<Store> store = open_store_on(disk);
  if (store == nullptr) return disk.power_is_off() ? "" : "the store does not open";
  std::string broken = read_and_compare(*store, acks, kLater);
  if (disk.power_is_off()) return "";
  if (!broken.empty()) return broken;
  if (!store->append(kKey, {record_of(kLater)}).ok()) {
    return disk.power_is_off() ? "" : "no append after it";
  }
  if (!store->pack(kKey).ok()) return disk.power_is_off() ? "" : "no packing after it";
  if (!store->sweep().ok()) return disk.power_is_off() ? "" : "no sweep after it";
  broken = read_and_compare(*store, acks, kLater);
  if (disk.power_is_off() || !broken.empty()) return disk.power_is_off() ? "" : broken;
  // One copy stays in the folder. Where a failed sync left the other one with other bytes, that is
  // in the trash, which loses nothing.
  return disk.read_file(kFile).has_value() ? "the plain file is still beside the packed one" : "";
}

TEST(PackCrash, EveryRecordIsReadBackWhateverHappens) {
  SweepOptions options;
  options.setup = set_up;
  options.states_a_cut = 12;
  options.states_a_nested_cut = 1;
  options.states_a_fault = 2;
  options.cuts_a_fault = 2;
  const SweepReport report = sweep<Acks>(options, work, check);
  EXPECT_TRUE(report.holds()) << report.text();
  EXPECT_GT(report.states, 100U);
  EXPECT_GT(report.fault_runs, 100U);
}

}  // namespace
}  // namespace everturn
