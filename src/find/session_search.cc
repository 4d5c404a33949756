// SPDX-License-Identifier: Apache-2.0
#include "find/session_search.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/try.h"
#include "find/damage_search.h"
#include "journal/reader.h"

namespace everturn {
namespace {

// Small enough for the processor's cache, large enough for most sessions.
constexpr std::size_t kWindow = 256 << 10;
constexpr std::size_t kKeptCapacity = 4 << 20;
constexpr std::size_t kLongestLine = 64 << 20;  // a longer one is left to the store
constexpr std::size_t kRecordsToRecognize = 16;

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

ReadOptions everything() {
  ReadOptions how;
  how.with_metadata = true;
  how.with_oversize = true;
  return how;
}

std::uint64_t generation_of(const FileStamp& stamp) {
  return everturn::generation_of(FileId{stamp.device, stamp.inode, stamp.birth_ns});
}

}  // namespace

SessionSearch::SessionSearch(const SearchQuery& query, Matcher matcher,
                             const std::optional<Anchor>& anchor, std::size_t snippet_characters)
    : records_(query, std::move(matcher), snippet_characters) {
  if (anchor) scan_.emplace(*anchor);
}

void SessionSearch::reserve(std::size_t capacity, std::size_t keep) {
  auto bigger = std::make_unique_for_overwrite<char[]>(capacity + kJsonPadding);
  if (keep > 0) std::memcpy(bigger.get(), buffer_.get(), keep);
  std::memset(bigger.get() + capacity, 0, kJsonPadding);
  buffer_ = std::move(bigger);
  capacity_ = capacity;
}

void SessionSearch::begin_session(const ListedFile& file) {
  records_.begin_session(file.info());
  damage_ = {};
}

Status SessionSearch::search(ListedFile& file, const FoundSink& sink) {
  return search(file, {{0, file.info().bytes}}, sink);
}

Status SessionSearch::search(ListedFile& file, const std::vector<Stretch>& stretches,
                             const FoundSink& sink) {
  begin_session(file);
  if (!file.is_plain()) return search_records_from(file, 0, sink);
  for (const Stretch& stretch : stretches) {
    const End end = TRY(search_lines(file, stretch, sink));
    if (end == End::stopped) return {};
    if (end == End::records) return search_records_from(file, records_at_, sink);
  }
  return {};
}

Status SessionSearch::search_records(ListedFile& file, const FoundSink& sink) {
  begin_session(file);
  scan_.reset();
  return search_records_from(file, 0, sink);
}

Result<SessionSearch::End> SessionSearch::search_lines(ListedFile& file, const Stretch& stretch,
                                                       const FoundSink& sink) {
  const std::uint64_t size = stretch.end;
  if (capacity_ == 0 || capacity_ > kKeptCapacity) reserve(kWindow, 0);
  std::uint64_t at = stretch.begin;  // of what is read next
  std::size_t held = 0;              // bytes of the buffer that are not looked at yet
  while (at < size) {
    const auto want =
        static_cast<std::size_t>(std::min<std::uint64_t>(capacity_ - held, size - at));
    const Result<std::size_t> read = file.read_at(at, buffer_.get() + held, want);
    if (!read.ok() && read.status().code() == Code::io) {
      // What the disk cannot read is damage, which reading goes around.
      records_at_ = at - held;
      return End::records;
    }
    if (!read.ok()) return read.status();
    const std::size_t got = *read;
    at += got;
    held += got;
    const bool is_end = at == size || got < want;
    const void* newline = is_end ? nullptr : ::memrchr(buffer_.get(), '\n', held);
    std::size_t lines = held;
    if (!is_end) {
      lines = newline == nullptr
                  ? 0
                  : static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.get()) + 1;
    }
    if (lines > 0) {
      const End end = TRY(look_at_lines(file, {buffer_.get(), lines}, at - held, sink));
      if (end != End::done) return end;
    } else if (held > kLongestLine) {
      records_at_ = at - held;
      return End::records;
    } else if (held == capacity_) {
      reserve(capacity_ * 2, held);
    }
    if (is_end) break;
    held -= lines;
    if (lines > 0) std::memmove(buffer_.get(), buffer_.get() + lines, held);
  }
  return End::done;
}

std::string_view SessionSearch::next_line(std::string_view lines, std::size_t from) {
  if (scan_) return scan_->next_line(lines, from);
  return lines.substr(from, std::min(lines.find('\n', from), lines.size()) - from);
}

