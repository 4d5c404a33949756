// SPDX-License-Identifier: Apache-2.0
// Part 2: the same turns on a simulated disk that loses power, by Everturn and by a store as many
// agents have one. After each cut every disk that it may leave is read, up to a number.
#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "cli/demo.h"
#include "everturn/store.h"
#include "fs/sim_fs.h"
#include "store/engine.h"

namespace everturn::cli::demo {
namespace {

constexpr std::uint64_t kTurns = 40;
constexpr std::uint64_t kCutsAProfile = 20;
constexpr std::uint64_t kOutcomesACut = 24;
// As a kernel does by itself now and then: all that was written until now is made durable.
constexpr std::uint64_t kTurnsAWriteBack = 8;

constexpr const char* kFolder = "/demo";
constexpr std::string_view kKey = "demo:power";

using Texts = std::set<std::string>;

std::string turn_text(std::uint64_t turn) {
  return R"({"role":")" + std::string(turn % 2 == 0 ? "user" : "assistant") + R"(","turn":)" +
         std::to_string(turn) + R"(,"content":")" + std::string(40 + turn * 31 % 200, 'x') +
         R"("})";
}

// A store that is tried: it lives on a disk, appends, and is read after the cut.
class Contestant {
 public:
  virtual ~Contestant() = default;
  virtual Status open(SimFs& disk) = 0;
  virtual Status append(const std::string& record) = 0;
  virtual Result<Texts> load(SimFs& disk) = 0;
};

class EverturnContestant : public Contestant {
 public:
  Status open(SimFs& disk) override {
    store_ = std::make_unique<Store>(TRY(open_dir_engine(disk, kFolder, {})));
    return {};
  }
  Status append(const std::string& record) override {
    return store_->append(kKey, {record}).status();
  }
  Result<Texts> load(SimFs& disk) override {
    Store store(TRY(open_dir_engine(disk, kFolder, {})));
    Texts texts;
    const Result<ReadReport> report = store.read(kKey, {}, [&](const Record& record) {
      texts.emplace(record.bytes);
      return true;
    });
    if (!report.ok()) return report.status();
    return texts;
  }

 private:
  std::unique_ptr<Store> store_;
};

// Keeps the conversation in memory and writes all of it each turn: a temporary file, renamed into
// place. Nothing is synced.
class Rewriter : public Contestant {
 public:
  Status open(SimFs& disk) override {
    folder_ = TRY(disk.open_folder(kFolder, false));
    return {};
  }
  Status append(const std::string& record) override {
    lines_ += record + "\n";
    const std::unique_ptr<File> file = TRY(folder_->open(kTemporary, Access::create_new));
    for (std::string_view rest = lines_; !rest.empty();) {
      rest.remove_prefix(TRY(file->append(rest)));
    }
    CHECK_OK(file->close());
    return folder_->rename(kTemporary, *folder_, kName, true);
  }
  // As kindly as can be: each line that is a record counts, whatever the others are.
  Result<Texts> load(SimFs& disk) override {
    const std::unique_ptr<Folder> folder = TRY(disk.open_folder(kFolder, false));
    const std::unique_ptr<File> file = TRY(folder->open(kName, Access::read));
    std::string bytes(TRY(file->info()).size, '\0');
    bytes.resize(TRY(file->read_at(0, bytes.data(), bytes.size())));
    Texts texts;
    for (std::size_t start = 0; start < bytes.size();) {
      const std::size_t stop = std::min(bytes.find('\n', start), bytes.size());
      JsonFault fault;
      const std::string line = bytes.substr(start, stop - start);
      if (is_json_object_by_grammar(line, &fault)) texts.insert(line);
      start = stop + 1;
    }
    return texts;
  }

 private:
  static constexpr const char* kName = "conversation.jsonl";
  static constexpr const char* kTemporary = "conversation.jsonl.tmp";

  std::unique_ptr<Folder> folder_;
  std::string lines_;
};

using Make = std::function<std::unique_ptr<Contestant>()>;

