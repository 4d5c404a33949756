// SPDX-License-Identifier: Apache-2.0
#include "find/summary.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/json_cursor.h"
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

constexpr std::string_view kRole = R"({"role")";

// Who said it, where a chat message begins with that, as most do; "" elsewhere.
std::string_view role_at_start(std::string_view line) {
  if (!line.starts_with(kRole)) return {};
  JsonCursor cursor(line, kRole.size());
  cursor.skip_space();
  if (!cursor.at(':')) return {};
  cursor.step();
  cursor.skip_space();
  return cursor.take_value();
}

bool holds(std::string_view line, std::string_view word) {
  return ::memmem(line.data(), line.size(), word.data(), word.size()) != nullptr;
}

// False: nobody typed this. Nor, as far as so short a look can tell, what is glued to it.
bool may_hold_prompt(std::string_view line, std::string_view dialect) {
  constexpr std::string_view kUser = "\"user\"";
  const std::string_view role = role_at_start(line);
  if (!role.empty()) return role == kUser || line.find(kRole, 1) != line.npos;
  const bool knows_others = dialect == kOpenaiDialect.name || dialect == kGenericDialect.name;
  return holds(line, kUser) || (knows_others && holds(line, "\"human\""));
}

// The last lines of `bytes`, back to one that `is_enough` says is. Unless it is `whole`, it may
// begin within a line, which does not count.
template <class IsEnough>
LastLines last_lines(std::string_view bytes, bool whole, const IsEnough& is_enough, Lines& lines) {
  LastLines last{bytes.size(), false};
  lines.clear();
  std::size_t end = bytes.size() - (bytes.ends_with('\n') ? 1 : 0);
  while (end > 0) {
    const void* before = ::memrchr(bytes.data(), '\n', end);
    if (before == nullptr && !whole) return last;
    last.start =
        before == nullptr
            ? 0
            : static_cast<std::size_t>(static_cast<const char*>(before) - bytes.data()) + 1;
    lines.push_back(bytes.substr(last.start, end - last.start));
    last.is_enough = is_enough(lines.back());
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
  // Of records that begin so.
  explicit RecordTaker(OverviewReader& overview, std::string_view start = {})
      : overview_(overview), start_(start) {}
  bool on_record(const ScannedRecord& record) override {
    if (!is_taking || !record.bytes.starts_with(start_)) return true;
    overview_.add(record.bytes);
    has_taken = true;
    return true;
  }
  bool on_damage(Damage) override { return true; }

  bool is_taking = true;
  bool has_taken = false;

 private:
  OverviewReader& overview_;
  const std::string_view start_;
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
  std::uint64_t bytes = 0;
  Position behind;
  overview_.begin();
  const RecordSink take = [&](const Record& record) {
    overview_.add(record.bytes);
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
  return overview_.finish();
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
  set_last_good({});
  window_ = TRY(bytes_of(file, window, buffer_));
  return {};
}

// Damage is no record, here as everywhere.
bool SummaryReader::take_line(std::string_view line, bool terminated) {
  const std::string_view whole = line;
  line = without_byte_order_mark(line);
  if (line.size() < 2) return false;
  const bool is_known =
      whole.data() == first_record_.data() && whole.size() == first_record_.size();
  if (!is_known && !checker_.is_object(line)) return take_damaged(whole, terminated);
  overview_.add(line);
  set_last_good(line);
  return true;
}

// What of a damaged line are records depends on the one before it.
struct SummaryReader::DamagedLines {
  DamagedLines(std::string_view before, OverviewReader& overview)
      : taker(overview), scanner({}, taker) {
    if (before.empty()) return;
    taker.is_taking = false;
    // A copy has room behind it.
    const std::string copy = std::string(before) + std::string(kJsonPadding, '\0');
    scanner.line(0, std::string_view(copy).substr(0, before.size()), true);
    taker.is_taking = true;
  }
  RecordTaker taker;
  Scanner scanner;
};

SummaryReader::SummaryReader() = default;
SummaryReader::~SummaryReader() = default;

bool SummaryReader::take_damaged(std::string_view line, bool terminated) {
  if (is_blank(line)) return false;
  if (damaged_ == nullptr) damaged_ = std::make_unique<DamagedLines>(last_good_, overview_);
  damaged_->taker.has_taken = false;
  damaged_->scanner.line(1, line, terminated);
  return damaged_->taker.has_taken;
}

void SummaryReader::set_last_good(std::string_view line) {
  last_good_ = line;
  damaged_.reset();
}

// Lines from the beginning on, until one of them is something that a person typed.
Status SummaryReader::read_head(ListedFile& file) {
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
      if (take_line(line, is_terminated)) ++head_records_;
      at = std::min(end + 1, bytes.size());
      is_chat_ = is_ours_ && overview_.has_prompt() && overview_.dialect() == kNanobotDialect.name;
      if (is_chat_) break;
    }
    head_end_ += at;
    if (is_chat_) return {};
    if (is_all || reach >= kLastWindow || head_records_ >= kHeadRecords) return {};
    if (overview_.has_prompt()) return {};
    reach = std::min({reach * kGrowth, size_, kLastWindow});
  }
}

