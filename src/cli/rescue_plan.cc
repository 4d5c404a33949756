// SPDX-License-Identifier: Apache-2.0
#include "cli/rescue_plan.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "agents/find.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/find_session.h"
#include "cli/reading.h"
#include "journal/reader.h"
#include "store/atomic_file.h"

namespace everturn::cli {
namespace {

constexpr std::string_view kSubAgents = "/subagents/";
constexpr std::string_view kToolResults = "/tool-results/";
constexpr std::size_t kDeepest = 64;  // folders in each other

bool is_folder(const std::string& path) { return posix_fs().open_folder(path, false).ok(); }

std::string without_compression(std::string path) {
  for (const std::string_view ending : {".zst", ".gz"}) {
    if (path.ends_with(ending)) path.resize(path.size() - ending.size());
  }
  return path;
}

// What of `path` stands behind `folder`; its last component if it lies elsewhere.
std::string below(const std::string& path, std::string folder) {
  if (!folder.ends_with('/')) folder += '/';
  return path.starts_with(folder) ? path.substr(folder.size()) : split_path(path).second;
}

bool is_transcript(const std::string& name) {
  return without_compression(name).ends_with(".jsonl");
}

// A transcript of a sub-agent, as Claude Code calls and places them.
bool is_sub_agent(const std::string& path) {
  return is_transcript(path) && path.find(kSubAgents) != std::string::npos &&
         split_path(path).second.starts_with("agent-");
}

// The folder with what belongs to the session whose file is at `path`; "" if it can have none.
std::string unit_folder(const std::string& path) {
  if (path.find('/') == std::string::npos || !is_transcript(path)) return {};
  const std::size_t inner = path.rfind(kSubAgents);
  if (inner != std::string::npos) return path.substr(0, inner);
  const std::string plain = without_compression(path);
  return plain.substr(0, plain.rfind('.'));
}

// Completes a plan whose sessions are in it by what lies in their units.
class Units {
 public:
  // Paths below `source` go to the same paths below `to`.
  Units(RescuePlan& plan, std::string source, std::string to, Context& context)
      : plan_(plan), source_(std::move(source)), to_(std::move(to)), context_(context) {
    for (const Errand& errand : plan.errands) transcripts_.insert(errand.session.file_name);
  }

  Status complete() {
    // Sub-agents last: what lies there is the session's, unless its own file is gone.
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < plan_.errands.size(); ++i) order.push_back(i);
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) {
      return !is_sub_agent(plan_.errands[i].session.file_name);
    });
    for (const std::size_t i : order) {
      const std::string folder = unit_folder(plan_.errands[i].session.file_name);
      if (folder.empty() || !seen_.insert(folder).second) continue;
      const auto [parent, name] = split_path(folder);
      const Result<std::unique_ptr<Folder>> outer = posix_fs().open_folder(parent, false);
      if (!outer) continue;  // the session's own failure will tell
      owner_ = i;
      CHECK_OK(enter(**outer, name, folder, 0));
    }
    return {};
  }

 private:
  Status enter(Folder& parent, const std::string& name, const std::string& path,
               std::size_t depth) {
    const Result<FileInfo> info = parent.stat(name);
    if (!info || (depth == 0 && info->kind != FileKind::folder)) return {};
    const Result<std::unique_ptr<Folder>> folder = parent.open_folder(name);
    if (!folder || depth > kDeepest) {
      plan_.skipped.push_back(folder ? path + ": it lies too deep" : folder.status().message());
      return {};
    }
    std::map<std::string, FileKind> names;
    const Status listed = (*folder)->list([&](std::string_view entry, FileKind kind) {
      names.emplace(entry, kind);
      return true;
    });
    if (!listed.ok()) plan_.skipped.push_back(listed.message());
    for (const auto& [entry, kind] : names) {
      CHECK_OK(visit(**folder, entry, kind, join_path(path, entry), depth));
    }
    return {};
  }

  Status visit(Folder& folder, const std::string& name, FileKind kind, const std::string& path,
               std::size_t depth) {
    if (kind == FileKind::folder) return enter(folder, name, path, depth + 1);
    if (kind != FileKind::file) {
      plan_.skipped.push_back(
          path + (kind == FileKind::symlink ? ": a link is not followed" : ": not a regular file"));
      return {};
    }
    if (transcripts_.contains(path)) return {};
    const std::string to = join_path(to_, below(path, source_));
    if (!is_sub_agent(path)) {
      plan_.errands[owner_].files.push_back({path, to});
      return {};
    }
    Errand errand;
    errand.store = TRY(context_.file(path));
    errand.session = TRY(errand.store->list()).front();
    errand.to = without_compression(to);
    plan_.errands.push_back(std::move(errand));
    return {};
  }

  RescuePlan& plan_;
  const std::string source_;
  const std::string to_;
  Context& context_;
  std::set<std::string> transcripts_;  // that are errands already
  std::set<std::string> seen_;
  std::size_t owner_ = 0;
};