// All turns on a new disk, or as many as are acknowledged before the cut (0: none); the disk then
// has no power any more. Says how many.
std::uint64_t run_turns(SimFs& disk, Contestant& contestant, std::uint64_t cut) {
  disk.make_folders(kFolder);
  if (cut > 0) disk.cut_power_at(cut);
  std::uint64_t acknowledged = 0;
  bool going = contestant.open(disk).ok();
  while (going && acknowledged < kTurns) {
    if (acknowledged % kTurnsAWriteBack == 0 && !disk.power_is_off()) disk.settle();
    going = contestant.append(turn_text(acknowledged)).ok();
    if (going) ++acknowledged;
  }
  disk.cut_power();
  return acknowledged;
}

// How many of the records are not there on one disk that a cut left.
std::uint64_t look_at(SimFs& disk, std::uint64_t acknowledged, Contestant& contestant,
                      PowerReport& report) {
  const Result<Texts> texts = contestant.load(disk);
  std::uint64_t lost = 0;
  for (std::uint64_t turn = 0; turn < acknowledged; ++turn) {
    if (!texts.ok() || !texts->contains(turn_text(turn))) ++lost;
  }
  ++report.outcomes;
  if (lost > 0) ++report.bad_outcomes;
  if (acknowledged > 0 && (!texts.ok() || texts->empty())) ++report.empty_outcomes;
  return lost;
}

void look_at_all(const PowerCut& cut, Profile profile, std::uint64_t seed,
                 std::uint64_t acknowledged, const Make& make, PowerReport& report) {
  const std::uint64_t empty_before = report.empty_outcomes;
  std::uint64_t worst = 0;
  cut.for_each_state(kOutcomesACut, seed, [&](const DiskState& state) {
    SimFs after = SimFs::from(state, profile);
    worst = std::max(worst, look_at(after, acknowledged, *make(), report));
    return true;
  });
  ++report.cuts;
  report.acknowledged += acknowledged;
  report.lost += worst;
  if (report.empty_outcomes > empty_before) ++report.empty;
}

// Cuts spread over the run, each at a random moment of its part of it.
Status try_profile(Profile profile, const Stage& stage, const Make& make, PowerReport& report) {
  SimFs whole(profile, stage.seed);
  const std::unique_ptr<Contestant> uncut = make();
  if (run_turns(whole, *uncut, 0) != kTurns) {
    return {Code::io, report.name + " failed on a disk without a fault"};
  }
  const std::uint64_t moments = whole.mutations();
  Progress progress(stage.output);
  std::mt19937_64 random(stage.seed);
  for (std::uint64_t i = 0; i < kCutsAProfile; ++i) {
    CHECK_OK(check_not_stopped());
    progress.show(report.name + ": power cut " + std::to_string(report.cuts + 1));
    const std::uint64_t cut = 1 + (i * moments + random() % moments) / kCutsAProfile;
    SimFs disk(profile, stage.seed);
    const std::unique_ptr<Contestant> contestant = make();
    const std::uint64_t acknowledged = run_turns(disk, *contestant, cut);
    look_at_all(disk.power_cut(), profile, random(), acknowledged, make, report);
  }
  return {};
}

Status try_store(const Stage& stage, const Make& make, PowerReport& report) {
  CHECK_OK(try_profile(Profile::strict_posix, stage, make, report));
  return try_profile(Profile::journaling, stage, make, report);
}

}  // namespace

Result<PowerReports> cut_power(const Stage& stage) {
  PowerReports reports;
  reports.turns = kTurns;
  reports.everturn.name = "Everturn";
  reports.everturn.id = "everturn";
  reports.rival.name = "rewrite, no sync";
  reports.rival.id = "rewrite_without_sync";
  CHECK_OK(try_store(
      stage, [] { return std::make_unique<EverturnContestant>(); }, reports.everturn));
  CHECK_OK(try_store(
      stage, [] { return std::make_unique<Rewriter>(); }, reports.rival));
  return reports;
}

}  // namespace everturn::cli::demo
