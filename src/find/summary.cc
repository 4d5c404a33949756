// SPDX-License-Identifier: Apache-2.0
#include "find/summary.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/try.h"
#include "journal/scan.h"
#include "store/metadata_record.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

constexpr std::uint64_t kHeadRecords = 40;
constexpr std::uint64_t kTailRecords = 20;
constexpr std::uint64_t kFirstWindow = ListedFile::kBeginning;
constexpr std::uint64_t kLastWindow = 256 << 10;  // no more is read from either end
constexpr std::uint64_t kGrowth = 8;
constexpr std::size_t kPiece = 64 << 10;

struct LastLines {
  std::size_t start = 0;  // the size of the text if there are none
  bool is_enough = false;
};
using Lines = std::vector<std::string_view>;

constexpr std::string_view kAboutSession = R"({"_type")";

bool may_be_prompt(std::string_view line) {
  constexpr std::string_view kUser = "\"user\"";
  constexpr std::string_view kRole = R"({"role":)";
  constexpr std::string_view kGlued = R"({"role":"user")";
  if (line.starts_with(kRole)) {
    return line.substr(kRole.size()).starts_with(kUser) || line.find(kGlued, 1) != line.npos;
  }
  return ::memmem(line.data(), line.size(), kUser.data(), kUser.size()) != nullptr;
}

// The last lines of `bytes`, `most` at most. Unless it is `whole`, it may begin within a line,
// which does not count. `to_prompt`: no more than back to the last that a user may have said.
LastLines last_lines(std::string_view bytes, std::uint64_t most, bool whole, bool to_prompt,
                     Lines& lines) {
  LastLines last{bytes.size(), false};
  lines.clear();
  std::size_t end = bytes.size() - (bytes.ends_with('\n') ? 1 : 0);
  for (std::uint64_t count = 0; count < most && end > 0; ++count) {
    const void* before = ::memrchr(bytes.data(), '\n', end);
    if (before == nullptr && !whole) return last;
    last.start =
        before == nullptr
            ? 0
            : static_cast<std::size_t>(static_cast<const char*>(before) - bytes.data()) + 1;
    lines.push_back(bytes.substr(last.start, end - last.start));
    last.is_enough = count + 1 == most || (to_prompt && may_be_prompt(lines.back()));
    if (last.start == 0 || last.is_enough) return last;
    end = last.start - 1;
  }
  return last;
}

// The last place where the store's own record may begin; npos if there is none. Not by rfind, which
// compares at every place: find looks for one byte as fast as memory is read, and should not stop
// too often. An underscore is rarer than a brace.
std::size_t last_about(std::string_view text) {
  constexpr std::size_t kBefore = kStoreMetadataStart.find('_');
  constexpr std::string_view kWanted = kStoreMetadataStart.substr(kBefore);
  std::size_t last = std::string_view::npos;
  for (std::size_t found = text.find(kWanted, kBefore); found != std::string_view::npos;
       found = text.find(kWanted, found + 1)) {
    if (text.substr(found - kBefore).starts_with(kStoreMetadataStart)) last = found - kBefore;
  }
  return last;
}

class RecordTaker final : public ScanSink {
 public:
  explicit RecordTaker(OverviewReader& overview) : overview_(overview) {}
  bool on_record(const ScannedRecord& record) override {
    if (!is_taking) return true;
    overview_.add(record.bytes);
    has_taken = true;
    return true;
  }
  bool on_damage(Damage) override { return true; }

  bool is_taking = false;
  bool has_taken = false;

 private:
  OverviewReader& overview_;
};

// Agents put their titles into records of their own. Generic: it is not settled yet.
bool may_be_titled_by_store(std::string_view dialect) {
  return dialect == kNanobotDialect.name || dialect == kGenericDialect.name;
}

bool ends_in_padding(std::string_view bytes) {
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  return bytes.ends_with(kPaddingByte);
}

}  // namespace

Result<Overview> SummaryReader::read(ListedFile& file) {
  may_be_padded_ = title_stands_ = took_known_title_ = false;
  about_ = known_about_;
  if (!file.is_plain()) return read_records(file);
  Result<Overview> overview = read_plain(file);
  // A range that cannot be read: the reader of records knows how to go on behind it.
  return overview ? std::move(overview) : read_records(file);
}

// A document, or compressed: the records as a reader gets them.
Result<Overview> SummaryReader::read_records(ListedFile& file) {
  OverviewReader overview;
  std::uint64_t bytes = 0;
  Position behind;
  const RecordSink take = [&](const Record& record) {
    overview.add(record.bytes);
    bytes += record.bytes.size();
    behind = record.next;
    return bytes < kLastWindow;
  };
  ReadOptions how;
  how.with_metadata = true;
  how.limit = kHeadRecords;
  TRY(file.read(how, take));
  bytes = 0;
  how.from = behind;
  how.last = kTailRecords;
  TRY(file.read(how, take));
  return overview.finish();
}

