// SPDX-License-Identifier: Apache-2.0
// Engines over files that agents wrote, in place and only for reading: all the agents' folders of
// this machine ("agents:"), or one file ("file:PATH").
#include <algorithm>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "agents/find.h"
#include "base/json.h"
#include "base/try.h"
#include "base/utf8.h"
#include "store/atomic_file.h"
#include "store/engine_watch.h"
#include "store/read_only_engine.h"
#include "store/stamp.h"
#include "store/store_watch.h"
#include "store/transcript_file.h"

namespace everturn {
namespace {

Status no_such_session() { return {Code::not_found, "there is no such session"}; }

// Where a session's file lies.
struct Place {
  std::unique_ptr<Folder> folder;
  std::string name;
};

class ListedTranscript final : public ListedFile {
 public:
  ListedTranscript(TranscriptFile file, const SessionInfo& listed)
      : file_(std::move(file)), info_(listed) {
    set_stamp(file_.info(), info_);
    info_.note = info_.bytes == 0 ? "empty" : "";
  }

  Status read_beginning() {
    if (!is_plain()) return {};
    const std::size_t wanted = std::min<std::uint64_t>(info_.bytes, kBeginning);
    beginning_.resize(wanted + kJsonPadding);
    beginning_.resize(TRY(file_.read_beginning(beginning_.data(), wanted)) + kJsonPadding);
    return {};
  }

  [[nodiscard]] const SessionInfo& info() const override { return info_; }
  [[nodiscard]] bool is_plain() const override { return file_.is_plain(); }
  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    return file_.read_at(offset, into, size);
  }
  Result<std::size_t> read_content_at(std::uint64_t offset, char* into, std::size_t size) override {
    return file_.read_content_at(offset, into, size);
  }
  [[nodiscard]] std::string_view beginning() const override {
    return std::string_view(beginning_).substr(0, beginning_.size() - kJsonPadding);
  }
  Result<ReadReport> read(const ReadOptions& how, const RecordSink& sink) override {
    return file_.read(how, sink);
  }
  [[nodiscard]] bool is_padded() const override { return file_.is_padded(); }

 private:
  TranscriptFile file_;
  SessionInfo info_;
  std::string beginning_ = std::string(kJsonPadding, '\0');  // and what may be read behind it
};

// What both engines share: from the place of a session to its records.
class FilesEngine : public ReadOnlyEngine {
 public:
  FilesEngine(Fs& fs, StoreOptions options, std::string whose)
      : ReadOnlyEngine(std::move(options), std::move(whose)), fs_(fs) {}

  Result<ReadReport> read(std::string_view key, const ReadOptions& how,
                          const RecordSink& sink) override {
    const TranscriptFile file = TRY(open(key));
    return file.read(how, sink);
  }
  Status read_raw(std::string_view key,
                  const std::function<bool(std::string_view)>& sink) override {
    const TranscriptFile file = TRY(open(key));
    return file.read_raw(sink);
  }
  Result<Version> version(std::string_view key) override {
    const Result<TranscriptFile> file = open(key);
    if (file) return file->version();
    if (file.status().code() == Code::not_found) return Version::none();
    return file.status();
  }
  Result<Metadata> metadata(std::string_view key) override {
    const TranscriptFile file = TRY(open(key));
    return file.metadata();
  }
  Result<std::unique_ptr<ListedFile>> open_listed(const SessionInfo& listed) override {
    auto opened = std::make_unique<ListedTranscript>(TRY(open(listed.key)), listed);
    CHECK_OK(opened->read_beginning());
    return std::unique_ptr<ListedFile>(std::move(opened));
  }
  Result<std::unique_ptr<Watch>> watch(std::string_view key, Position from) override {
    const Place place = TRY(place_of(key));
    std::unique_ptr<FolderWatch> changes = TRY(place.folder->watch());
    TRY(place.folder->stat(place.name));
    return make_watch(*this, fs_, std::string(key), from, std::move(changes));
  }

  Result<std::unique_ptr<StoreWatch>> watch_all() override {
    return make_listing_watch(*this, fs_, std::chrono::seconds(2));
  }

 protected:
  virtual Result<Place> place_of(std::string_view key) = 0;

  Result<TranscriptFile> open(std::string_view key) {
    const Place place = TRY(place_of(key));
    return TranscriptFile::open(*place.folder, place.name, key, options());
  }
  // Counts the records and the damage of the session that `info` describes.
  void check(SessionInfo& info) {
    const Result<ReadReport> report = read(info.key, {}, [](const Record&) { return true; });
    if (!report) {
      info.note = "cannot be read: " + report.status().message();
      return;
    }
    set_counts(*report, info);
  }
  Fs& fs() { return fs_; }

 private:
  Fs& fs_;
};

// What was found at one moment. Shared, and never changed.
struct Findings {
  FoundSessions found;
  std::unordered_map<std::string_view, const AgentSession*> by_key;  // views of `found`
};

class AgentsEngine final : public FilesEngine {
 public:
  AgentsEngine(Fs& fs, std::vector<AgentFolder> folders, StoreOptions options)
      : FilesEngine(fs, std::move(options), "agents: holds other agents' own files"),
        folders_(std::move(folders)) {}

