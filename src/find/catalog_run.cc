// SPDX-License-Identifier: Apache-2.0
#include "find/catalog_run.h"

#include <algorithm>
#include <bit>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include "base/digest.h"
#include "base/parallel.h"
#include "base/try.h"

namespace everturn {
namespace {

constexpr std::size_t kThreads = 4;         // that read ends of files: they also wait for the disk
constexpr std::size_t kReadingThreads = 2;  // that read whole files
constexpr std::size_t kFilesAThread = 16;
constexpr std::size_t kRowsAThread = 1024;
// Read between two looks at the progress, and kept together.
constexpr std::size_t kFilesAtOnce = 4096;
constexpr std::uint64_t kBytesAtOnce = 64 << 20;
constexpr std::size_t kFewFiles = 256;  // whose reading is nothing to tell of

// No file that could be read: what the listing says is all there is.
bool is_no_file(const SessionInfo& session) {
  return session.stamp.inode == 0 && !session.note.empty() && session.note != "empty";
}

// Runs both, one of them in a thread of its own if there is one to be had.
template <class One, class Other>
void together(const One& one, const Other& other) {
  std::optional<std::thread> helper;
  try {
    helper.emplace(one);
  } catch (const std::system_error&) {
    one();
  }
  other();
  if (helper) helper->join();
}

}  // namespace

void StoredRows::load(CatalogFile& file) {
  const auto keep = [this](std::string_view name, std::string_view facts) {
    rows_.push_back({bytes_.size(), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(facts.size())});
    bytes_ += name;
    bytes_ += facts;
    return true;
  };
  try {
    constexpr std::uint64_t kMost = 1ULL << 30;  // whatever somebody has put there
    bytes_.reserve(static_cast<std::size_t>(std::min(file.bytes(), kMost)));
    if (!file.load(keep).ok()) rows_.clear();
    index();
  } catch (const std::bad_alloc&) {
    rows_.clear();
    table_.clear();
  }
}

void StoredRows::index() {
  if (rows_.empty()) return;
  table_.assign(std::bit_ceil(rows_.size() * 2), -1);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    std::size_t at = hash64(name(i)) & (table_.size() - 1);
    while (table_[at] != -1) at = (at + 1) & (table_.size() - 1);
    table_[at] = static_cast<std::int32_t>(i);
  }
}

std::int32_t StoredRows::find(std::string_view wanted) const {
  if (table_.empty()) return -1;
  std::size_t at = hash64(wanted) & (table_.size() - 1);
  while (table_[at] != -1 && name(static_cast<std::size_t>(table_[at])) != wanted) {
    at = (at + 1) & (table_.size() - 1);
  }
  return table_[at];
}

std::string_view StoredRows::name(std::size_t number) const {
  const Row& row = rows_[number];
  return std::string_view(bytes_).substr(row.offset, row.name_size);
}

std::string_view StoredRows::bytes(std::size_t number) const {
  const Row& row = rows_[number];
  return std::string_view(bytes_).substr(row.offset + row.name_size, row.size);
}

Status CatalogRun::look() {
  Result<std::vector<SessionInfo>> listed = Status(Code::unavailable, "not looked yet");
  std::exception_ptr failure;
  together([this] { stored_.load(file_); },
           [&] {
             try {
               listed = engine_.list({.check = false, .names_only = true});
             } catch (...) {
               failure = std::current_exception();
             }
           });
  if (failure != nullptr) std::rethrow_exception(failure);
  if (!listed) return listed.status();
  entries_.resize(listed->size());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].row.session = std::move((*listed)[i]);
  }
  match();
  return {};
}

void CatalogRun::match() {
  is_used_.assign(stored_.size(), 0);
  in_threads(
      entries_.size(), kRowsAThread, kReadingThreads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          RunEntry& entry = entries_[i];
          const SessionInfo& listed = entry.row.session;
          entry.is_known = is_no_file(listed);
          if (entry.is_known) entry.row.health = Health::unreadable;
          entry.stored = stored_.find(name_of(listed));
          if (entry.stored < 0) continue;
          const auto number = static_cast<std::size_t>(entry.stored);
          is_used_[number] = 1;
          if (entry.is_known) continue;
          const std::optional<RowView> row = view_row(stored_.name(number), stored_.bytes(number));
          if (!row || !row->is_settled(listed.stamp)) continue;
          show_row(*row, entry.row);
          entry.is_known = true;
        }
      });
}

bool CatalogRun::needs(const RunEntry& entry, Depth depth) const {
  if (entry.is_gone || is_no_file(entry.row.session)) return false;
  if (!entry.is_known) return true;
  if (entry.row.health == Health::unreadable) return false;
  if (depth == Depth::counts) return !entry.row.session.checked;
  return depth == Depth::verdict && entry.row.health == Health::unread;
}

void CatalogRun::read(std::span<const std::uint32_t> which, Depth depth) {
  std::vector<std::uint32_t> wanted;
  for (const std::uint32_t number : which) {
    if (needs(entries_[number], depth)) wanted.push_back(number);
  }
  std::size_t begin = 0;
  while (begin < wanted.size()) {
    std::size_t end = begin;
    std::uint64_t bytes = 0;
    while (end < wanted.size() && end - begin < kFilesAtOnce && bytes < kBytesAtOnce) {
      const std::uint64_t size = entries_[wanted[end]].row.session.bytes;
      bytes += depth == Depth::summary ? 0 : size;
      ++end;
    }
    const bool is_long = wanted.size() > kFewFiles || bytes >= kBytesAtOnce;
    if (is_long && options_.progress != nullptr) options_.progress(begin, wanted.size());
    read_some(std::span(wanted).subspan(begin, end - begin), depth);
    begin = end;
  }
}

void CatalogRun::read_some(std::span<const std::uint32_t> which, Depth depth) {
  const bool is_short = depth == Depth::summary;
  in_threads(which.size(), is_short ? kFilesAThread : 1, is_short ? kThreads : kReadingThreads,
             [&](std::size_t begin, std::size_t end) {
               FileReading reading(engine_);
               for (std::size_t i = begin; i < end; ++i) {
                 RunEntry& entry = entries_[which[i]];
                 std::optional<CatalogRow> stored;
                 if (entry.read == nullptr && entry.stored >= 0) {
                   const auto number = static_cast<std::size_t>(entry.stored);
                   stored = decode_row(stored_.name(number), stored_.bytes(number));
                 }
                 const CatalogRow* known = stored ? &*stored : entry.read.get();
                 Result<CatalogRow> row = reading.read(entry.row.session, known, depth);
                 entry.is_gone = !row && row.status().code() == Code::not_found;
                 if (!row) continue;
                 show_row(*row, entry.row);
                 entry.read = std::make_unique<CatalogRow>(*std::move(row));
                 entry.is_known = true;
               }
             });
  if (!is_keeping_) return;
  std::vector<const CatalogRow*> rows;
  for (const std::uint32_t number : which) {
    const RunEntry& entry = entries_[number];
    if (!entry.is_gone && entry.read != nullptr) rows.push_back(entry.read.get());
  }
  is_keeping_ = file_.save(rows, {}).ok();
}

void CatalogRun::finish(bool is_whole) {
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < is_used_.size(); ++i) {
    if (is_used_[i] == 0) gone.emplace_back(stored_.name(i));
  }
  for (const RunEntry& entry : entries_) {
    if (entry.is_gone) gone.emplace_back(name_of(entry.row.session));
  }
  if (!is_keeping_ || !file_.save({}, gone).ok()) return;
  if (is_whole) static_cast<void>(file_.set_whole(true));
}

}  // namespace everturn
