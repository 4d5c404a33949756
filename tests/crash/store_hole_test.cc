// SPDX-License-Identifier: Apache-2.0
// A session of which the disk cannot read a range, through power cuts and faults: what can be read
// and what was acknowledged behind it is there, and not a byte of the file is ever lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "everturn/store.h"
#include "fs/sim_fs.h"
#include "store/engine.h"
#include "tests/crash/sweep.h"

namespace everturn {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* kFile = "/store/YQ.jsonl";  // of the key "a"
constexpr std::uint64_t kPage = 4096;
constexpr const char* kAdded = R"({"n":"added"})";
constexpr const char* kSaved = R"({"n":"saved"})";

struct HoleAcks {
  bool added = false;
  bool may_be_saved = false;
  bool saved = false;
  bool destroyed = false;  // a call that needs every byte said ok
};

std::string record(int number) {
  return R"({"n":)" + std::to_string(number) + R"(,"text":")" + std::string(400, 'x') + "\"}";
}

// Records of 400 bytes on four pages, the third of which is bad; and those on the other pages.
struct Session {
  std::string bytes;
  Texts readable;
};
const Session& original() {
  static const Session session = [] {
    Session made;
    for (int i = 0; made.bytes.size() < 4 * kPage; ++i) {
      const std::size_t begin = made.bytes.size();
      made.bytes += record(i) + "\n";
      const bool is_cut = begin < 3 * kPage && made.bytes.size() - 1 > 2 * kPage;
      if (!is_cut) made.readable.push_back(record(i));
    }
    return made;
  }();
  return session;
}

std::unique_ptr<Store> open(SimFs& disk) {
  auto engine = open_dir_engine(disk, "/store", {});
  return engine.ok() ? std::make_unique<Store>(*std::move(engine)) : nullptr;
}

Result<Texts> load(Store& store, Version* version) {
  Texts records;
  const Result<ReadReport> report = store.read("a", {}, [&](const Record& one) {
    records.emplace_back(one.bytes);
    return true;
  });
  if (!report.ok()) return report.status();
  *version = report->version;
  return records;
}

void work(SimFs& disk, HoleAcks& acks) {
  disk.set_unreadable(kFile, 2 * kPage, kPage);
  const std::unique_ptr<Store> store = open(disk);
  if (store == nullptr) return;
  acks.added = store->append("a", {kAdded}).ok();
  acks.destroyed = store->repair("a").ok() || store->vacuum("a").ok() || store->pop("a", 1).ok() ||
                   store->rename("a", "b").ok();
  Version version;
  if (!load(*store, &version).ok()) return;
  const std::vector<std::string_view> records = {kSaved};
  WriteOptions how;
  how.expected = version;
  acks.may_be_saved = true;
  acks.saved = store->save("a", records, how).ok();
}

std::string check(SimFs& recovered, const HoleAcks& acks, const DiskState&) {
  if (acks.destroyed) return "what cannot be read was rewritten";
  const auto files = recovered.files();
  const bool is_kept = std::any_of(files.begin(), files.end(), [](const auto& file) {
    return file.second.starts_with(original().bytes);
  });
  if (!is_kept) return "bytes of the session are gone";
  const bool is_old = recovered.read_file(kFile).value_or("").starts_with(original().bytes);
  if (is_old) recovered.set_unreadable(kFile, 2 * kPage, kPage);
  const std::unique_ptr<Store> store = open(recovered);
  if (store == nullptr) return "the store cannot be opened";
  Version version;
  const Result<Texts> loaded = load(*store, &version);
  if (!loaded.ok()) return "load: " + loaded.status().message();
  const bool is_saved = *loaded == Texts{kSaved};
  if (is_saved) return acks.may_be_saved ? "" : "the session was saved by nobody";
  if (acks.saved) return "an acknowledged save is gone";
  const Texts& before = original().readable;
  if (loaded->size() < before.size() ||
      !std::equal(before.begin(), before.end(), loaded->begin())) {
    return "a record beside the hole is gone";
  }
  const bool is_added = std::find(loaded->begin(), loaded->end(), kAdded) != loaded->end();
  return acks.added && !is_added ? "an acknowledged append is gone" : "";
}

TEST(StoreHole, P8_NoByteIsLostAndEveryAcknowledgedRecordIsThere) {
  SweepOptions options;
  options.setup = [](SimFs& disk) {
    disk.write_file("/store/.everturn/format", "everturn 1\n");
    disk.write_file("/store/.everturn/lock", "");
    disk.write_file(kFile, original().bytes);
  };
  options.states_a_cut = 12;
  options.states_a_fault = 6;
  options.cuts_a_fault = 2;
  options.states_a_nested_cut = 0;
  const SweepReport report = sweep<HoleAcks>(options, work, check);
  EXPECT_TRUE(report.holds()) << report.text();
  EXPECT_GT(report.states, 100U);
  EXPECT_GT(report.fault_states, 100U);
}

}  // namespace
}  // namespace everturn