// True: this line holds the last prompt, which is taken.
bool SummaryReader::is_last_prompt(std::string_view line) {
  if (!may_hold_prompt(line, overview_.dialect())) return false;
  if (checker_.is_object(line)) return overview_.add_prompt(line);
  has_damaged_end_ = true;
  return false;
}

// Where the lines begin that the end is judged by; window_ then holds the end of the file from
// there on at least. They are the last few, or, in a chat of ours, the last prompt and what follows
// it: titles stand there in the store's own records, which are looked for wherever they are. The
// last prompt before them is taken here.
Result<std::uint64_t> SummaryReader::find_tail(ListedFile& file) {
  const bool has_prompts = overview_.has_prompt() || !overview_.has_sub_agent_prompt();
  bool has_prompt = false;
  const auto is_enough = [&](std::string_view line) {
    has_prompt = has_prompt || is_last_prompt(line);
    has_about_line_ = has_about_line_ || line.starts_with(kAboutSession);
    return has_prompt && (is_chat_ || last_lines_.size() >= kTailRecords);
  };
  const std::uint64_t rest = size_ - head_end_;
  std::uint64_t length = std::min(kFirstWindow, rest);
  while (true) {
    has_prompt = !has_prompts;
    has_damaged_end_ = has_about_line_ = false;
    CHECK_OK(fill(file, {size_ - length, size_}));
    const std::string_view bytes = window_;
    const bool is_all = length == rest;
    const LastLines last = last_lines(bytes, is_all, is_enough, last_lines_);
    if (is_all || last.is_enough || length >= kLastWindow) {
      const bool are_few = is_chat_ || last_lines_.size() <= kTailRecords;
      const std::size_t taken =
          are_few ? bytes.size() - last.start
                  : static_cast<std::size_t>(bytes.data() + bytes.size() -
                                             last_lines_[kTailRecords - 1].data());
      return size_ - taken;
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

Result<bool> SummaryReader::take_about(ListedFile& file, std::uint64_t at) {
  std::string buffer;
  std::string_view record;
  for (std::uint64_t length = kFirstWindow;; length *= kGrowth) {
    length = std::min({length, kLastWindow, size_ - at});
    std::string_view bytes = TRY(bytes_of(file, {at - 1, at + length}, buffer));
    if (bytes.empty()) return false;
    // Behind torn or lost bytes nobody could tell it from a part of them.
    const bool is_behind_whole = std::string_view("\n\r\t }").find(bytes.front()) != bytes.npos;
    if (!is_behind_whole) return false;
    bytes.remove_prefix(1);
    record = bytes.substr(0, bytes.find('\n'));
    const bool is_all = length == kLastWindow || length == size_ - at;
    if (record.size() < bytes.size() || is_all) break;
  }
  if (checker_.is_object(record)) {
    overview_.add(record);
    return true;
  }
  // Bytes in it may be bad, and other records glued to it.
  RecordTaker taker(overview_, kStoreMetadataStart);
  Scanner({}, taker).line(1, record, true);
  return taker.has_taken;
}

// The store's newest record about the session between head and tail: there titles stand. What was
// looked through before is not again.
Status SummaryReader::read_middle(ListedFile& file, std::uint64_t end) {
  const std::uint64_t begin = std::clamp(known_about_.to, head_end_, end);
  about_.to = end;
  for (std::uint64_t stop = end; stop > begin;) {
    const std::uint64_t found = TRY(find_about(file, begin, stop));
    if (found == stop) break;
    const bool is_taken = TRY(take_about(file, found));
    if (is_taken) about_.found = found;
    if (is_taken) return {};
    stop = found;
  }
  if (begin == head_end_) return {};
  took_known_title_ = true;
  // None, or taken with the head.
  if (known_about_.found < head_end_ || known_about_.found >= begin) return {};
  const bool is_taken = TRY(take_about(file, known_about_.found));
  if (is_taken) about_.found = known_about_.found;
  return {};
}

void SummaryReader::take_lines(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t found = bytes.find('\n', at);
    const std::size_t end = std::min(found, bytes.size());
    take_line(bytes.substr(at, end - at), found != std::string_view::npos);
    at = end + 1;
  }
}

// Behind the last prompt of a chat of ours a record matters only where it is about the session, and
// for the last time that one has. False, and nothing is taken, if one of these lines is damaged.
bool SummaryReader::take_chat() {
  if (has_damaged_end_) return false;
  about_lines_.clear();
  std::string_view last_time;
  for (const std::string_view line : last_lines_) {
    const bool is_about = line.starts_with(kAboutSession);
    if (!is_about && !last_time.empty()) continue;
    if (!checker_.is_object(line)) return false;
    if (is_about) about_lines_.push_back(line);
    if (last_time.empty()) last_time = overview_.raw_time_of(line);
  }
  for (auto line = about_lines_.rbegin(); line != about_lines_.rend(); ++line) overview_.add(*line);
  overview_.set_last_time(last_time);
  return true;
}

Result<Overview> SummaryReader::read_plain(ListedFile& file) {
  overview_.begin();
  size_ = file.info().bytes;
  first_record_ = file.first_record();
  head_end_ = head_records_ = 0;
  is_ours_ = is_chat_ = false;
  CHECK_OK(read_head(file));
  may_be_padded_ = ends_in_padding(window_);
  if (head_end_ == size_) return overview_.finish();
  const std::uint64_t tail = TRY(find_tail(file));
  const std::string_view bytes = window_;
  may_be_padded_ = ends_in_padding(bytes);
  const std::string_view last = bytes.substr(bytes.size() - static_cast<std::size_t>(size_ - tail));
  title_stands_ = is_chat_ && !has_about_line_ && last_about(last) == std::string_view::npos;
  // What stood there when it was last looked at need not be looked through again.
  const std::uint64_t known_to = std::clamp(known_to_, head_end_, tail);
  bool has_title = title_stands_ && known_to_ > head_end_;
  if (has_title) has_title = TRY(find_about(file, known_to, tail)) == tail;
  const bool may_be_titled = is_ours_ && may_be_titled_by_store(overview_.dialect());
  if (may_be_titled && !has_title) CHECK_OK(read_middle(file, tail));
  if (!is_chat_ || !take_chat()) take_lines(last);
  Overview read = overview_.finish();
  took_known_title_ = took_known_title_ || has_title;
  if (has_title) read.title = known_title_;
  return read;
}

}  // namespace everturn
