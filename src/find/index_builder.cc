// SPDX-License-Identifier: Apache-2.0
// Brings the index up to date with the files of a store.
#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/try.h"
#include "everturn/search.h"
#include "find/index_rows.h"
#include "find/index_tokens.h"
#include "find/text_index.h"
#include "find/token_filter.h"
#include "fs/fs.h"
#include "fs/posix_size_signal.h"
#include "journal/reader.h"
#include "store/engine.h"

namespace everturn {
namespace {

constexpr std::uint64_t kSegmentBytes = 128 << 10;
constexpr std::uint64_t kPartBytes = 4 << 20;
constexpr std::uint64_t kCommitBytes = 16 << 20;
constexpr std::uint64_t kLongestLine = 64 << 20;

struct Row {
  std::int64_t number = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  FileStamp stamp;
  std::string content;
};
using RowsOfFiles = std::unordered_map<std::string, std::vector<Row>>;

std::string content_hash(std::string_view bytes) {
  const Digest128 digest = hash128(bytes);
  return hex(digest);
}

bool is_same_file(const FileStamp& a, const FileStamp& b) {
  return a.device == b.device && a.inode == b.inode && a.birth_ns == b.birth_ns;
}

class Builder {
 public:
  Builder(Engine& engine, IndexRows& rows, const IndexOptions& options)
      : engine_(engine),
        rows_(rows),
        options_(options),
        settled_ns_(std::chrono::nanoseconds(options.settled).count()) {}

  Result<IndexReport> run() {
    sessions_ = TRY(engine_.list({.names_only = true}));
    std::sort(sessions_.begin(), sessions_.end(), [](const SessionInfo& a, const SessionInfo& b) {
      return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns
                                            : a.file_name < b.file_name;
    });
    const Status done = transaction([&] { return prepare(); });
    CHECK_OK(done);
    for (std::size_t i = 0; i < sessions_.size() && !report_.stopped; ++i) {
      CHECK_OK(add_session(sessions_[i]));
      tell_progress(i + 1);
    }
    CHECK_OK(write_pending());
    return report_;
  }

 private:
  // A row that waits for the next transaction.
  struct Pending {
    std::string file;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::string stamp;
    std::string content;
    std::string filters;
  };

  template <class Work>
  Status transaction(const Work& work) {
    const Database::Turn turn = rows_.database().take_turn();
    CHECK_OK(rows_.database().begin());
    const Status worked = work();
    if (!worked.ok()) {
      rows_.database().rollback();
      return worked;
    }
    return rows_.database().commit();
  }

  // Learns what there is; what is of no use goes.
  Status prepare() {
    salt_ = TRY(rows_.salt(posix_fs().random() | 1U));
    std::vector<std::int64_t> bad;
    CHECK_OK(rows_.for_each(
        salt_,
        [&](const IndexPart& part) {
          known_[std::string(part.file)].push_back(
              {part.row, part.begin, part.end, stamp_from(part.stamp), std::string(part.content)});
        },
        [&](std::int64_t row) { bad.push_back(row); }));
    for (auto& [file, rows] : known_) {
      std::sort(rows.begin(), rows.end(),
                [](const Row& a, const Row& b) { return a.begin < b.begin; });
    }
    std::unordered_map<std::string_view, const SessionInfo*> there;
    for (const SessionInfo& session : sessions_) there.emplace(session.file_name, &session);
    for (const auto& [file, rows] : known_) {
      if (there.contains(file)) continue;
      for (const Row& row : rows) bad.push_back(row.number);
    }
    for (const std::int64_t row : bad) CHECK_OK(rows_.remove(row));
    return {};
  }

  // How far the rows cover the file without a gap.
  static std::uint64_t covered_by(const std::vector<Row>& rows) {
    std::uint64_t end = 0;
    for (const Row& row : rows) {
      if (row.begin != end) break;
      end = row.end;
    }
    return end;
  }

  Status add_session(const SessionInfo& session) {
    std::vector<Row>& rows = known_[session.file_name];
    const bool is_current =
        !rows.empty() && std::all_of(rows.begin(), rows.end(),
                                     [&](const Row& row) { return row.stamp == session.stamp; });
    if (is_current && covered_by(rows) == session.bytes) return count(session);
    if (session.bytes == 0) return {};
    const std::int64_t age =
        posix_fs().now_ns() - std::max(session.stamp.modified_ns, session.stamp.changed_ns);
    Result<std::unique_ptr<ListedFile>> file = engine_.open_unseen(session);
    const bool fits = session.stamp.inode != 0 && age >= settled_ns_ && file.ok() &&
                      (*file)->is_plain() && !(*file)->is_padded() &&
                      (*file)->info().stamp == session.stamp;
    std::uint64_t at = 0;
    CHECK_OK(keep_rows(session, rows, fits ? file->get() : nullptr, at));
    if (!fits) {
      ++report_.left_sessions;
      return {};
    }
    return add_parts(**file, session, at);
  }

  Status count(const SessionInfo& session) {
    ++report_.sessions;
    report_.bytes += session.bytes;
    return {};
  }

