// SPDX-License-Identifier: Apache-2.0
// Redaction through power cuts and faults: a session is as it was or as it was meant to be, and
// once it was acknowledged, the secret is on the disk no more.
#include <gtest/gtest.h>

#include <string>

#include "everturn/redact.h"
#include "store/engine.h"
#include "tests/crash/sweep.h"

namespace everturn {
namespace {

constexpr const char* kFile = "/store/YQ.jsonl";
constexpr const char* kBefore = "{\"n\":1}\n{\"k\":\"hunter2\"}\n{\"torn hunter2\n";
constexpr const char* kAfter = "{\"n\":1}\n{\"k\":\"[redacted:word]\"}\n{\"torn [redacted:word]\n";

struct Acks {
  bool done = false;
};

void find_word(std::string_view text, std::vector<RedactMatch>& matches) {
  constexpr std::string_view kWord = "hunter2";
  for (std::size_t at = 0; (at = text.find(kWord, at)) != std::string_view::npos; ++at) {
    matches.push_back({at, at + kWord.size(), "word"});
  }
}

Result<RedactReport> redact_all(SimFs& disk) {
  Result<std::unique_ptr<Engine>> engine = open_dir_engine(disk, "/store", {});
  if (!engine.ok()) return engine.status();
  Store store(*std::move(engine));
  RedactOptions how;
  how.find = find_word;
  how.apply = how.everywhere = true;
  how.who = "test";
  return redact(store, {}, how);
}

void set_up(SimFs& disk) {
  disk.write_file("/store/.everturn/format", "everturn 1\n");
  disk.write_file("/store/.everturn/cache/catalog.db", "hunter2");
  disk.write_file("/store/.everturn/trash/20260101T000000Z-0.0", "{\"a\":\"hunter2\"}\n");
  disk.write_file("/store/.everturn/quarantine/r1.bytes", "hunter2");
  disk.write_file(kFile, kBefore);
}

std::string check(SimFs& disk, const Acks& acks, const DiskState&) {
  const std::string session = disk.read_file(kFile).value_or("(no file)");
  if (session != kBefore && session != kAfter) return "neither old nor new: " + session;
  const auto holds_secret = [&disk] {
    for (const auto& [path, bytes] : disk.files()) {
      if (bytes.find("hunter2") != std::string::npos) return path;
    }
    return std::string();
  };
  if (acks.done && !holds_secret().empty()) return "acknowledged, and still in " + holds_secret();
  const Result<RedactReport> again = redact_all(disk);
  if (disk.power_is_off()) return "";
  if (!again.ok()) return "the next run fails: " + again.status().message();
  if (!again->problems.empty()) return again->problems.front();
  return holds_secret().empty() ? "" : "the next run leaves it in " + holds_secret();
}

TEST(RedactCrash, ASessionIsOldOrNewAndWhatWasAcknowledgedIsGone) {
  SweepOptions options;
  options.setup = set_up;
  options.states_a_cut = 60;
  options.states_a_nested_cut = 1;
  options.states_a_fault = 2;
  options.cuts_a_fault = 2;
  const SweepReport report = sweep<Acks>(
      options,
      [](SimFs& disk, Acks& acks) {
        const Result<RedactReport> done = redact_all(disk);
        acks.done = done.ok() && done->problems.empty();
      },
      check);
  EXPECT_TRUE(report.holds()) << report.text();
  EXPECT_GT(report.states, 50U);
  EXPECT_GT(report.fault_runs, 100U);
}

}  // namespace
}  // namespace everturn
