// SPDX-License-Identifier: Apache-2.0
#include "store/retry.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>

#include "base/json.h"
#include "base/try.h"
#include "journal/reader.h"
#include "store/metadata_record.h"

namespace everturn {
namespace {

constexpr std::uint64_t kOnceWindow = 4ULL << 20;

struct Seen {
  std::uint64_t offset = 0;
  std::uint64_t next = 0;
  std::string_view bytes;  // during the call
};

// Calls `on_record` for each caller's record of file[begin, end), `on_mark` for operation marks and
// `on_damage` for damage.
class Walk : public LineSink, public ScanSink {
 public:
  std::function<bool(const Seen&)> on_seen = [](const Seen&) { return true; };
  std::function<void(const OperationMark&)> on_mark = [](const OperationMark&) {};
  std::function<void()> on_gap = [] {};
  std::string_view key;

  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
    return scanner_.line(offset, bytes, terminated);
  }
  bool on_long_line(std::uint64_t, std::uint64_t) override {
    on_gap();
    return true;
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front) override {
    return scanner_.unreadable(offset, length, front);
  }
  bool on_record(const ScannedRecord& record) override {
    if (!is_own_metadata(record.bytes, key, is_on_first_line(record))) {
      return on_seen({record.offset, record.next, record.bytes});
    }
    if (const std::optional<OperationMark> mark = operation_of(record.bytes)) on_mark(*mark);
    return true;
  }
  bool on_damage(Damage) override {
    on_gap();
    return true;
  }

 private:
  Scanner scanner_{ScanOptions{true}, *this};
};

// The identity that a record carries for Once::member; empty where it has no such member.
std::string_view identity(std::string_view record, const std::string& member) {
  return find_member(record, member).value_or(std::string_view());
}

}  // namespace

Result<std::optional<Standing>> find_behind(File& file, std::uint64_t begin,
                                            std::uint64_t content_end, const Batch& batch,
                                            std::string_view key) {
  Standing standing;
  standing.offsets.assign(batch.lines.size(), kMissing);
  standing.end = begin;
  bool something_else = false;
  Walk walk;
  walk.key = key;
  walk.on_seen = [&](const Seen& seen) {
    if (standing.all()) return false;
    if (seen.bytes != batch.record(standing.found)) {
      something_else = true;
      return false;
    }
    standing.offsets[standing.found++] = seen.offset;
    standing.end = seen.next;
    return true;
  };
  CHECK_OK(read_lines(file, begin, content_end, {}, walk));
  if (something_else) return std::optional<Standing>();
  return std::optional<Standing>(std::move(standing));
}

Result<Standing> find_once(File& file, std::uint64_t content_end, const Batch& batch,
                           const Once& once, std::string_view key) {
  std::uint64_t begin = content_end > kOnceWindow ? content_end - kOnceWindow : 0;
  if (begin > 0) begin = TRY(line_start_before(file, begin));
  // Only records behind the mark of this operation count. A power cut can take the mark and leave
  // records, with more damage between them: then what stands behind the first damage counts.
  bool marked = once.operation.empty();
  bool found_mark = marked;
  std::unordered_map<std::string_view, std::vector<std::size_t>> wanted;
  for (std::size_t i = batch.lines.size(); i > 0; --i) {
    const std::string_view record = batch.record(i - 1);
    if (once.member.empty() || !identity(record, once.member).empty()) {
      wanted[record].push_back(i - 1);
    }
  }
  const auto all_wanted = wanted;
  Standing standing;
  const auto start_over = [&] {
    wanted = all_wanted;
    standing = {};
    standing.offsets.assign(batch.lines.size(), kMissing);
  };
  start_over();
  Walk walk;
  walk.key = key;
  walk.on_mark = [&](const OperationMark& mark) {
    if (once.operation.empty()) return;
    if (mark.id == once.operation) {
      if (!found_mark) start_over();
      found_mark = marked = true;
    } else if (!found_mark) {
      marked = false;
      start_over();
    }
  };
  walk.on_gap = [&] {
    if (!found_mark) marked = true;
  };
  walk.on_seen = [&](const Seen& seen) {
    if (!marked) return true;
    const auto place = wanted.find(seen.bytes);
    if (place == wanted.end() || place->second.empty()) return true;
    standing.offsets[place->second.back()] = seen.offset;
    place->second.pop_back();
    ++standing.found;
    standing.end = std::max(standing.end, seen.next);
    return true;
  };
  CHECK_OK(read_lines(file, begin, content_end, {}, walk));
  return standing;
}

Result<bool> is_on_disk(File& file, const Batch& batch, const Standing& standing) {
  CHECK_OK(file.drop_cache());
  for (std::size_t i = 0; i < batch.lines.size(); ++i) {
    if (standing.offsets[i] == kMissing) continue;
    const std::string_view record = batch.record(i);
    std::string bytes(record.size(), '\0');
    const std::size_t got = TRY(file.read_at(standing.offsets[i], bytes.data(), bytes.size()));
    if (got != record.size() || bytes != record) return false;
  }
  return true;
}

}  // namespace everturn
