// SPDX-License-Identifier: Apache-2.0
// The folder engine: repairing a session's file.
//
// A repair reads and writes without the session's lock, as far as whole lines go, so that appends
// go on meanwhile. Then, under the lock, it deals with what came since, and replaces the file. By
// then the quarantine is durable, and the new content was read back from the disk.
#include <algorithm>
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "store/atomic_file.h"
#include "store/dir_engine.h"
#include "store/line_copy.h"
#include "store/packed_file.h"
#include "store/repair_run.h"

namespace everturn {
namespace {

Status changed_meanwhile() {
  return {Code::conflict, "somebody else changed the session during the repair; run it again"};
}

Status refuse_other_writer(File& file) {
  const std::string writer = TRY(file.other_writer());
  if (writer.empty()) return {};
  return {Code::unavailable,
          writer +
              " has the file open for writing and would go on writing into the old one; stop "
              "it first, or repair in place (--in-place), or go on (--force)"};
}

// For one repair, so that nobody else takes it for a leftover of his.
std::string own_temporary_name(Fs& fs, const std::string& file_name) {
  return temporary_file_name(file_name + "/repair/" + std::to_string(fs.random()));
}

// A file of another form than lines is whole: there is nothing to repair, only to convert.
std::string what_is_no_lines(std::string_view what, const RepairReport& report) {
  return std::string(what) + " of " + std::to_string(report.records) +
         (report.records == 1 ? " record" : " records") +
         ", no lines: nothing to repair; --to FILE writes it as lines";
}

}  // namespace

Result<DirEngine::Repair> DirEngine::open_for_repair(const RepairTarget& target,
                                                     const RepairOptions& how) {
  const std::shared_ptr<Folder> root = context_.folder->root();
  if (root == nullptr) return Status(Code::not_found, "there is no such session or file");
  Repair repair;
  repair.key = target.key;
  repair.name = target.file_name;
  if (repair.name.empty()) {
    const SessionFile found = TRY(context_.find(target.key));
    if (!found.exists) return Status(Code::not_found, "there is no such session");
    repair.name = found.real_name();
  }
  repair.file = TRY(open_session_content(*root, repair.name));
  repair.info = TRY(repair.file->info());
  if (repair.key.empty()) {
    const std::string first_line = TRY(read_first_line(*repair.file));
    repair.key = key_of_file(repair.name, first_line).key;
  }
  repair.is_ours = context_.folder->kind() == FolderKind::own;
  repair.plan.padded_tails = context_.folder->padded_tails();
  repair.plan.partial = how.partial;
  repair.plan.joins = !how.in_place;
  repair.plan.keeps_other_json = context_.folder->kind() == FolderKind::foreign;
  repair.limits.max_line_bytes = context_.options.max_record_bytes;
  repair.size = repair.info.size;
  if (is_packed_file_name(repair.name)) {
    repair.whole_lines = repair.size;
    return repair;
  }
  if (repair.is_ours) repair.size = TRY(settled_size(*repair.file, lock_slot(repair.key)));
  const TailState tail = TRY(read_tail(*repair.file, repair.size, false));
  repair.whole_lines = repair.size;
  // The fragment may stand behind whole records of its line.
  if (tail.needs_guard) {
    repair.whole_lines = TRY(line_start_before(*repair.file, repair.size));
  }
  return repair;
}

// What stands there instead of lines, if it does.
Status DirEngine::look_at_form(Repair& repair) {
  if (context_.folder->kind() == FolderKind::foreign) {
    std::unique_ptr<File> unpacked = TRY(decompressed(*repair.file, repair.size, &repair.packed));
    if (unpacked != nullptr) {
      repair.file = std::move(unpacked);
      const FileInfo info = TRY(repair.file->info());
      repair.size = repair.whole_lines = info.size;
    }
  }
  repair.document =
      TRY(read_document(*repair.file, repair.size, context_.options.max_record_bytes));
  if (repair.document) repair.whole_lines = 0;
  return {};
}

// The lines of the file from `begin` to `end`, or the document that it is, through the planner.
Status DirEngine::plan(const Repair& repair, File& file, std::uint64_t begin, std::uint64_t end,
                       RepairPlanner& planner) {
  if (!repair.document) {
    CHECK_OK(read_lines(file, begin, end, repair.limits, planner));
    return planner.status();
  }
  if (end == 0) return {};
  const std::optional<Document> now = TRY(read_document(file, end, end));
  if (!now || now->bytes != repair.document->bytes) return changed_meanwhile();
  return planner.take_document(now->bytes, now->records);
}

Result<RepairReport> DirEngine::repair(const RepairTarget& target, const RepairOptions& how,
                                       bool apply) {
  CHECK_OK(context_.check_process());
  if (how.in_place && (how.partial || !how.to.empty())) {
    return Status(Code::invalid,
                  "in place, a repair can neither keep partial records nor write to another file");
  }
  Repair repair = TRY(open_for_repair(target, how));
  CHECK_OK(look_at_form(repair));
  // In place, the end of another program's file is left alone: it may be a line that it is just
  // writing.
  const bool is_foreign = context_.folder->kind() == FolderKind::foreign;
  if (how.in_place && is_foreign) repair.size = repair.whole_lines;
  RepairTally tally(how.in_place);
  RepairPlanner planner(repair.plan, tally);
  CHECK_OK(plan(repair, *repair.file, 0, repair.size, planner));
  CHECK_OK(planner.finish());
  RepairReport report = tally.report(planner, repair.size);
  CHECK_OK(judge(repair, report));
  if (apply && !how.to.empty()) {
    CHECK_OK(write_repaired_copy(repair, how.to));
    return report;
  }
  const bool is_document = repair.document && context_.folder->kind() == FolderKind::foreign;
  if (is_document || !repair.packed.empty()) {
    RepairReport nothing;
    nothing.records = report.records;
    nothing.bytes_before = nothing.bytes_after = repair.info.size;
    nothing.summary = what_is_no_lines(
        repair.packed.empty() ? "one JSON document" : repair.packed + ": a file", report);
    return nothing;
  }
  if (!apply || !report.has_work()) return report;
  CHECK_OK(context_.prepare_to_write());
  if (is_packed_file_name(repair.name)) {
    // Where a frame is damaged, the packed file stays in the trash.
    TRY(unpack(repair.key, /*salvage=*/true));
    return this->repair({repair.key, {}}, how, true);
  }
  RepairReport done = TRY(how.in_place ? repair_in_place(repair) : repair_by_rewrite(repair, how));
  // What came meanwhile stands above all seals that were there.
  done.watermark = report.watermark;
  done.alarm_count = report.alarm_count;
  for (RepairStep& step : done.steps) {
    const auto same =
        std::find_if(report.steps.begin(), report.steps.end(),
                     [&](const RepairStep& one) { return one.offset == step.offset; });
    step.standing = same != report.steps.end() ? same->standing
                    : report.watermark > 0     ? SealStanding::crash_tail
                                               : SealStanding::unknown;
  }
  return done;
}

Status DirEngine::write_repaired_copy(Repair& repair, const std::string& path) {
  NewFile target = TRY(begin_file_at(context_.fs, path));
  RepairCopy copy(*repair.file, target.replacement.get(), nullptr, false);
  RepairPlanner planner(repair.plan, copy);
  CHECK_OK(plan(repair, *repair.file, 0, repair.size, planner));
  CHECK_OK(planner.finish());
  CHECK_OK(copy.copy_up_to(repair.size));
  return publish_as_new(target, path);
}

// Locks the session and makes sure that its file is still the one that was read, and so far with
// the content that was read.
Result<DirEngine::Locked> DirEngine::lock_for_repair(const Repair& repair,
                                                     const ContentMark& seen) {
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(repair.key), context_.options.lock_wait));
  Locked now = TRY(look_at_file(repair.name, std::move(lock)));
  if (now.info.id != repair.info.id || now.write_end < repair.whole_lines) {
    return changed_meanwhile();
  }
  if (repair.is_ours) return now;
  // Our locks mean nothing to other programs.
  Sha256Stream again;
  CHECK_OK(for_each_piece(*now.file, 0, seen.bytes, [&again](std::string_view bytes) {
    again.update(bytes);
    return Status();
  }));
  if (again.digest() != seen.sha256) return changed_meanwhile();
  return now;
}

