// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/store_check.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "base/try.h"

namespace everturn {
namespace {

const std::string kLater = std::string(kLaterStart) + "\"a record behind the crash\"}";

std::size_t count_of(const FoundSession& session, std::string_view bytes) {
  return static_cast<std::size_t>(
      std::count_if(session.records.begin(), session.records.end(),
                    [&](const FoundRecord& record) { return record.bytes == bytes; }));
}

std::vector<std::string> plain_records(const FoundSession& session) {
  std::vector<std::string> records;
  for (const FoundRecord& record : session.records) {
    if (!record.is_metadata) records.push_back(record.bytes);
  }
  return records;
}

std::string list_of(const std::vector<std::string>& records) {
  std::string list;
  for (const std::string& record : records) list += " " + record.substr(0, 9);
  return list;
}

// A session, or what of one lies in the trash.
bool holds_records(const std::string& path) {
  if (path.find("/trash/") == std::string::npos) return path.ends_with(".jsonl");
  return !path.ends_with(".json") && !path.ends_with(".tmp");
}

// Every byte that a crash left in a session is still there or in the trash.
std::string check_conserved(const std::map<std::string, std::string>& before,
                            const std::map<std::string, std::string>& now) {
  for (const auto& [path, content] : before) {
    if (!holds_records(path)) continue;
    const bool kept = std::any_of(now.begin(), now.end(), [&, &bytes = content](const auto& file) {
      return holds_records(file.first) &&
             file.second.find(without_padding(bytes)) != file.second.npos;
    });
    if (!kept) return "bytes that the crash left in " + path + " are gone";
  }
  return "";
}

// Trying again cannot make a second copy.
bool may_be_retried(const Attempt& attempt) {
  return attempt.how.expected || !attempt.how.once.operation.empty() ||
         !attempt.how.once.member.empty();
}

// What an earlier run of the contract may have appended: the last append once more.
Acks with_retry(Acks acks) {
  if (!acks.retry || !may_be_retried(*acks.retry)) return acks;
  for (World& world : acks.worlds) {
    const auto [entry, is_new] = world.live.try_emplace(acks.retry->key);
    Body& body = entry->second;
    body.may_be_absent = body.may_be_absent || is_new;
    const bool is_known =
        std::any_of(body.records.begin(), body.records.end(),
                    [&](const Expected& record) { return record.batch == acks.retry->batch; });
    if (is_known) continue;
    for (const std::string& record : acks.retry->records) {
      body.records.push_back({record, Promise::maybe, acks.retry->batch, {}});
    }
  }
  return acks;
}

// One run of the contract.
class Check {
 public:
  Check(Fs& fs, SimFs& disk, const Acks& acks, const DiskState& before)
      : fs_(fs),
        disk_(disk),
        before_(before.files()),
        again_(disk.files() != before_),
        acks_(again_ ? with_retry(acks) : acks) {}

  std::string run() {
    if (!acks_.broken.empty()) return acks_.broken;
    for (const auto step :
         {&Check::conserve, &Check::read, &Check::verify, &Check::retry, &Check::append_to_all,
          &Check::repair_all, &Check::bring_back, &Check::sweep, &Check::conserve}) {
      std::string broken = (this->*step)();
      if (!broken.empty()) return broken;
    }
    return "";
  }

 private:
  std::string conserve() {
    std::map<std::string, std::string> left = before_;
    // A repair moves bytes to quarantine: check_bytes_are_kept() sees to those.
    for (const auto& [key, damaged] : acks_.damaged) left.erase(session_path(key));
    return check_conserved(left, disk_.files());
  }

  // What stands there agrees with what was promised, and looking changes nothing.
  std::string read() {
    const auto files = disk_.files();
    const auto paths = disk_.paths();
    Result<std::unique_ptr<Store>> opened = open_simulated_store(fs_);
    if (!opened) return "open: " + opened.status().message();
    store_ = *std::move(opened);
    std::string broken = look();
    if (!broken.empty()) return broken;
    if (disk_.files() != files || disk_.paths() != paths) return "reading changed the disk";
    read_trash_files(disk_, found_);
    for (const auto& [key, session] : found_.live) {
      broken = check_damage_is_told(session, acks_.damaged.contains(key));
      if (!broken.empty()) return key + ": " + broken;
      if (session.version != session.report.version) return key + ": two versions of one session";
    }
    broken = look_at_damaged();
    return broken.empty() ? compare(acks_, found_, again_) : broken;
  }

