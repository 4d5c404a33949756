// SPDX-License-Identifier: Apache-2.0
// Copies of agents' files through power cuts and faults: whatever a run reported is there, what a
// copy once held is never lost, and the next run completes what was cut off.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "store/import.h"
#include "tests/crash/sweep.h"

namespace everturn {
namespace {

constexpr const char* kHome = "/home/.claude";
constexpr const char* kSession = "/home/.claude/projects/p/s.jsonl";
constexpr const char* kFirst = "{\"n\":1}\n";
constexpr const char* kGrown = "{\"n\":1}\n{\"n\":2}\n";
constexpr const char* kRewritten = "{\"n\":3}\n";

// What the copy has been reported to hold.
struct Acks {
  std::set<std::string> contents;
};

AgentPlace claude() {
  AgentPlace place;
  place.folder = {Agent::claude, kHome, "", {"projects"}};
  return place;
}

std::string copy_path() {
  return "/copy/" + name_of_copy(Agent::claude, kHome) + "/projects/p/s.jsonl";
}

// One run of the command; whether all of it went well.
bool run(SimFs& disk) {
  const auto importer = Importer::open(disk, "/copy");
  if (!importer.ok()) return false;
  bool is_well = true;
  const Status done = (*importer)->import(claude(), [&](const ImportEvent& event) {
    is_well = is_well && event.status.ok();
    return true;
  });
  return is_well && done.ok();
}

void work(SimFs& disk, Acks& acks) {
  for (const char* content : {kFirst, kGrown, kRewritten}) {
    disk.write_file(kSession, content);
    if (run(disk)) acks.contents.insert(content);
  }
}

// Whether some file beside the copy, or the copy, begins with `content`.
bool is_kept(const SimFs& disk, const std::string& content) {
  for (const auto& [path, bytes] : disk.files()) {
    if (path.starts_with(copy_path()) && bytes.starts_with(content)) return true;
  }
  return false;
}

std::string check(SimFs& disk, const Acks& acks, const DiskState&) {
  for (const std::string& content : acks.contents) {
    if (!is_kept(disk, content)) return "lost before the next run: " + content;
  }
  if (!run(disk)) return disk.power_is_off() ? "" : "the next run fails";
  if (disk.durable_file(copy_path()) != disk.read_file(kSession)) {
    return "the next run does not complete the copy";
  }
  for (const std::string& content : acks.contents) {
    if (!is_kept(disk, content)) return "lost by the next run: " + content;
  }
  const bool was_rewritten = disk.read_file(kSession) == kRewritten;
  for (const std::string& path : disk.paths()) {
    if (!was_rewritten && path.find(".before-") != std::string::npos) {
      return "what the cut tore counts as older content: " + path;
    }
    if (path.starts_with("/copy") && path.ends_with(".tmp")) return "a leftover: " + path;
  }
  return "";
}

TEST(ImportCrash, WhatWasCopiedSurvivesAndTheNextRunCompletesIt) {
  SweepOptions options;
  options.setup = [](SimFs& disk) { disk.write_file(kSession, kFirst); };
  const SweepReport report = sweep<Acks>(options, work, check);
  EXPECT_TRUE(report.holds()) << report.text();
  EXPECT_GT(report.states, 100U);
  EXPECT_GT(report.fault_runs, 100U);
}

}  // namespace
}  // namespace everturn