Status DirEngine::commit_receipt(Quarantine::Draft& draft, const Repair& repair,
                                 const RepairCopy& copy, RepairReport& report) {
  report.receipt_id = copy.tally().receipt_id(repair.name, repair.info.id);
  QuarantineEntry entry;
  entry.receipt.id = report.receipt_id;
  entry.receipt.key = repair.key;
  entry.receipt.file_name = repair.name;
  entry.receipt.repaired_ns = context_.fs.now_ns();
  entry.receipt.bytes = draft.bytes();
  entry.receipt.summary = report.summary;
  entry.folder = context_.fs.real_path(context_.folder->path());
  entry.before = copy.before();
  entry.after = copy.after();
  entry.generation = report.version.generation;
  entry.was_terminated = copy.was_terminated();
  report.receipt_path = quarantine_.receipt_path(report.receipt_id);
  return context_.noted(draft.commit(entry));
}

Result<RepairReport> DirEngine::repair_by_rewrite(const Repair& repair, const RepairOptions& how) {
  const bool may_be_open = !repair.is_ours && !how.force;
  if (may_be_open) CHECK_OK(refuse_other_writer(*repair.file));
  const std::unique_ptr<Quarantine::Draft> draft = TRY(quarantine_.begin());
  // Taking the lock may make the store open its folder anew.
  const std::shared_ptr<Folder> root = context_.folder->root();
  const std::unique_ptr<Replacement> fresh = TRY(Replacement::begin(
      *root, repair.name, own_temporary_name(context_.fs, repair.name), repair.file.get()));
  RepairCopy copy(*repair.file, fresh.get(), draft.get(), false);
  RepairPlanner planner(repair.plan, copy);
  RepairCheck check(repair.plan.keeps_other_json, repair.limits);
  CHECK_OK(plan(repair, *repair.file, 0, repair.whole_lines, planner));
  CHECK_OK(copy.copy_up_to(planner.settled_up_to(repair.whole_lines)));
  CHECK_OK(context_.noted(fresh->sync()));
  CHECK_OK(fresh->file().drop_cache());
  CHECK_OK(check.read_up_to(fresh->file(), copy.after().bytes));

  Locked now = TRY(lock_for_repair(repair, copy.before()));
  CHECK_OK(plan(repair, *now.file, repair.whole_lines, now.write_end, planner));
  CHECK_OK(planner.finish());
  CHECK_OK(copy.copy_up_to(now.write_end));
  const Result<FileId> fresh_id = fresh->finish();
  if (!fresh_id) return context_.noted(fresh_id.status());
  CHECK_OK(check.read_up_to(fresh->file(), copy.after().bytes));
  if (check.content() != copy.after() || check.records() != planner.records()) {
    return Status(Code::io, "what was written reads back differently; the session is as it was");
  }
  const Digest128 hash =
      TRY(hash_of_last_record(fresh->file(), copy.after().bytes, context_.folder->padded_tails()));
  RepairReport report = copy.tally().report(planner, now.write_end);
  if (!report.has_work()) return report;
  report.version = {generation_of(*fresh_id), copy.after().bytes, hash.high, hash.low};
  CHECK_OK(commit_receipt(*draft, repair, copy, report));
  if (may_be_open) CHECK_OK(refuse_other_writer(*repair.file));
  const std::uint64_t covered = now.write_end;
  CHECK_OK(publish(now, *fresh, "repair"));
  if (!repair.is_ours) {
    TRY(carry_over(context_, *context_.folder->root(), repair.name, *repair.file, covered));
  }
  return report;
}