  // Rows of a file that only grew stay, if they still are of what stands there; the others go. `at`
  // is where the index goes on.
  Status keep_rows(const SessionInfo& session, const std::vector<Row>& rows, ListedFile* file,
                   std::uint64_t& at) {
    if (rows.empty()) return {};
    std::vector<std::int64_t> kept;
    for (const Row& row : rows) {
      const bool stays = file != nullptr && row.begin == at && row.end <= session.bytes &&
                         is_same_file(row.stamp, session.stamp) && holds(*file, row);
      if (!stays) break;
      kept.push_back(row.number);
      at = row.end;
    }
    return transaction([&]() -> Status {
      IndexPart part;
      std::string bytes;
      for (const Row& row : rows) {
        const bool stays = std::find(kept.begin(), kept.end(), row.number) != kept.end() &&
                           TRY(rows_.find(row.number, salt_, part, bytes));
        CHECK_OK(stays ? rows_.set_stamp(part, session.stamp, salt_) : rows_.remove(row.number));
      }
      return {};
    });
  }

  // The bytes are those that the row is of, and end with a line.
  bool holds(ListedFile& file, const Row& row) {
    if (row.end <= row.begin || row.end - row.begin > kPartBytes + kLongestLine) return false;
    buffer_.resize(static_cast<std::size_t>(row.end - row.begin));
    const Result<std::size_t> got = file.read_at(row.begin, buffer_.data(), buffer_.size());
    return got.ok() && *got == buffer_.size() && buffer_.ends_with('\n') &&
           content_hash(buffer_) == row.content;
  }

  Status add_parts(ListedFile& file, const SessionInfo& session, std::uint64_t at) {
    while (at < session.bytes) {
      if (options_.stop && options_.stop()) {
        report_.stopped = true;
        return {};
      }
      const Result<std::string_view> read = read_part(file, at, session.bytes);
      // A line that is too long, a file that became shorter, or that the disk cannot read.
      if (!read.ok() || read->empty()) {
        ++report_.left_sessions;
        return {};
      }
      const std::string_view bytes = *read;
      Pending& part = pending_.emplace_back();
      part.file = session.file_name;
      part.begin = at;
      part.end = at += bytes.size();
      part.stamp = stamp_bytes(session.stamp);
      part.content = content_hash(bytes);
      part.filters = filters_of(bytes);
      report_.added_bytes += bytes.size();
      pending_bytes_ += bytes.size();
      if (pending_bytes_ >= kCommitBytes) CHECK_OK(write_pending());
    }
    return count(session);
  }

  // Whole lines from `at` on.
  Result<std::string_view> read_part(ListedFile& file, std::uint64_t at, std::uint64_t end) {
    for (std::uint64_t size = kPartBytes; size <= kPartBytes + kLongestLine; size *= 2) {
      buffer_.resize(static_cast<std::size_t>(std::min(size, end - at)));
      const std::size_t got = TRY(file.read_at(at, buffer_.data(), buffer_.size()));
      if (got < buffer_.size()) break;
      if (at + got == end) return std::string_view(buffer_);
      const std::size_t newline = buffer_.rfind('\n');
      if (newline != std::string::npos) return std::string_view(buffer_).substr(0, newline + 1);
    }
    return std::string_view();
  }

  std::string filters_of(std::string_view bytes) {
    std::string filters;
    tokens_.clear();
    std::size_t begin = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t end = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
      reader_.add_line(bytes.substr(at, end - at), tokens_);
      at = end;
      if (at - begin < kSegmentBytes && at < bytes.size()) continue;
      std::sort(tokens_.begin(), tokens_.end());
      tokens_.erase(std::unique(tokens_.begin(), tokens_.end()), tokens_.end());
      append_segment({at - begin, make_filter(tokens_, salt_)}, filters);
      tokens_.clear();
      begin = at;
    }
    return filters;
  }

  Status write_pending() {
    if (pending_.empty()) return {};
    const Status written = transaction([&]() -> Status {
      for (const Pending& row : pending_) {
        CHECK_OK(rows_.insert(
            {0, row.file, row.begin, row.end, row.stamp, row.content, row.filters}, salt_));
      }
      return {};
    });
    pending_.clear();
    pending_bytes_ = 0;
    return written;
  }

  void tell_progress(std::size_t done) {
    if (options_.progress) options_.progress({done, sessions_.size(), report_.added_bytes});
  }

  Engine& engine_;
  IndexRows& rows_;
  const IndexOptions& options_;
  const std::int64_t settled_ns_;
  IndexReport report_;
  std::vector<SessionInfo> sessions_;
  std::uint64_t salt_ = 0;
  RowsOfFiles known_;
  std::vector<Pending> pending_;
  std::uint64_t pending_bytes_ = 0;
  std::string buffer_;
  TokenReader reader_;
  std::vector<std::uint64_t> tokens_;
};

}  // namespace

Result<IndexReport> update_search_index(Store& store, const IndexOptions& options) try {
  const SizeSignalGuard size_signal;
  Engine& engine = engine_of(store);
  const CachePlace place = TRY(engine.cache_place(true));
  IndexRows rows = TRY(IndexRows::open(place, true));
  Result<IndexReport> report = Builder(engine, rows, options).run();
  if (report.ok() || report.status().code() != Code::damaged) return report;
  // It can be made anew from what it is of.
  CHECK_OK(Database::remove(place, kIndexName));
  IndexRows fresh = TRY(IndexRows::open(place, true));
  return Builder(engine, fresh, options).run();
} catch (const std::bad_alloc&) {
  return Status(Code::unavailable, "out of memory");
} catch (const std::exception& error) {
  return Status(Code::io, std::string("internal error: ") + error.what());
}

Status clear_search_index(Store& store) try {
  const SizeSignalGuard size_signal;
  const CachePlace place = TRY(engine_of(store).cache_place(false));
  return Database::remove(place, kIndexName);
} catch (const std::bad_alloc&) {
  return {Code::unavailable, "out of memory"};
}

}  // namespace everturn
