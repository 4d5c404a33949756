// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/rivals.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "fs/sim_fs.h"
#include "tests/lab/campaign.h"
#include "tests/lab/script.h"

namespace everturn::lab {
namespace {

constexpr const char* kName = "conversation.jsonl";
constexpr const char* kTemporary = "conversation.jsonl.tmp";

Status append_all(File& file, std::string_view bytes) {
  while (!bytes.empty()) bytes.remove_prefix(TRY(file.append(bytes)));
  return {};
}

Result<std::string> read_file(Folder& folder) {
  Result<std::unique_ptr<File>> file = folder.open(kName, Access::read);
  if (!file && file.status().code() == Code::not_found) return std::string();
  if (!file) return file.status();
  std::string bytes(TRY((*file)->info()).size, '\0');
  bytes.resize(TRY((*file)->read_at(0, bytes.data(), bytes.size())));
  return bytes;
}

// As kindly as can be: each line that is a record counts, whatever the others are.
std::set<std::string> records_in(const std::string& bytes) {
  std::set<std::string> records;
  for (std::size_t start = 0; start < bytes.size();) {
    const std::size_t stop = std::min(bytes.find('\n', start), bytes.size());
    JsonFault fault;
    const std::string line = bytes.substr(start, stop - start);
    if (is_json_object_by_grammar(line, &fault)) records.insert(line);
    start = stop + 1;
  }
  return records;
}

class FileRival : public Rival {
 public:
  explicit FileRival(Folder& folder) : folder_(folder) {}
  Result<std::set<std::string>> load() override { return records_in(TRY(read_file(folder_))); }

 protected:
  Folder& folder_;
};

// The whole conversation anew each time, renamed into place.
class Rewriter final : public FileRival {
 public:
  Rewriter(Folder& folder, std::string lines) : FileRival(folder), lines_(std::move(lines)) {}
  Status append(const std::string& record) override {
    lines_ += record + "\n";
    static_cast<void>(folder_.remove(kTemporary));
    const std::unique_ptr<File> file = TRY(folder_.open(kTemporary, Access::create_new));
    CHECK_OK(append_all(*file, lines_));
    CHECK_OK(file->close());
    return folder_.rename(kTemporary, folder_, kName, true);
  }

 private:
  std::string lines_;
};

// A line at the end of the file; `syncs` also the file and, when it is new, its name.
class Appender final : public FileRival {
 public:
  Appender(Folder& folder, bool syncs) : FileRival(folder), syncs_(syncs) {}
  Status append(const std::string& record) override {
    Result<std::unique_ptr<File>> file = folder_.open(kName, Access::append);
    const bool is_new = !file;
    if (is_new) file = folder_.open(kName, Access::create_new);
    if (!file) return file.status();
    CHECK_OK(append_all(**file, record + "\n"));
    if (!syncs_) return {};
    CHECK_OK((*file)->sync_data());
    return is_new ? folder_.sync() : Status();
  }

 private:
  const bool syncs_;
};

constexpr std::uint64_t kTurns = 30;
constexpr std::uint64_t kLater = 7;  // more, behind the crash

std::string turn(std::uint64_t number) { return record_text(number, 40 + number * 31 % 200); }

// How many records are acknowledged before the power is gone. Now and then a kernel writes back by
// itself.
std::uint64_t talk(SimFs& disk, RivalKind kind, std::uint64_t begin, std::uint64_t end) {
  const Result<std::unique_ptr<Folder>> folder = disk.open_folder("/rival", false);
  if (!folder) return begin;
  const Result<std::unique_ptr<Rival>> rival = open_rival(kind, **folder);
  if (!rival) return begin;
  for (std::uint64_t number = begin; number < end; ++number) {
    if (number % 8 == 0 && !disk.power_is_off()) disk.settle();
    if (!(*rival)->append(turn(number)).ok()) return number;
  }
  return end;
}

Finding look(SimFs& disk, RivalKind kind, std::uint64_t acknowledged) {
  Finding finding;
  // The conversation goes on, and then somebody loads it.
  const std::uint64_t more = talk(disk, kind, kTurns, kTurns + kLater) - kTurns;
  const Result<std::unique_ptr<Folder>> folder = disk.open_folder("/rival", false);
  const Result<std::unique_ptr<Rival>> rival = open_rival(kind, **folder);
  const Result<std::set<std::string>> there = (*rival)->load();
  const auto is_lost = [&](std::uint64_t number) {
    return !there || !there->contains(turn(number));
  };
  for (std::uint64_t i = 0; i < acknowledged; ++i) finding.lost += is_lost(i) ? 1 : 0;
  for (std::uint64_t i = 0; i < more; ++i) finding.lost += is_lost(kTurns + i) ? 1 : 0;
  if (finding.lost > 0) finding.broken = std::to_string(finding.lost) + " records lost";
  return finding;
}

void cut(RivalKind kind, const Context& context, std::uint64_t mutation, bool* more, Tally& tally) {
  SimFs disk(Profile::journaling, context.seed);
  disk.make_folders("/rival");
  disk.cut_power_at(mutation);
  const std::uint64_t acknowledged = talk(disk, kind, 0, kTurns);
  *more = disk.power_is_off();
  disk.cut_power();
  tally.acknowledged += acknowledged;
  const std::string name = std::string(rival_name(kind)) + "/" + std::to_string(mutation);
  disk.power_cut().for_each_state(context.scaled(8, 64), context.seed, [&](const DiskState& state) {
    SimFs after = SimFs::from(state, Profile::journaling);
    tally.count(std::string(rival_name(kind)), name, look(after, kind, acknowledged));
    ++tally.simulated;
    return true;
  });
}

}  // namespace

std::string_view rival_name(RivalKind kind) {
  constexpr std::string_view kNames[] = {"rewrite without sync", "append without sync",
                                         "append with sync, skip bad lines"};
  return kNames[static_cast<std::size_t>(kind)];
}

const std::vector<RivalKind>& rivals() {
  static const std::vector<RivalKind> all = {
      RivalKind::rewrite_without_sync, RivalKind::append_without_sync, RivalKind::skip_bad_lines};
  return all;
}

Result<std::unique_ptr<Rival>> open_rival(RivalKind kind, Folder& folder) {
  if (kind != RivalKind::rewrite_without_sync) {
    return std::unique_ptr<Rival>(
        std::make_unique<Appender>(folder, kind == RivalKind::skip_bad_lines));
  }
  std::string lines;
  for (const std::string& record : records_in(TRY(read_file(folder)))) lines += record + "\n";
  return std::unique_ptr<Rival>(std::make_unique<Rewriter>(folder, std::move(lines)));
}

Tally run_rivals(const Context& context) {
  Tally tally;
  tally.wants_losses = true;
  for (const RivalKind kind : rivals()) {
    if (!context.wants_part(rival_name(kind))) continue;
    bool more = true;
    for (std::uint64_t mutation = 1; more; ++mutation) cut(kind, context, mutation, &more, tally);
  }
  return tally;
}

}  // namespace everturn::lab
