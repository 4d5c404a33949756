// SPDX-License-Identifier: Apache-2.0
#include "store/import.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agents/layout.h"
#include "base/try.h"
#include "base/utf8.h"
#include "journal/replace.h"
#include "store/store_folder.h"

namespace everturn {
namespace {

constexpr std::string_view kTemporary = ".everturn-import.tmp";
constexpr std::string_view kLock = ".everturn-import.lock";
constexpr int kDeepest = 64;  // folders in each other

bool is_ours(std::string_view name) { return name == kTemporary || name == kLock; }

struct Entry {
  std::string name;
  FileKind kind;
};

// In the order of the names, so that every pass goes the same way.
Result<std::vector<Entry>> entries_of(Folder& folder) {
  std::vector<Entry> entries;
  CHECK_OK(folder.list([&](std::string_view name, FileKind kind) {
    entries.push_back({std::string(name), kind});
    return true;
  }));
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

}  // namespace

// Goes through one place.
class Importer::Pass {
 public:
  Pass(Importer& importer, const AgentPlace& place, const Sink& sink)
      : importer_(importer),
        place_(place),
        sink_(sink),
        copy_name_(name_of_copy(place.folder.agent, place.folder.path)),
        inner_(path_components(place_in_copy(place.folder))) {}

  Status run() {
    Result<std::unique_ptr<Folder>> root = importer_.fs_.open_folder(place_.folder.path, false);
    if (!root) {
      if (root.status().code() != Code::not_found) return root.status();
      importer_.missing_.insert(place_.folder.path);
      return {};
    }
    const std::shared_ptr<Folder> folder = *std::move(root);
    for (const std::string& below : place_.folder.below) {
      start_ = path_components(below).size();
      descend(folder, path_components(below), 0);
      if (stopped_) break;
    }
    return {};
  }

 private:
  [[nodiscard]] std::span<const std::string> folders() const {
    return std::span(path_).subspan(std::min(start_, path_.size()));
  }
  [[nodiscard]] std::string source_path(std::string_view name) const {
    std::string path = place_.folder.path;
    for (const std::string& folder : path_) path = join_path(path, folder);
    return join_path(path, name);
  }
  [[nodiscard]] std::string copy_path(std::string_view name) const {
    std::string path = join_path(importer_.to_, copy_name_);
    for (const std::string& folder : inner_) path = join_path(path, folder);
    for (const std::string& folder : path_) path = join_path(path, folder);
    return join_path(path, name);
  }

  // Opens what leads to where sessions lie.
  void descend(const std::shared_ptr<Folder>& folder, const std::vector<std::string>& way,
               std::size_t depth) {
    if (depth == way.size()) return go_through(folder);
    if (!is_meant(way[depth])) return;
    Result<std::unique_ptr<Folder>> next = folder->open_folder(way[depth]);
    if (!next) {
      if (next.status().code() != Code::not_found) return fail(way[depth], next.status());
      importer_.missing_.insert(source_path(way[depth]));
      return;
    }
    enter(*std::move(next), way[depth],
          [&](const std::shared_ptr<Folder>& inner) { descend(inner, way, depth + 1); });
  }

  template <class Visit>
  void enter(std::unique_ptr<Folder> opened, const std::string& name, Visit visit) {
    path_.push_back(name);
    copies_.emplace_back();
    visit(std::shared_ptr<Folder>(std::move(opened)));
    path_.pop_back();
    copies_.pop_back();
  }

  // Whether `name`, in the folder we are in, leads to what is meant, or belongs to it. With a
  // session's file goes the folder that bears its name.
  [[nodiscard]] bool is_meant(const std::string& name) const {
    const std::vector<std::string>& only = place_.only;
    const std::size_t depth = path_.size();
    if (depth >= only.size()) return true;
    if (depth + 1 < only.size()) return name == only[depth];
    if (name == only[depth]) return true;
    const std::optional<std::string_view> stem = transcript_stem(only[depth]);
    return stem && name == *stem;
  }