// Fewer where the file ends. With kJsonPadding bytes behind them.
Result<std::string_view> SummaryReader::bytes_of(ListedFile& file, const Window& window,
                                                 std::string& buffer) {
  const auto size = static_cast<std::size_t>(window.end - window.begin);
  const std::string_view known = file.beginning();
  if (window.end <= known.size()) return known.substr(window.begin, size);
  if (buffer.size() < size + kJsonPadding) buffer.resize(size + kJsonPadding);
  const std::size_t got = TRY(file.read_at(window.begin, buffer.data(), size));
  return std::string_view(buffer).substr(0, got);
}

Status SummaryReader::fill(ListedFile& file, const Window& window) {
  last_good_ = {};
  window_ = TRY(bytes_of(file, window, buffer_));
  return {};
}

// Damage is no record, here as everywhere.
bool SummaryReader::take_line(std::string_view line, bool terminated, OverviewReader& overview) {
  const std::string_view whole = line;
  line = without_byte_order_mark(line);
  if (line.size() < 2) return false;
  if (!checker_.is_object(line)) return take_damaged(whole, terminated, overview);
  overview.add(line);
  last_good_ = line;
  return true;
}

// What of a damaged line are records depends on the one before it.
bool SummaryReader::take_damaged(std::string_view line, bool terminated, OverviewReader& overview) {
  if (is_blank(line)) return false;
  RecordTaker taker(overview);
  Scanner scanner({}, taker);
  if (!last_good_.empty()) {
    // A copy has room behind it.
    const std::string before = std::string(last_good_) + std::string(kJsonPadding, '\0');
    scanner.line(0, std::string_view(before).substr(0, last_good_.size()), true);
  }
  taker.is_taking = true;
  scanner.line(1, line, terminated);
  return taker.has_taken;
}

// Lines from the beginning on, until one of them is something that a person typed.
Status SummaryReader::read_head(ListedFile& file, OverviewReader& overview) {
  std::uint64_t reach = std::min(kFirstWindow, size_);
  while (true) {
    CHECK_OK(fill(file, {head_end_, reach}));
    const std::string_view bytes = window_;
    const bool is_all = reach == size_;
    std::size_t at = 0;
    while (at < bytes.size() && head_records_ < kHeadRecords) {
      const std::size_t found = bytes.find('\n', at);
      const bool is_terminated = found != std::string_view::npos;
      if (!is_terminated && !is_all) break;
      const std::size_t end = std::min(found, bytes.size());
      const std::string_view line = bytes.substr(at, end - at);
      if (head_end_ + at == 0) is_ours_ = is_metadata_line(without_byte_order_mark(line));
      if (take_line(line, is_terminated, overview)) ++head_records_;
      at = std::min(end + 1, bytes.size());
      is_chat_ = is_ours_ && overview.has_prompt() && overview.dialect() == "nanobot";
      if (is_chat_) break;
    }
    head_end_ += at;
    if (is_chat_) return {};
    if (is_all || reach >= kLastWindow || head_records_ >= kHeadRecords) return {};
    if (overview.has_prompt()) return {};
    reach = std::min({reach * kGrowth, size_, kLastWindow});
  }
}

// Where the lines begin that the end is judged by; bytes_ then holds the end of the file from there
// on at least. In a chat of ours titles stand in the store's own records, which are looked for
// wherever they are: of the end only the last prompt is wanted.
Result<std::uint64_t> SummaryReader::find_tail(ListedFile& file) {
  const std::uint64_t rest = size_ - head_end_;
  std::uint64_t length = std::min(kFirstWindow, rest);
  while (true) {
    CHECK_OK(fill(file, {size_ - length, size_}));
    const std::string_view bytes = window_;
    const bool is_all = length == rest;
    const LastLines last = last_lines(bytes, kTailRecords, is_all, is_chat_, last_lines_);
    if (is_all || last.is_enough || length >= kLastWindow) {
      return size_ - (bytes.size() - last.start);
    }
    length = std::min({length * kGrowth, rest, kLastWindow});
  }
}

