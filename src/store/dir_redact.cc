// SPDX-License-Identifier: Apache-2.0
// The folder engine: taking text out of sessions, and out of everything that was made of them.
#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "everturn/redact.h"
#include "journal/reader.h"
#include "store/audit.h"
#include "store/dir_engine.h"
#include "store/disposable.h"
#include "store/guarded.h"
#include "store/packed_file.h"
#include "store/redact_file.h"
#include "store/sealer.h"

namespace everturn {
namespace {

constexpr std::int64_t kLeftoverAgeNs = 600'000'000'000;  // nobody can be writing it any more

std::string stem_of(std::string_view name) { return std::string(name.substr(0, name.rfind('.'))); }

Status remove_if_there(Folder& folder, const std::string& name) {
  const Status removed = folder.remove(name);
  return removed.code() == Code::not_found ? Status() : removed;
}

Result<std::vector<std::string>> files_in(Folder& folder) {
  std::vector<std::string> names;
  CHECK_OK(folder.list([&names](std::string_view name, FileKind kind) {
    if (kind == FileKind::file) names.emplace_back(name);
    return true;
  }));
  std::sort(names.begin(), names.end());
  return names;
}

std::string counts_json(const RedactCounts& counts) {
  std::string text = "{";
  for (const auto& [kind, count] : counts) {
    text += (text.size() > 1 ? "," : "") + quote_json(kind) + ":" + std::to_string(count);
  }
  return text + "}";
}

class RedactRun {
 public:
  // Called behind each session's file that was replaced.
  using Replaced = std::function<Status(const std::string& name)>;
  RedactRun(DirContext& context, const RedactOptions& how, Replaced replaced)
      : context_(context), how_(how), replaced_(std::move(replaced)) {}

  Result<RedactReport> run(std::vector<std::string> keys) {
    CHECK_OK(how_.apply ? context_.prepare_to_write() : context_.check_process());
    if (context_.folder->root() == nullptr) {
      return Status(Code::not_found, "there is no such session");
    }
    const Status done = redact_all(std::move(keys));
    // Also where nothing matched: a run that was cut off may have left it so.
    const Status forgotten = how_.apply ? forget() : Status();
    // What is gone is told also where the rest failed: the next run finds nothing there.
    const Status told = how_.apply ? add_to_audit() : Status();
    CHECK_OK(done);
    CHECK_OK(forgotten);
    CHECK_OK(told);
    return std::move(report_);
  }

 private:
  Status redact_all(std::vector<std::string> keys) {
    const bool is_one = keys.size() == 1;
    if (keys.empty()) keys = TRY(all_keys());
    for (const std::string& key : keys) {
      const Status done = redact_session(key);
      if (!done.ok() && is_one) return done;
      if (!done.ok()) add_problem(key, done);
    }
    return how_.everywhere ? redact_traces() : Status();
  }

  Result<std::vector<std::string>> all_keys() {
    std::set<std::string> keys;
    const std::shared_ptr<Folder> root = context_.folder->root();
    const SessionNames names = TRY(session_names(*root));
    for (const SessionName& name : names) {
      if (name.kind != FileKind::file) continue;
      const std::unique_ptr<File> file = TRY(open_session_content(*root, name.text));
      const FileInfo info = TRY(file->info());
      keys.insert(TRY(find_key_of_file(*file, name.text, info.size)).key);
    }
    return std::vector<std::string>(keys.begin(), keys.end());
  }

  void add_problem(std::string_view where, const Status& status) {
    report_.problems.push_back(printable(where) + ": " + status.message());
  }

  void add_place(std::string where, bool is_session, const RedactCounts& counts) {
    if (counts.empty()) return;
    for (const auto& [kind, count] : counts) report_.counts[kind] += count;
    report_.places.push_back({std::move(where), is_session, counts});
  }