  void go_through(const std::shared_ptr<Folder>& folder) {
    if (static_cast<int>(path_.size()) > kDeepest) {
      return skip("", "it lies more than " + std::to_string(kDeepest) + " folders deep");
    }
    const Result<FileInfo> info = folder->info();
    if (info && info->id == importer_.root_id_) return skip("", "it is the copy itself");
    const bool is_watched = importer_.watch_ != nullptr && importer_.watch_->add(*folder);
    importer_.has_unwatched_ = importer_.has_unwatched_ || !is_watched;
    const Result<std::vector<Entry>> entries = entries_of(*folder);
    if (!entries) return fail("", entries.status());
    for (const Entry& entry : *entries) {
      if (stopped_) return;
      if (is_meant(entry.name) && !is_ours(entry.name)) visit(folder, entry);
    }
    sync_copy();
  }

  void visit(const std::shared_ptr<Folder>& folder, const Entry& entry) {
    const Agent agent = place_.folder.agent;
    if (entry.kind == FileKind::folder) return visit_folder(*folder, entry.name);
    if (!belongs_to_sessions(agent, folders())) return;
    if (entry.kind == FileKind::symlink) return skip(entry.name, "a link is not followed");
    if (entry.kind != FileKind::file) return skip(entry.name, "not a regular file");
    take(folder, entry.name);
  }

  void visit_folder(Folder& folder, const std::string& name) {
    path_.push_back(name);
    const bool leads = may_lead_to_sessions(place_.folder.agent, folders());
    path_.pop_back();
    if (!leads) return;
    Result<std::unique_ptr<Folder>> inner = folder.open_folder(name);
    if (!inner) {
      if (inner.status().code() != Code::not_found) fail(name, inner.status());
      return;
    }
    enter(*std::move(inner), name,
          [&](const std::shared_ptr<Folder>& opened) { go_through(opened); });
  }

  void take(const std::shared_ptr<Folder>& folder, const std::string& name) {
    const Result<FileInfo> info = folder->stat(name);
    if (!info) {
      // What vanishes here stays there.
      if (info.status().code() != Code::not_found) fail(name, info.status());
      return;
    }
    const std::string path = source_path(name);
    const auto known = importer_.known_.find(path);
    if (known != importer_.known_.end() && known->second.id == info->id &&
        known->second.size == info->size && known->second.changed_ns == info->changed_ns) {
      return;
    }
    const Result<CopyReport> report = copy(*folder, name, path);
    if (!report) {
      if (report.status().code() != Code::not_found) fail(name, report.status());
      return;
    }
    tell({path, copy_path(name), {}, *report, {}});
  }

  Result<CopyReport> copy(Folder& folder, const std::string& name, const std::string& path) {
    const std::unique_ptr<File> source = TRY(folder.open(name, Access::read));
    const FileInfo info = TRY(source->info());
    Result<std::shared_ptr<Folder>> to = copy_folder();
    // Not `not_found`, which here says that the source has vanished.
    if (!to) return failed_copy(to.status());
    Result<CopyReport> report = keep_copy(*source, info.size, **to, name, std::string(kTemporary));
    if (!report) return failed_copy(report.status());
    // Change times are coarse: within one tick of the clock another write may come unseen.
    constexpr std::int64_t kTickNs = 20'000'000;
    if (importer_.fs_.now_ns() - info.changed_ns > kTickNs) {
      importer_.known_[path] = {info.id, info.size, info.changed_ns};
    }
    return report;
  }

  static Status failed_copy(const Status& status) {
    if (status.code() != Code::not_found) return status;
    return {Code::io, status.message(), status.system_error()};
  }

  // The copy of the folder we are in, made with those above it.
  Result<std::shared_ptr<Folder>> copy_folder() {
    if (copy_root_ == nullptr) {
      CHECK_OK(importer_.note_origin(copy_name_, place_.folder.path));
      std::shared_ptr<Folder> root = TRY(open_child(*importer_.root_, copy_name_, true));
      for (const std::string& name : inner_) root = TRY(open_child(*root, name, true));
      copy_root_ = std::move(root);
    }
    std::shared_ptr<Folder> folder = copy_root_;
    for (std::size_t i = 0; i < path_.size(); ++i) {
      if (copies_[i] == nullptr) copies_[i] = TRY(open_child(*folder, path_[i], true));
      folder = copies_[i];
    }
    return folder;
  }