  // A power cut is no alarm: what a seal covers that has survived, has survived too.
  std::string verify() {
    const auto files = disk_.files();
    for (const auto& [key, session] : found_.live) {
      const Result<SealReport> report = store_->verify(key);
      if (!report) return "verify " + key + ": " + report.status().message();
      if (report->is_alarm()) {
        const SealFinding& first = report->findings.front();
        return "a false alarm of " + key + ": " + first.detail;
      }
      if (report->watermark > session.raw.size()) return "seals beyond the end of " + key;
    }
    return disk_.files() == files ? "" : "verifying changed the disk";
  }

  std::string look_at_damaged() {
    for (const auto& [key, damaged] : acks_.damaged) {
      const std::string& raw = found_.live[key].raw;
      const bool is_original = raw.starts_with(damaged.original);
      if (!again_ && is_original && !damaged.may_be_original) return key + " is not repaired";
      if (!again_ && !is_original && !damaged.may_be_repaired) return key + " is not as it was";
      std::string broken = check_bytes_are_kept(disk_, damaged, raw);
      if (!broken.empty()) return broken;
    }
    return "";
  }

  // A repair, whether or not one was begun before the crash, makes whole lines of the session;
  // undoing it gives back every byte.
  std::string repair_all() {
    for (const auto& [key, damaged] : acks_.damaged) {
      std::string broken = repair(key);
      if (!broken.empty()) return "repair " + key + ": " + broken;
      const Result<std::vector<RepairReceipt>> receipts = store_->receipts();
      if (!receipts) return "receipts: " + receipts.status().message();
      if (receipts->empty()) return "no receipt of a repair";
      const Status undone = store_->undo_repair(receipts->front().id);
      if (!undone.ok()) return "undo: " + undone.message();
      const std::string raw = disk_.read_file(session_path(key)).value_or("");
      if (receipts->size() == 1 && !raw.starts_with(damaged.original)) {
        return "undo gave other bytes";
      }
      broken = repair(key);
      if (!broken.empty()) return "repair again " + key + ": " + broken;
    }
    return "";
  }

  std::string repair(const std::string& key) {
    const std::vector<std::string> records = plain_records(found_.live[key]);
    const Result<RepairReport> report = store_->repair(key);
    if (!report) return report.status().message();
    std::string broken = look();
    if (!broken.empty()) return broken;
    const FoundSession& now = found_.live[key];
    if (now.report.damage_count > 0 || now.report.in_flight_bytes > 0) return "damage is left";
    if (plain_records(now) != records) return "not the records that were there";
    if (report->records != now.records.size()) return "the report counts other records";
    if (report->has_work() && report->version != now.version) return "another version";
    const Result<RepairReport> plan = store_->plan_repair(key);
    if (!plan) return plan.status().message();
    if (plan->has_work()) return "a second repair has work";
    return check_bytes_are_kept(disk_, acks_.damaged.at(key), now.raw);
  }

  std::string look() {
    Result<Findings> found = look_at(*store_);
    if (!found) return "read: " + found.status().message();
    found_ = *std::move(found);
    return "";
  }

  // The last append of the workload once more, as its caller would do it.
  std::string retry() {
    if (!acks_.retry) return "";
    const Attempt& attempt = *acks_.retry;
    if (!may_be_retried(attempt)) return "";
    const std::vector<std::string_view> records(attempt.records.begin(), attempt.records.end());
    const Result<Appended> reply = store_->append(attempt.key, records, attempt.how);
    // The version is another one behind damage, and behind what an earlier run appended.
    const bool refused = !reply && reply.status().code() == Code::conflict;
    if (refused && attempt.how.expected) return "";
    if (!reply) return "retry: " + reply.status().message();
    std::string broken = look();
    if (!broken.empty()) return broken;
    for (const std::string& record : attempt.records) {
      if (count_of(found_.live[attempt.key], record) != 1) {
        return "after the retry a record is there " +
               std::to_string(count_of(found_.live[attempt.key], record)) + " times";
      }
    }
    return "";
  }

  std::string append_to_all() {
    const Findings before = found_;
    for (const auto& [key, session] : before.live) {
      std::string broken = append_to(key);
      if (!broken.empty()) return "append to " + key + ": " + broken;
      if (acks_.padded) broken = write_padded_to(key);
      if (!broken.empty()) return "write padded to " + key + ": " + broken;
      broken = compare_with(key, session);
      if (!broken.empty()) return "after an append to " + key + ": " + broken;
      const std::string temporary = temporary_path(key);
      if (disk_.read_file(temporary)) return key + ": a temporary file is left over";
    }
    return "";
  }