  Status redact_session(const std::string& key) {
    std::vector<RedactMatch> in_key;
    how_.find(key, in_key);
    if (!in_key.empty()) {
      return {Code::invalid,
              "the key of a session holds a match itself; rename that session first"};
    }
    SessionLock lock;
    if (how_.apply) {
      lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
    }
    const std::shared_ptr<Folder> root = context_.folder->root();
    const std::vector<std::string> names =
        TRY(all_session_files(*root, key, context_.folder->ignores_case()));
    if (names.empty()) return {Code::not_found, "there is no such session"};
    RedactCounts counts;
    const Status done = redact_files(*root, names, counts);
    if (!counts.empty()) redacted_.insert(key);
    add_place(key, true, counts);
    CHECK_OK(done);
    return how_.apply ? lock.confirm() : Status();
  }

  Status redact_files(Folder& root, const std::vector<std::string>& names, RedactCounts& counts) {
    for (const std::string& name : names) {
      if (how_.apply) CHECK_OK(make_sure_of(root, name));
      const RedactTarget target{&root, name, context_.folder->padded_tails()};
      const RedactCounts in_file = TRY(redact_file(context_, target, how_.find, how_.apply));
      for (const auto& [kind, count] : in_file) counts[kind] += count;
      if (how_.apply && !in_file.empty()) CHECK_OK(replaced_(name));
    }
    return {};
  }

  // Before a file is replaced: no leftover stays, and nobody goes on writing into the old one.
  Status make_sure_of(Folder& root, const std::string& name) {
    CHECK_OK(remove_if_there(root, temporary_file_name(unpacked_name(name))));
    if (context_.folder->kind() == FolderKind::own || how_.force) return {};
    const std::unique_ptr<File> file = TRY(root.open(name, Access::read));
    const std::string writer = TRY(file->other_writer());
    if (writer.empty()) return {};
    return {Code::unavailable,
            writer +
                " has the file open for writing and would go on writing into the old one; stop it "
                "first, or go on (--force)"};
  }

  Status redact_traces() {
    const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(false));
    if (trash != nullptr) CHECK_OK(redact_trash(*trash));
    const std::shared_ptr<Folder> quarantine = TRY(context_.folder->quarantine(false));
    if (quarantine != nullptr) CHECK_OK(purge_quarantine(*quarantine));
    CHECK_OK(purge_leftovers(*context_.folder->root(), ""));
    if (trash != nullptr) CHECK_OK(purge_leftovers(*trash, "trash/"));
    if (quarantine != nullptr) CHECK_OK(purge_leftovers(*quarantine, "quarantine/"));
    return {};
  }

  // Titles and previews are copies of text. The seals stay: they hold salted hashes alone, and
  // those of what was taken out are gone.
  Status forget() {
    report_.files_removed += TRY(empty_caches(context_));
    return {};
  }

  // Entries stay, without the matches.
  Status redact_trash(Folder& trash) {
    for (const std::string& name : TRY(files_in(trash))) {
      if (is_temporary_file_name(name)) continue;
      SessionLock lock;
      const Result<std::unique_ptr<File>> receipt =
          trash.open(stem_of(name) + ".json", Access::read);
      const std::string key =
          receipt ? text_member(TRY(read_first_line(**receipt)), "key") : std::string();
      if (how_.apply && !key.empty()) {
        lock = TRY(context_.locks.acquire(lock_slot(key), context_.options.lock_wait));
      }
      const Result<RedactCounts> counts =
          redact_file(context_, {&trash, name, false}, how_.find, how_.apply);
      if (counts) add_place("trash/" + name, false, *counts);
      if (counts && how_.apply && !counts->empty() && receipt) {
        const std::string was = text_member(TRY(read_first_line(**receipt)), "file_0");
        const bool is_live = context_.folder->root()->stat(was).ok();
        if (!was.empty() && !is_live) CHECK_OK(drop_seals(context_, was));
      }
      if (!counts) add_problem("trash/" + name, counts.status());
    }
    return {};
  }