  // A run that was killed may have left names that are not durable yet.
  void sync_copy() {
    const std::shared_ptr<Folder> copy = path_.empty() ? copy_root_ : copies_.back();
    if (copy == nullptr) return;
    const Status synced = copy->sync();
    if (!synced.ok()) fail("", synced);
  }

  void fail(const std::string& name, const Status& status) {
    tell({source_path(name), {}, status, {}, {}});
  }
  void skip(const std::string& name, std::string why) {
    tell({source_path(name), {}, {}, {}, std::move(why)});
  }
  void tell(const ImportEvent& event) {
    if (!sink_(event)) stopped_ = true;
  }

  Importer& importer_;
  const AgentPlace& place_;
  const Sink& sink_;
  const std::string copy_name_;
  const std::vector<std::string> inner_;         // folders of the copy above the source's own
  std::vector<std::string> path_;                // from the agent's folder to where we are
  std::vector<std::shared_ptr<Folder>> copies_;  // of each of path_; null: not opened yet
  std::shared_ptr<Folder> copy_root_;
  std::size_t start_ = 0;  // how much of path_ leads to where sessions lie
  bool stopped_ = false;
};

Result<std::unique_ptr<Importer>> Importer::open(Fs& fs, const std::string& to) {
  std::unique_ptr<Importer> importer(new Importer(fs, to));
  importer->root_ = TRY(fs.open_folder(to, true));
  const FileInfo info = TRY(importer->root_->info());
  importer->root_id_ = info.id;
  importer->lock_ = TRY(importer->root_->open_lock_file(kLock, true));
  const bool is_ours = TRY(importer->lock_->try_lock(0));
  if (!is_ours) {
    return Status(Code::unavailable, printable(to) + ": " + importer->lock_->holder(0) +
                                         " imports into it; stop that one, or wait for it");
  }
  importer->sweep(*importer->root_, 0);
  return importer;
}

Status Importer::import(const AgentPlace& place, const Sink& sink) {
  return Pass(*this, place, sink).run();
}

void Importer::watch_folders() {
  Result<std::unique_ptr<FolderWatch>> watch = fs_.new_watch();
  if (watch) watch_ = *std::move(watch);
}

bool Importer::wait(std::int64_t timeout_ms) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  if (watch_ == nullptr) {
    fs_.sleep_ns(timeout_ms * kMillisecond);
    return false;
  }
  const Result<bool> changed = watch_->wait(timeout_ms);
  if (changed.ok()) return *changed;
  watch_.reset();
  has_unwatched_ = true;
  return false;
}

bool Importer::must_look_again() {
  const auto is_there = [&](const std::string& path) { return fs_.open_folder(path, false).ok(); };
  const bool has_appeared = std::any_of(missing_.begin(), missing_.end(), is_there);
  if (has_appeared) missing_.clear();
  return std::exchange(has_unwatched_, false) || has_appeared;
}

// The lock says that what is unfinished is nobody's any more.
void Importer::sweep(Folder& folder, int depth) {
  const Result<std::vector<Entry>> entries = entries_of(folder);
  if (!entries || depth > kDeepest + 2) return;
  for (const Entry& entry : *entries) {
    if (entry.kind == FileKind::file && entry.name == kTemporary) {
      // What cannot be removed is in nobody's way: the next copy replaces it.
      static_cast<void>(folder.remove(entry.name));
    }
    // Beside the copies somebody else's things may lie.
    if (entry.kind != FileKind::folder || (depth == 0 && !agent_of_copy(entry.name))) continue;
    const Result<std::unique_ptr<Folder>> inner = folder.open_folder(entry.name);
    if (inner) sweep(**inner, depth + 1);
  }
}

Status Importer::note_origin(const std::string& name, const std::string& path) {
  const std::string file = name + ".origin";
  if (root_->stat(file).ok()) return {};
  const std::unique_ptr<Replacement> note =
      TRY(Replacement::begin(*root_, file, std::string(kTemporary), nullptr));
  CHECK_OK(note->write(path + "\n"));
  return note->publish(false);
}

}  // namespace everturn
