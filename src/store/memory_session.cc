// SPDX-License-Identifier: Apache-2.0
#include "store/memory_session.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/try.h"
#include "fs/fs.h"
#include "store/metadata_record.h"

namespace everturn {
namespace {

constexpr std::uint64_t kOnceWindow = 4ULL << 20;

bool is_metadata(const MemoryLine& line) { return line.kind == RecordKind::metadata; }

std::uint64_t size_of(const MemoryLine& line) { return line.bytes->size() + 1; }

}  // namespace

MemorySession::MemorySession(std::uint64_t generation, Metadata metadata)
    : key_(metadata.key), generation_(generation) {
  if (metadata.updated_at.empty()) metadata.updated_at = iso_local_time(posix_fs().now_ns());
  if (metadata.created_at.empty()) metadata.created_at = metadata.updated_at;
  add_line(compose_metadata(metadata), RecordKind::metadata, {});
}

std::uint64_t MemorySession::bytes() const {
  std::uint64_t sum = 0;
  for (const MemoryLine& line : lines_) sum += size_of(line);
  return sum;
}

std::uint64_t MemorySession::records() const {
  return lines_.size() -
         static_cast<std::uint64_t>(std::count_if(lines_.begin(), lines_.end(), is_metadata));
}

Version MemorySession::version_at(std::uint64_t index) const {
  const Digest128 hash = index == 0 ? Digest128{} : hash128(*lines_[index - 1].bytes);
  return {generation_, index, hash.high, hash.low};
}

Result<std::uint64_t> MemorySession::index_of(Position position) const {
  if (position == Position{}) return 0;
  if (position.generation != generation_) {
    return Status(Code::conflict, "the session was rewritten since; load it again");
  }
  if (position.offset > end()) {
    return Status(Code::conflict, "the position lies behind the end; load the session again");
  }
  return position.offset;
}

std::optional<std::uint64_t> MemorySession::length_at(const Version& version) const {
  if (version == Version::none()) return 1;
  if (version.end > end() || version_at(version.end) != version) return std::nullopt;
  return version.end;
}

std::optional<std::vector<std::uint64_t>> MemorySession::find_behind(std::uint64_t index,
                                                                     const Batch& batch,
                                                                     std::size_t from) const {
  std::vector<std::uint64_t> found;
  for (; index < end() && from + found.size() < batch.lines.size(); ++index) {
    if (is_metadata(lines_[index])) continue;
    if (*lines_[index].bytes != batch.record(from + found.size())) return std::nullopt;
    found.push_back(index);
  }
  return found;
}

std::vector<std::optional<std::uint64_t>> MemorySession::find_once(const Batch& batch,
                                                                   const Once& once) const {
  std::vector<std::optional<std::uint64_t>> found(batch.lines.size());
  if (once.operation.empty() && once.member.empty()) return found;
  std::uint64_t begin = end();
  for (std::uint64_t window = 0; begin > 0 && window < kOnceWindow; --begin) {
    window += size_of(lines_[begin - 1]);
  }
  for (std::uint64_t index = begin; index < end(); ++index) {
    const MemoryLine& line = lines_[index];
    const bool counts = once.member.empty() ? line.operation == once.operation
                                            : find_member(*line.bytes, once.member).has_value();
    if (!counts || is_metadata(line)) continue;
    // A line serves one record: a batch that holds the same record twice wants two lines.
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (found[i] || batch.record(i) != *line.bytes) continue;
      found[i] = index;
      break;
    }
  }
  return found;
}

const MemoryLine& MemorySession::newest_metadata() const {
  return *std::find_if(lines_.rbegin(), lines_.rend(), is_metadata);  // the first line is one
}

Metadata MemorySession::metadata() const {
  Metadata metadata = parse_metadata(*newest_metadata().bytes);
  metadata.version = version();
  return metadata;
}

Result<ReadReport> MemorySession::read(const ReadOptions& how, const RecordSink& sink) const {
  const std::uint64_t begin = TRY(index_of(how.from));
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t index = begin; index < end(); ++index) {
    if (how.with_metadata || !is_metadata(lines_[index])) wanted.push_back(index);
  }
  if (how.last && *how.last < wanted.size()) {
    wanted.erase(wanted.begin(), wanted.end() - static_cast<std::ptrdiff_t>(*how.last));
  }
  if (how.backwards) std::reverse(wanted.begin(), wanted.end());
  ReadReport report;
  report.begin = position_at(wanted.empty() ? end() : wanted.front());
  bool go_on = true;
  std::uint64_t read_to = begin;
  for (const std::uint64_t index : wanted) {
    go_on = go_on && report.records < how.limit;
    if (!go_on) break;
    ++report.records;
    read_to = std::max(read_to, index + 1);
    const MemoryLine& line = lines_[index];
    go_on = sink({*line.bytes, position_at(index), position_at(index + 1), line.kind});
  }
  report.end = position_at(go_on ? end() : read_to);
  if (go_on) report.version = version();
  return report;
}

void MemorySession::add_line(std::string_view bytes, RecordKind kind, std::string operation) {
  lines_.push_back({std::make_shared<const std::string>(bytes), kind, std::move(operation)});
  modified_ns_ = posix_fs().now_ns();
}

std::uint64_t MemorySession::add(std::string_view record, std::string operation) {
  const bool is_own = is_own_metadata(record, key_, false);
  add_line(record, is_own ? RecordKind::metadata : RecordKind::record, std::move(operation));
  return lines_.size() - 1;
}

void MemorySession::set_metadata(const Metadata& metadata) {
  const std::string line = rewrite_metadata(*newest_metadata().bytes, metadata, std::nullopt);
  add_line(line, RecordKind::metadata, {});
}

void MemorySession::rewind(std::uint64_t generation, std::uint64_t index) {
  const MemoryLine metadata = newest_metadata();
  lines_.resize(index);
  if (lines_.empty() || newest_metadata().bytes != metadata.bytes) lines_.push_back(metadata);
  generation_ = generation;
  modified_ns_ = posix_fs().now_ns();
}

}  // namespace everturn