  std::string append_to(const std::string& key) {
    const Result<Appended> reply = store_->append(key, {kLater});
    return reply ? "" : reply.status().message();
  }

  std::string write_padded_to(const std::string& key) {
    FsTraits traits;
    traits.type = "simulated";
    traits.pads_well = true;
    disk_.set_traits(traits);
    WriterOptions options;
    options.tail = Tail::padded;
    const Result<std::unique_ptr<Writer>> writer = store_->open_writer(key, options);
    if (!writer) return writer.status().message();
    const std::string_view record = kLater;
    for (int i = 0; i < 3; ++i) {
      const Result<Appended> reply = (*writer)->append({&record, 1}, {});
      if (!reply) return reply.status().message();
    }
    return "";
  }

  // What stood there before the append stands there now, byte for byte.
  std::string compare_with(const std::string& key, const FoundSession& before) {
    std::string broken = look();
    if (!broken.empty()) return broken;
    const FoundSession& now = found_.live[key];
    const std::size_t added = acks_.padded ? 4 : 1;
    std::vector<std::string> wanted = plain_records(before);
    wanted.insert(wanted.end(), added, kLater);
    if (plain_records(now) != wanted) {
      return "not what was there and the new record, but" + list_of(plain_records(now)) + ", not" +
             list_of(wanted);
    }
    if (now.title != before.title) return "the title changed";
    if (!now.raw.starts_with(without_padding(before.raw))) return "bytes before it changed";
    return check_damage_is_told(now, acks_.damaged.contains(key));
  }

  // Every deleted session whose key is free comes back as it was.
  std::string bring_back() {
    Findings start = found_;
    read_trash_files(disk_, start);
    for (const FoundTrash& trash : start.trash) {
      const std::string& key = trash.entry.key;
      if (trash.entry.kind != TrashKind::session || found_.live.contains(key)) continue;
      const Status status = store_->undelete(trash.entry.id);
      if (!status.ok()) return "undelete: " + status.message();
      if (disk_.read_file(session_path(key)) != trash.raw) return "undelete gave other bytes";
      std::string broken = look();
      if (!broken.empty()) return broken;
    }
    return "";
  }

  std::string sweep() {
    const Status status = store_->sweep();
    return status.ok() ? "" : "sweep: " + status.message();
  }

  Fs& fs_;
  SimFs& disk_;
  const std::map<std::string, std::string> before_;  // what the first crash left
  const bool again_;
  const Acks acks_;
  std::unique_ptr<Store> store_;
  Findings found_;
};

}  // namespace

std::string check_store(Fs& fs, SimFs& disk, const Acks& acks, const DiskState& before) {
  return Check(fs, disk, acks, before).run();
}

std::uint64_t sweep_limit(std::uint64_t states) {
  const char* text = std::getenv("EVERTURN_SWEEP_LIMIT");
  const std::uint64_t times = text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
  return states * std::max<std::uint64_t>(times, 1);
}

SweepOptions store_sweep(std::uint64_t states) {
  SweepOptions options;
  options.states_a_cut = sweep_limit(states);
  options.states_a_nested_cut = 0;
  options.faults_once.clear();
  options.faults_for_ever.clear();
  options.states_a_fault = sweep_limit(4);
  options.cuts_a_fault = 1;
  return options;
}

SweepReport sweep_disk(const SweepOptions& options, const DiskWorkload& workload, Bug bug) {
  return sweep<Acks>(
      options,
      [&](SimFs& disk, Acks& acks) {
        BuggyFs fs(disk, bug);
        workload(fs, disk, acks);
      },
      [&](SimFs& disk, const Acks& acks, const DiskState& before) {
        BuggyFs fs(disk, bug);
        return check_store(fs, disk, acks, before);
      });
}

SweepReport sweep_store(const SweepOptions& options, const StoreWorkload& workload, Bug bug) {
  return sweep_disk(
      options,
      [&](Fs& fs, SimFs& disk, Acks& acks) {
        Process process(fs, disk, acks);
        workload(process);
      },
      bug);
}

SweepReport sweep_store_after(SweepOptions options, const StoreWorkload& before,
                              const StoreWorkload& workload) {
  Acks start;
  options.setup = [&](SimFs& disk) {
    start = Acks();
    Process process(disk, disk, start);
    before(process);
  };
  return sweep_disk(options, [&](Fs& fs, SimFs& disk, Acks& acks) {
    acks = start;
    Process process(fs, disk, acks);
    workload(process);
  });
}

}  // namespace everturn