  // What was taken out cannot be put back into a session that is no longer the same: whole entries
  // go.
  Status purge_quarantine(Folder& quarantine) {
    const std::vector<std::string> names = TRY(files_in(quarantine));
    std::set<std::string> going;
    for (const std::string& name : names) {
      if (is_temporary_file_name(name)) continue;
      const Result<RedactCounts> counts =
          redact_file(context_, {&quarantine, name, false}, how_.find, false);
      const std::unique_ptr<File> file = TRY(quarantine.open(name, Access::read));
      const bool is_of_session =
          name.ends_with(".json") &&
          redacted_.contains(text_member(TRY(read_first_line(*file)), "key"));
      if (!counts) add_problem("quarantine/" + name, counts.status());
      if (counts) add_place("quarantine/" + stem_of(name), false, *counts);
      if (is_of_session || (counts && !counts->empty())) going.insert(stem_of(name));
    }
    if (!how_.apply) return {};
    for (const std::string& name : names) {
      if (!going.contains(stem_of(name))) continue;
      CHECK_OK(remove_if_there(quarantine, name));
      ++report_.files_removed;
    }
    return context_.noted(quarantine.sync());
  }

  // Of rewrites that were killed; a young one may be at work.
  Status purge_leftovers(Folder& folder, const std::string& where) {
    for (const std::string& name : TRY(files_in(folder))) {
      if (!is_temporary_file_name(name)) continue;
      const Result<RedactCounts> counts =
          redact_file(context_, {&folder, name, false}, how_.find, false);
      if (!counts || counts->empty()) continue;
      const Result<FileInfo> info = folder.stat(name);
      if (how_.apply && info && context_.fs.now_ns() - info->modified_ns < kLeftoverAgeNs) {
        add_problem(where + name, {Code::unavailable,
                                   "a rewrite may be at work there; try again "
                                   "in ten minutes"});
        continue;
      }
      add_place(where + name, false, *counts);
      if (!how_.apply) continue;
      CHECK_OK(remove_if_there(folder, name));
      ++report_.files_removed;
    }
    return {};
  }

  Status add_to_audit() {
    if (context_.folder->kind() != FolderKind::own || report_.places.empty()) return {};
    const std::shared_ptr<Folder> side = TRY(context_.folder->side());
    for (const RedactPlace& place : report_.places) {
      const std::string line = audit_line(context_.fs.now_ns(), "redact", how_.who)
                                   .add("where", place.where)
                                   .add_raw("counts", counts_json(place.counts))
                                   .line();
      CHECK_OK(context_.noted(add_audit_line(*side, line)));
    }
    return {};
  }

  DirContext& context_;
  const RedactOptions& how_;
  const Replaced replaced_;
  RedactReport report_;
  std::set<std::string> redacted_;  // keys of sessions that held a match
};

}  // namespace

Result<RedactReport> DirEngine::redact(const std::vector<std::string>& keys,
                                       const RedactOptions& how) {
  const auto seal = [this](const std::string& name) {
    const std::shared_ptr<Folder> root = context_.folder->root();
    seal_rewritten(*root, name, "redact");
    const FileInfo info = TRY(root->stat(name));
    return keep_seals_of(context_, name, generation_of(info.id));
  };
  return RedactRun(context_, how, seal).run(keys);
}

Result<RedactReport> redact(Store& store, const std::vector<std::string>& keys,
                            const RedactOptions& how) {
  return guarded([&]() -> Result<RedactReport> {
    auto* engine = dynamic_cast<DirEngine*>(&engine_of(store));
    if (engine == nullptr) {
      return Status(Code::invalid, "this needs a store in a folder (dir:PATH)");
    }
    if (!how.find) return Status(Code::invalid, "there is nothing to look for");
    return engine->redact(keys, how);
  });
}

}  // namespace everturn