// The last place between the two where the store's own record may begin; `end` if there is none.
Result<std::uint64_t> SummaryReader::find_about(ListedFile& file, std::uint64_t begin,
                                                std::uint64_t end) {
  constexpr std::size_t kOverlap = kStoreMetadataStart.size() - 1;  // on both sides of a cut
  std::string buffer;
  for (std::uint64_t stop = end; stop > begin;) {
    const std::uint64_t start = stop - std::min<std::uint64_t>(kPiece, stop - begin);
    const std::string_view piece = TRY(bytes_of(file, {start, stop}, buffer));
    const std::size_t found = last_about(piece);
    if (found != std::string::npos) return start + found;
    if (start == begin) break;
    stop = start + kOverlap;
  }
  return end;
}

Result<bool> SummaryReader::take_about(ListedFile& file, std::uint64_t at,
                                       OverviewReader& overview) {
  std::string buffer;
  std::string_view record;
  for (std::uint64_t length = kFirstWindow;; length *= kGrowth) {
    length = std::min({length, kLastWindow, size_ - at});
    const std::string_view bytes = TRY(bytes_of(file, {at, at + length}, buffer));
    record = bytes.substr(0, bytes.find('\n'));
    const bool is_all = length == kLastWindow || length == size_ - at;
    if (record.size() < bytes.size() || is_all) break;
  }
  if (!checker_.is_object(record)) return false;
  overview.add(record);
  return true;
}

// The store's newest record about the session between head and tail: there titles stand. What was
// looked through before is not again.
Status SummaryReader::read_middle(ListedFile& file, OverviewReader& overview, std::uint64_t end) {
  const std::uint64_t begin = std::clamp(known_about_.to, head_end_, end);
  about_.to = end;
  for (std::uint64_t stop = end; stop > begin;) {
    const std::uint64_t found = TRY(find_about(file, begin, stop));
    if (found == stop) break;
    const bool is_taken = TRY(take_about(file, found, overview));
    if (is_taken) about_.found = found;
    if (is_taken) return {};
    stop = found;
  }
  if (begin == head_end_) return {};
  took_known_title_ = true;
  // None, or taken with the head.
  if (known_about_.found < head_end_ || known_about_.found >= begin) return {};
  const bool is_taken = TRY(take_about(file, known_about_.found, overview));
  if (is_taken) about_.found = known_about_.found;
  return {};
}

void SummaryReader::take_lines(std::string_view bytes, OverviewReader& overview) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t found = bytes.find('\n', at);
    const std::size_t end = std::min(found, bytes.size());
    take_line(bytes.substr(at, end - at), found != std::string_view::npos, overview);
    at = end + 1;
  }
}

// Of the end of a chat of ours, which begins with its last prompt, the rest matters only where it
// is about the session, and for the last time that a record has. False, and nothing is taken, if
// one of these lines is damaged.
bool SummaryReader::take_chat(OverviewReader& overview) {
  Lines wanted;
  std::string_view last_time;
  for (const std::string_view line : last_lines_) {
    const bool is_first = line.data() == last_lines_.back().data();
    const bool is_wanted = is_first || line.starts_with(kAboutSession);
    if (!is_wanted && !last_time.empty()) continue;
    if (!checker_.is_object(line)) return false;
    if (is_wanted) wanted.push_back(line);
    if (last_time.empty()) last_time = overview.raw_time_of(line);
  }
  for (auto line = wanted.rbegin(); line != wanted.rend(); ++line) overview.add(*line);
  overview.set_last_time(last_time);
  return true;
}

Result<Overview> SummaryReader::read_plain(ListedFile& file) {
  OverviewReader overview;
  size_ = file.info().bytes;
  head_end_ = head_records_ = 0;
  is_ours_ = is_chat_ = false;
  CHECK_OK(read_head(file, overview));
  may_be_padded_ = ends_in_padding(window_);
  if (head_end_ == size_) return overview.finish();
  const std::uint64_t tail = TRY(find_tail(file));
  const std::string_view bytes = window_;
  may_be_padded_ = ends_in_padding(bytes);
  const std::string_view last = bytes.substr(bytes.size() - static_cast<std::size_t>(size_ - tail));
  const bool is_about = last_about(last) != std::string_view::npos;
  title_stands_ = is_chat_ && !is_about;
  // What stood there when it was last looked at need not be looked through again.
  const std::uint64_t known_to = std::clamp(known_to_, head_end_, tail);
  bool has_title = title_stands_ && known_to_ > head_end_;
  if (has_title) has_title = TRY(find_about(file, known_to, tail)) == tail;
  const bool may_be_titled = is_ours_ && may_be_titled_by_store(overview.dialect());
  if (may_be_titled && !has_title) CHECK_OK(read_middle(file, overview, tail));
  if (!is_chat_ || !take_chat(overview)) take_lines(last, overview);
  Overview read = overview.finish();
  took_known_title_ = took_known_title_ || has_title;
  if (has_title) read.title = known_title_;
  return read;
}

}  // namespace everturn