Result<RepairReport> DirEngine::repair_in_place(const Repair& repair) {
  const Locked now = TRY(lock_for_repair(repair, {0, sha256("")}));
  const bool is_foreign = context_.folder->kind() == FolderKind::foreign;
  const std::uint64_t end = is_foreign ? repair.size : now.write_end;
  const std::unique_ptr<Quarantine::Draft> draft = TRY(quarantine_.begin());
  RepairCopy copy(*now.file, nullptr, draft.get(), true);
  RepairPlanner planner(repair.plan, copy);
  CHECK_OK(plan(repair, *now.file, 0, end, planner));
  CHECK_OK(planner.finish());
  CHECK_OK(copy.copy_up_to(end));
  RepairReport report = copy.tally().report(planner, end);
  if (!report.has_work()) return report;
  report.version.generation = generation_of(repair.info.id);
  CHECK_OK(commit_receipt(*draft, repair, copy, report));

  CHECK_OK(Sealer(context_).void_seals(repair.name, repair.info.id, "repair"));
  CHECK_OK(overwrite(repair, report.receipt_id));
  seal_rewritten(*context_.folder->root(), repair.name, "repair");
  report.version = TRY(look_at_file(repair.name, {})).version;
  return report;
}

// Overwrites what lies in the quarantine where it stands.
Status DirEngine::overwrite(const Repair& repair, const std::string& id) {
  const std::unique_ptr<File> file = TRY(context_.folder->root()->open(repair.name, Access::write));
  for (int step = 0; step < kOverwriteSteps; ++step) {
    CHECK_OK(quarantine_.for_each_edit(
        id, [&](std::uint64_t offset, std::string_view taken, std::uint64_t) {
          return overwrite_all(*file, offset, overwritten(taken, step));
        }));
    CHECK_OK(context_.sync_data(*file));
  }
  return {};
}

}  // namespace everturn