Result<SessionSearch::End> SessionSearch::look_at_lines(ListedFile& file, std::string_view lines,
                                                        std::uint64_t offset,
                                                        const FoundSink& sink) {
  const std::uint64_t generation = generation_of(file.info().stamp);
  for (std::size_t from = 0; from < lines.size();) {
    const std::string_view line = next_line(lines, from);
    const auto begin = static_cast<std::size_t>(line.data() - lines.data());
    from = begin + line.size() + 1;
    if (is_blank_line(line)) continue;
    records_at_ = offset + begin;
    if (records_.dialect() == nullptr && !TRY(learn_dialect(file, lines, offset == 0))) {
      return End::records;
    }
    if (!is_record(line)) return End::records;
    records_.read(line);
    if (!records_.find(line, {generation, offset + begin}, sink)) return End::stopped;
  }
  return End::done;
}

// One JSON object and nothing else: then it is a record whatever stands around it.
bool SessionSearch::is_record(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.starts_with('{') && line.ends_with('}') && checker_.is_object(line);
}

// From the first lines of the file. False: they are not all records, or later records take the
// place of earlier ones.
Result<bool> SessionSearch::learn_dialect(ListedFile& file, std::string_view lines,
                                          bool from_start) {
  if (from_start) {
    const std::optional<bool> known = learn_dialect_from(lines, lines.size() == file.info().bytes);
    if (known) return *known;
  }
  std::vector<std::string> first;
  std::uint64_t next = 0;
  bool is_plain = true;
  ReadOptions how = everything();
  how.limit = kRecordsToRecognize;
  const ReadReport report = TRY(file.read(how, [&](const Record& record) {
    is_plain = is_plain && record.position.offset == next && !record.salvaged && !record.nonfinite;
    next = record.next.offset;
    first.emplace_back(record.bytes);
    return true;
  }));
  if (!is_plain || report.damage_count > 0 || first.empty()) return false;
  const std::vector<std::string_view> views(first.begin(), first.end());
  records_.set_dialect(recognize(views));
  return !records_.dialect()->has_updates;
}

// From the first of `lines`, with which the file begins. nullopt: they are too few.
std::optional<bool> SessionSearch::learn_dialect_from(std::string_view lines, bool is_whole) {
  std::vector<std::string_view> first;
  for (std::size_t from = 0; from < lines.size() && first.size() < kRecordsToRecognize;) {
    const std::size_t end = std::min(lines.find('\n', from), lines.size());
    first.push_back(lines.substr(from, end - from));
    from = end + 1;
  }
  if (first.size() < kRecordsToRecognize && !is_whole) return std::nullopt;
  const bool are_records = std::all_of(first.begin(), first.end(),
                                       [&](std::string_view line) { return is_record(line); });
  if (!are_records) return false;
  records_.set_dialect(recognize(first));
  return !records_.dialect()->has_updates;
}

// Gives the hits from `offset` on; what stands before them has been searched.
Status SessionSearch::search_records_from(ListedFile& file, std::uint64_t offset,
                                          const FoundSink& sink) {
  std::vector<std::string> first;
  ReadOptions how = everything();
  how.limit = kRecordsToRecognize;
  TRY(file.read(how, [&](const Record& record) {
    first.emplace_back(record.bytes);
    return true;
  }));
  const std::vector<std::string_view> views(first.begin(), first.end());
  records_.set_dialect(recognize(views));
  std::optional<Survey> survey;
  if (records_.dialect()->has_updates && !records_.is_raw()) {
    survey.emplace(std::string(records_.dialect()->name));
    TRY(file.read(everything(), [&](const Record& record) {
      survey->add(record.bytes);
      return true;
    }));
    survey->settle();
  }
  std::uint64_t number = 0;
  const ReadReport report = TRY(file.read(everything(), [&](const Record& record) {
    const std::uint64_t own_number = number++;
    if (record.position.offset < offset) return true;
    if (scan_ && scan_->next_line(record.bytes, 0).empty()) return true;
    const std::vector<Entry>& entries = records_.read(record.bytes);
    if (survey && survey->is_superseded(own_number, entries)) return true;
    return records_.find(record.bytes, record.position, sink);
  }));
  damage_ = search_damage(file, report, offset, scan_ ? &*scan_ : nullptr);
  damage_.session = file.info().key;
  return {};
}

}  // namespace everturn