  Result<std::vector<SessionInfo>> list(const ListOptions& how) override {
    std::vector<SessionInfo> infos;
    for (const AgentSession& session : look()->found.sessions) {
      SessionInfo& info = infos.emplace_back();
      info.key = session.key;
      info.file_name = session.path();
      set_stamp(session.info, info);
      if (session.is_sub_agent) {
        info.part_of = std::string(agent_name(session.agent)) + ":" + session.parent;
      }
      if (session.bytes == 0) info.note = "empty";
      if (how.check) check(info);
    }
    return infos;
  }

  Result<CachePlace> cache_place(bool create) override {
    std::string whose = "agents:";
    for (const AgentFolder& folder : folders_) {
      whose += agent_name(folder.agent);
      whose += '\0' + fs().real_path(folder.path) + '\0';
    }
    return user_cache_place(fs(), options(), whose, create);
  }

  Result<StoreInfo> info() override {
    const std::shared_ptr<const Findings> findings = look();
    StoreInfo info;
    info.url = "agents:";
    info.engine = "agents";
    info.folder = "of other agents";
    info.read_only = true;
    info.sessions = findings->found.sessions.size();
    for (const AgentSession& session : findings->found.sessions) {
      info.session_bytes += session.bytes;
    }
    for (const AgentSource& source : findings->found.sources) {
      info.warnings.insert(info.warnings.end(), source.problems.begin(), source.problems.end());
    }
    return info;
  }

 protected:
  // A session that began, or was moved, since the last look is found by another one.
  Result<Place> place_of(std::string_view key) override {
    const std::shared_ptr<const Findings> known = last_findings();
    if (known != nullptr) {
      Result<Place> place = open_place(*known, key);
      if (place || place.status().code() != Code::not_found) return place;
    }
    return open_place(*look(), key);
  }

 private:
  std::shared_ptr<const Findings> last_findings() {
    const std::lock_guard guard(mutex_);
    return findings_;
  }

  std::shared_ptr<const Findings> look() {
    auto findings = std::make_shared<Findings>();
    findings->found = find_agent_sessions(fs(), folders_);
    for (const AgentSession& session : findings->found.sessions) {
      findings->by_key.emplace(session.key, &session);
    }
    const std::lock_guard guard(mutex_);
    findings_ = findings;
    return findings;
  }

  Result<Place> open_place(const Findings& findings, std::string_view key) {
    const auto found = findings.by_key.find(key);
    if (found == findings.by_key.end()) return no_such_session();
    Place place;
    place.folder = TRY(open_folder_of(fs(), *found->second));
    place.name = found->second->name;
    TRY(place.folder->stat(place.name));
    return place;
  }

  const std::vector<AgentFolder> folders_;
  std::mutex mutex_;
  std::shared_ptr<const Findings> findings_;
};

// One file; its session is called as the file is.
class OneFileEngine final : public FilesEngine {
 public:
  OneFileEngine(Fs& fs, std::string path, StoreOptions options)
      : FilesEngine(fs, std::move(options), printable(path) + " is a file of its own"),
        path_(std::move(path)) {
    std::tie(folder_, name_) = split_path(path_);
    key_ = is_utf8(name_) ? name_ : printable(name_);
  }

  Result<std::vector<SessionInfo>> list(const ListOptions& how) override {
    const Place place = TRY(place_of(key_));
    const FileInfo found = TRY(place.folder->stat(place.name));
    SessionInfo info;
    info.key = key_;
    info.file_name = path_;
    set_stamp(found, info);
    if (found.size == 0) info.note = "empty";
    if (how.check) check(info);
    return std::vector<SessionInfo>{info};
  }

  Result<CachePlace> cache_place(bool) override { return CachePlace(); }

  Result<StoreInfo> info() override {
    StoreInfo info;
    info.url = "file:" + path_;
    info.engine = "file";
    info.folder = "one file";
    info.read_only = true;
    info.sessions = 1;
    for (const SessionInfo& session : TRY(list({}))) info.session_bytes = session.bytes;
    return info;
  }

 protected:
  Result<Place> place_of(std::string_view key) override {
    if (key != key_) return no_such_session();
    Place place;
    place.folder = TRY(fs().open_folder(folder_, false));
    place.name = name_;
    return place;
  }

 private:
  const std::string path_;
  std::string folder_;
  std::string name_;
  std::string key_;
};

}  // namespace

Result<std::unique_ptr<Engine>> open_agents_engine(Fs& fs, std::vector<AgentFolder> folders,
                                                   const StoreOptions& options) {
  return std::unique_ptr<Engine>(std::make_unique<AgentsEngine>(fs, std::move(folders), options));
}

Result<std::unique_ptr<Engine>> open_file_engine(Fs& fs, std::string path,
                                                 const StoreOptions& options) {
  if (path.empty() || path.ends_with('/')) {
    return Status(Code::invalid, "file: needs the path of a file");
  }
  return std::unique_ptr<Engine>(std::make_unique<OneFileEngine>(fs, std::move(path), options));
}

}  // namespace everturn