Result<RescuePlan> plan_folder(const std::string& source, const std::string& to, Context& context) {
  Store* store = TRY(context.folder(source));
  RescuePlan plan;
  for (SessionInfo& session : TRY(store->list())) {
    if (session.file_name.find(kToolResults) != std::string::npos) continue;  // whatever is in it
    const std::string place = without_compression(below(session.file_name, source));
    plan.errands.push_back({store, std::move(session), join_path(to, place), {}});
  }
  if (const StoreInfo info = TRY(store->info()); info.engine == "agents") {
    plan.skipped = info.warnings;  // links, folders that cannot be read
  }
  CHECK_OK(Units(plan, source, to, context).complete());
  return plan;
}

// Into a folder what belongs to the session goes to where it lies beside it.
Result<RescuePlan> plan_session(const std::string& source, const std::string& to,
                                Context& context) {
  const FoundSession found = TRY(find_session(context, source));
  const bool into_folder = to.ends_with('/') || is_folder(to);
  const std::vector<SessionInfo> sessions = TRY(found.store->list());
  const auto main = std::find_if(sessions.begin(), sessions.end(),
                                 [&](const SessionInfo& one) { return one.key == found.key; });
  if (main == sessions.end()) {
    return with_list_hint(
        context, {Code::not_found, printable(source) + ": there is no such session or file"});
  }
  const auto [folder, name] = split_path(main->file_name);
  RescuePlan plan;
  const std::string place = without_compression(name);
  plan.errands.push_back({found.store, *main, into_folder ? join_path(to, place) : to, {}});
  for (const SessionInfo& session : sessions) {
    if (session.part_of != found.key) continue;
    const std::string inner = without_compression(below(session.file_name, folder));
    plan.errands.push_back({found.store, session, join_path(to, inner), {}});
  }
  // Of a sub-agent itself nothing more is meant.
  if (!is_sub_agent(main->file_name)) {
    CHECK_OK(Units(plan, folder, to, context).complete());
  }
  if (into_folder) return plan;
  plan.files_left_out = plan.errands.size() - 1 + plan.errands.front().files.size();
  plan.errands.resize(1);
  plan.errands.front().files.clear();
  plan.skipped.clear();
  return plan;
}

Result<bool> is_same(const UnitFile& file, File& source, std::uint64_t size) {
  const auto [folder, name] = split_path(file.to);
  const std::unique_ptr<Folder> opened = TRY(posix_fs().open_folder(folder, false));
  const std::unique_ptr<File> there = TRY(opened->open(name, Access::read));
  const FileInfo info = TRY(there->info());
  if (info.size != size) return false;
  bool same = true;
  std::uint64_t at = 0;
  std::string piece;
  CHECK_OK(for_each_piece(source, 0, size, [&](std::string_view bytes) -> Status {
    piece.resize(bytes.size());
    const std::size_t got = TRY(there->read_at(at, piece.data(), piece.size()));
    same = same && got == bytes.size() && piece == bytes;
    at += bytes.size();
    return {};
  }));
  // Whoever wrote it may have been killed before the sync.
  if (same) CHECK_OK(there->sync_data());
  return same;
}

}  // namespace

Result<RescuePlan> plan_rescue(const std::string& source, const std::string& to, Context& context) {
  return is_folder(source) ? plan_folder(source, to, context) : plan_session(source, to, context);
}

Result<FileCopy> copy_unit_file(const UnitFile& file) {
  const auto [from, name] = split_path(file.source);
  const std::unique_ptr<Folder> folder = TRY(posix_fs().open_folder(from, false));
  const std::unique_ptr<File> source = TRY(folder->open(name, Access::read));
  const FileInfo info = TRY(source->info());
  TRY(posix_fs().open_folder(split_path(file.to).first, true));
  Result<std::unique_ptr<AtomicFile>> copy = create_new_file(file.to);
  if (!copy) {
    const bool is_there =
        copy.status().code() == Code::conflict && TRY(is_same(file, *source, info.size));
    if (!is_there) return copy.status();
    return FileCopy{info.size, true};
  }
  CHECK_OK(for_each_piece(*source, 0, info.size,
                          [&](std::string_view bytes) { return (*copy)->write(bytes); }));
  CHECK_OK((*copy)->commit());
  return FileCopy{info.size, false};
}

}  // namespace everturn::cli
