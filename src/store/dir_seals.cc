// SPDX-License-Identifier: Apache-2.0
// The folder engine: comparing sessions with their seals, and sealing what is there.
#include <algorithm>
#include <exception>
#include <unordered_set>
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "store/dir_engine.h"
#include "store/packed_file.h"
#include "store/seal_check.h"
#include "store/sealer.h"

namespace everturn {
namespace {

std::vector<SealLink> links_of(const std::vector<SealLine>& lines) {
  std::vector<SealLink> links;
  for (const SealLine& line : lines) {
    if (line.kind == SealLine::Kind::begin) links.push_back({line.why, line.at_ns, line.old_head});
  }
  return links;
}

// Of the newest chain of this file; empty if its beginning is lost.
std::string newest_head(const std::vector<SealLine>& lines, std::uint64_t file) {
  const SealLine* begin = nullptr;
  const SealLine* seal = nullptr;
  for (const SealLine& line : lines) {
    if (line.file != file) continue;
    if (line.kind == SealLine::Kind::begin) {
      begin = &line;
      seal = nullptr;
    } else {
      seal = &line;
    }
  }
  if (begin == nullptr || seal == nullptr || seal->chain != begin->chain) return {};
  return compose_seal_head({begin->from, seal->end, begin->salt, seal->head});
}

// The file that the newest seals are about, if they are not about `file`.
std::uint64_t sealed_generation(const std::vector<SealLine>& lines, std::uint64_t file) {
  const bool has_own = std::any_of(lines.begin(), lines.end(),
                                   [&](const SealLine& line) { return line.file == file; });
  return has_own || lines.empty() ? file : lines.back().file;
}

}  // namespace

// The report but for what stands above the watermark.
Result<SealReport> DirEngine::compare_with_seals(const std::vector<SealLine>& lines,
                                                 const SessionView& view, std::uint64_t end,
                                                 const VerifyOptions& how) {
  FileLines file(*view.file, end, &how.progress);
  const std::uint64_t generation = generation_of(view.id);
  const std::uint64_t sealed = sealed_generation(lines, generation);
  SealReport report;
  CHECK_OK(check_seals(file, sealed_file(lines, sealed), report));
  if (sealed != generation && (report.finding_count > 0 || report.fitting.empty())) {
    // Another file with other bytes: nothing of ours, and no alarm.
    report = {};
    if (end > 0) report.unsealed.push_back({0, end});
    report.unsealed_bytes = end;
  } else {
    report.has_seals = !report.fitting.empty() || report.finding_count > 0;
    report.is_copy = sealed != generation;
    report.head = newest_head(lines, sealed);
  }
  report.bytes = end;
  report.links = links_of(lines);
  if (how.head.empty()) return report;
  const SealHead head = TRY(parse_seal_head(how.head));
  const bool fits = TRY(fits_head(file, head));
  report.head_verdict = fits ? HeadVerdict::fits : HeadVerdict::differs;
  return report;
}

// Seals are read before the file: then it holds all that they cover.
Result<SealReport> DirEngine::verify_opened(OpenFile& open, const std::string& name,
                                            const VerifyOptions& how) {
  const std::vector<SealLine> lines = TRY(read_seals(context_, name));
  const FileInfo info = TRY(open.file->info());
  open.view.size = info.size;
  const TailState tail = TRY(read_tail(*open.file, info.size, open.view.padded_tails));
  const std::uint64_t end = tail.padding > 0 ? tail.write_at : info.size;
  SealReport report = TRY(compare_with_seals(lines, open.view, end, how));
  if (report.watermark >= end) return report;
  ReadOptions above;
  above.from = {generation_of(open.view.id), report.watermark};
  const ReadReport tail_report =
      TRY(read_session(open.view, above, [](const Record&) { return true; }));
  report.crash_tail_bytes = tail_report.damage_bytes + tail_report.in_flight_bytes;
  return report;
}

Result<SealReport> DirEngine::verify(std::string_view key, const VerifyOptions& how) {
  if (!how.head.empty()) CHECK_OK(parse_seal_head(how.head).status());
  OpenFile open = TRY(open_for_reading(key));
  open.view.key = key;
  const std::string name = open.name;
  SealReport report = TRY(verify_opened(open, name, how));
  if (!report.is_alarm() || !TRY(context_.folder->has_lock_file())) return report;
  // Somebody may have rewritten it between two of our looks.
  Result<SessionLock> lock = context_.locks.acquire(lock_slot(key), context_.options.lock_wait);
  if (!lock && lock.status().code() != Code::io) return lock.status();
  open = TRY(open_for_reading(key));
  open.view.key = key;
  open.view.settle = nullptr;
  return verify_opened(open, open.name, how);
}

// Makes durable what is there, and seals what no seal covers. `damaged` if it does not fit the
// seals that there are, unless `anew`.
Result<std::string> DirEngine::seal(std::string_view key, bool anew) {
  CHECK_OK(context_.prepare_to_write());
  SessionLock lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
  const Locked session = TRY(look_at_existing(key, std::move(lock), /*unpacks=*/false));
  if (!keeps_seals(context_, session.info.id)) {
    return Status(Code::invalid,
                  "no seals are kept here: only in a folder of its own, on a file system that "
                  "tells when a file was made, and if they are not switched off");
  }
  // What cannot be unpacked must not be sealed as the blanks that stand for it.
  if (auto* const packed = dynamic_cast<PackedFile*>(session.file.get())) {
    CHECK_OK(packed->check_all());
  }
  CHECK_OK(context_.sync_data(*session.file));
  CHECK_OK(context_.noted(context_.names().ensure()));
  const SessionView view = view_of(key, session);
  const std::vector<SealLine> lines = TRY(read_seals(context_, session.name));
  const SealReport before = TRY(compare_with_seals(lines, view, session.write_end, {}));
  if (before.is_alarm() && !anew) {
    return Status(Code::damaged,
                  "the session does not fit its seals (`everturn verify` tells where); to seal it "
                  "as it is now, --anew");
  }
  Sealer sealer(context_);
  const bool is_whole = before.has_seals && !before.is_copy && before.fitting.size() == 1 &&
                        before.fitting.front().begin == 0 && !before.head.empty();
  CHECK_OK(is_whole && !anew
               ? sealer.seal_rest(session.name, session.info.id, *session.file, session.write_end)
               : sealer.seal_anew(session.name, session.info.id, *session.file, session.write_end,
                                  "sealed"));
  return newest_head(TRY(read_seals(context_, session.name)), generation_of(session.info.id));
}

// Behind a rewrite by which `name` now leads to another file; its lock is held. `source`: whose
// content it begins with, if that is another session's.
void DirEngine::seal_rewritten(Folder& root, const std::string& name, std::string_view why,
                               const std::string& source) noexcept {
  try {
    const Result<std::unique_ptr<File>> file = open_session_content(root, name);
    if (!file) return;
    const Result<FileInfo> info = (*file)->info();
    if (!info) return;
    const std::string before = source.empty() ? "" : head_of(source);
    Sealer(context_).rewritten(name, info->id, **file, info->size, why, before);
  } catch (const std::exception&) {
    // The rewrite is done; its seals come with the next append.
  }
}

// The head of the newest seal, base64url; empty if there is none.
std::string DirEngine::head_of(const std::string& name) {
  const Result<std::vector<SealLine>> lines = read_seals(context_, name);
  if (!lines) return {};
  for (auto line = lines->rbegin(); line != lines->rend(); ++line) {
    if (line->kind == SealLine::Kind::seal) return head_text(line->head);
  }
  return {};
}

// Files whose seals are kept although no session leads to them.
Result<std::vector<std::string>> DirEngine::files_in_trash() {
  std::vector<std::string> names;
  for (const TrashEntry& entry : TRY(trash_.list())) {
    if (entry.kind != TrashKind::session) continue;
    const Result<Trash::Receipt> receipt = trash_.find(entry.id);
    if (receipt) names.insert(names.end(), receipt->files.begin(), receipt->files.end());
  }
  return names;
}

// What was purged leaves no hash behind: what the seals say of files that are gone goes too. The
// session's lock is held.
Status DirEngine::purge_seals(const Trash::Receipt& receipt) {
  const std::shared_ptr<Folder> root = context_.folder->root();
  const std::vector<std::string> kept = TRY(files_in_trash());
  for (const std::string& name : receipt.files) {
    if (std::find(kept.begin(), kept.end(), name) != kept.end()) continue;
    Result<FileInfo> live = root->stat(name);
    if (!live) live = root->stat(packed_file_name(name));
    CHECK_OK(live ? keep_seals_of(context_, name, generation_of(live->id))
                  : drop_seals(context_, name));
  }
  return {};
}

// Seal files whose session is gone for good, and leftovers.
Status DirEngine::sweep_seals() {
  const std::shared_ptr<Folder> folder = TRY(context_.folder->seals(false));
  if (folder == nullptr) return {};
  // The seals first: then what is found beside them later had its file before.
  std::vector<std::string> found;
  CHECK_OK(folder->list([&](std::string_view name, FileKind) {
    found.emplace_back(name);
    return true;
  }));
  std::vector<std::string> files = TRY(files_in_trash());
  CHECK_OK(context_.folder->root()->list([&](std::string_view name, FileKind) {
    if (is_session_file_name(unpacked_name(name))) files.emplace_back(name);
    return true;
  }));
  std::unordered_set<std::string> wanted;
  for (const std::string& name : files) wanted.insert(seal_file_name(name));
  for (const std::string& name : found) {
    if (is_temporary_file_name(name) || wanted.contains(name)) continue;
    const Status removed = folder->remove(name);
    if (!removed.ok() && removed.code() != Code::not_found) return removed;
  }
  return sweep_leftovers(*folder, false);
}

// Of what a repair finds: is it a crash tail, or damage of what was durable?
Status DirEngine::judge(const Repair& repair, RepairReport& report) {
  if (report.step_count == 0 || context_.folder->kind() != FolderKind::own) return {};
  OpenFile open;
  open.file = TRY(open_session_content(*context_.folder->root(), repair.name));
  open.view.file = open.file.get();
  open.view.id = repair.info.id;
  open.view.key = repair.key;
  open.view.padded_tails = context_.folder->padded_tails();
  const Result<SealReport> seals = verify_opened(open, repair.name, {});
  if (!seals || !seals->has_seals) return {};
  report.watermark = seals->watermark;
  for (RepairStep& step : report.steps) {
    step.standing = standing_of(*seals, step.offset, step.length);
    if (step.standing == SealStanding::altered) ++report.alarm_count;
  }
  return {};
}

}  // namespace everturn
