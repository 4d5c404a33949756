// SPDX-License-Identifier: Apache-2.0
// Purging through power cuts and faults: once it is acknowledged, no file holds the text any more,
// and the audit tells of it.
#include <gtest/gtest.h>

#include <string>

#include "everturn/store.h"
#include "store/engine.h"
#include "tests/crash/sweep.h"

namespace everturn {
namespace {

constexpr const char* kSecret = "a planted secret";
constexpr const char* kKept = R"({"role":"user","content":"of another session"})";

struct Acks {
  std::string purged;  // the entry's id
};

std::unique_ptr<Store> open_store_on(Fs& disk) {
  Result<std::unique_ptr<Engine>> engine = open_dir_engine(disk, "/store", {});
  return engine.ok() ? std::make_unique<Store>(*std::move(engine)) : nullptr;
}

void set_up(SimFs& disk) {
  const std::unique_ptr<Store> store = open_store_on(disk);
  const std::string record = std::string(R"({"role":"user","content":")") + kSecret + "\"}";
  ASSERT_TRUE(store->append("a", {record}).ok());
  ASSERT_TRUE(store->append("b", {kKept}).ok());
  ASSERT_TRUE(store->remove("a").ok());
  disk.write_file("/store/.everturn/cache/catalog.db", std::string("title: ") + kSecret);
}

void work(SimFs& disk, Acks& acks) {
  const std::unique_ptr<Store> store = open_store_on(disk);
  if (store == nullptr) return;
  const Result<std::vector<TrashEntry>> trash = store->trash();
  if (!trash.ok() || trash->empty()) return;
  const std::string id = trash->front().id;
  if (store->purge(id, "somebody").ok()) acks.purged = id;
}

std::string check(SimFs& disk, const Acks& acks, const DiskState&) {
  const std::unique_ptr<Store> store = open_store_on(disk);
  if (store == nullptr) return disk.power_is_off() ? "" : "the store does not open";
  std::string found;
  const Result<ReadReport> report = store->read("b", {}, [&found](const Record& record) {
    found += record.bytes;
    return true;
  });
  if (disk.power_is_off()) return "";
  if (!report.ok() || found != kKept) return "another session was hurt";
  if (acks.purged.empty()) return "";
  for (const auto& [path, content] : disk.files()) {
    if (content.find(kSecret) != std::string::npos) return path + " still holds the text";
  }
  const std::string audit = disk.read_file("/store/.everturn/audit.jsonl").value_or("");
  const bool is_told = audit.find("\"by\":\"somebody\"") != std::string::npos &&
                       audit.find("trash/" + acks.purged) != std::string::npos;
  return is_told ? "" : "the audit does not tell";
}

TEST(PurgeCrash, WhatIsAcknowledgedLeavesNoTextAndALineInTheAudit) {
  SweepOptions options;
  options.setup = set_up;
  options.states_a_cut = 40;
  options.states_a_nested_cut = 1;
  options.states_a_fault = 2;
  options.cuts_a_fault = 2;
  const SweepReport report = sweep<Acks>(options, work, check);
  EXPECT_TRUE(report.holds()) << report.text();
  EXPECT_GT(report.states, 50U);
  EXPECT_GT(report.fault_runs, 50U);
}

}  // namespace
}  // namespace everturn
