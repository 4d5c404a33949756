// SPDX-License-Identifier: Apache-2.0
#include "store/session_reader.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/try.h"
#include "journal/reader.h"
#include "journal/scan.h"
#include "journal/unreadable.h"
#include "store/document.h"
#include "store/metadata_record.h"
#include "store/session_findings.h"

namespace everturn {
namespace {

Result<bool> have_same_bytes(File& file, std::uint64_t one, std::uint64_t other,
                             std::uint64_t length) {
  constexpr std::uint64_t kStep = 16 << 10;
  std::string first(kStep, '\0');
  std::string second(kStep, '\0');
  for (std::uint64_t done = 0; done < length; done += kStep) {
    const auto size = static_cast<std::size_t>(std::min(kStep, length - done));
    const std::size_t got = TRY(file.read_at(one + done, first.data(), size));
    const std::size_t got_too = TRY(file.read_at(other + done, second.data(), size));
    if (got < size || got_too < size || first.compare(0, size, second, 0, size) != 0) return false;
  }
  return true;
}

// Reads one range forwards: lines to the scanner, records on to the caller's sink. Of a reading
// from the session's beginning to its end, the report also has what is odd about the whole.
class RangeReader : public LineSink, public ScanSink {
 public:
  RangeReader(const SessionView& view, const ReadOptions& how, const RecordSink& sink,
              ReadReport& report, bool is_whole)
      : view_(view),
        how_(how),
        sink_(sink),
        report_(report),
        generation_(generation_of(view.id)),
        scanner_(ScanOptions{view.padded_tails, is_whole}, *this) {
    if (is_whole) findings_.emplace(view.expects_metadata);
  }

  // With `stop_at_padding`, stops at padding where a record should start; stopped_at() tells.
  Status read(std::uint64_t begin, std::uint64_t end, bool stop_at_padding) {
    stop_at_padding_ = stop_at_padding;
    stopped_at_.reset();
    LineLimits limits;
    limits.max_line_bytes = how_.with_oversize ? UINT64_MAX : view_.max_record_bytes;
    return read_lines(*view_.file, begin, end, limits, *this);
  }
  [[nodiscard]] std::optional<std::uint64_t> stopped_at() const { return stopped_at_; }
  [[nodiscard]] bool finished() const { return finished_; }

  // After the last range: what the report says of the whole session.
  Status complete() {
    if (finished_) return {};
    complete_notes();
    report_.in_flight_bytes = scanner_.in_flight_bytes();
    std::uint64_t end = scanner_.content_end();
    if (end == 0) {
      const TailState tail = TRY(read_tail(*view_.file, view_.size, view_.padded_tails));
      end = tail.content_end;
    }
    if (!saw_record_ || long_at_end_)
      last_hash_ = TRY(hash_of_last_record(*view_.file, end, view_.padded_tails));
    report_.end = {generation_, std::max(end, how_.from.offset)};
    report_.version = {generation_, end, last_hash_.high, last_hash_.low};
    return {};
  }

  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
    if (stop_at_padding_ && bytes.starts_with(kPaddingByte)) {
      stopped_at_ = offset;
      return false;
    }
    line_offset_ = offset;
    line_ = bytes;
    return scanner_.line(offset, bytes, terminated);
  }
  bool on_long_line(std::uint64_t offset, std::uint64_t length) override {
    long_at_end_ = true;
    line_ = {};
    return scanner_.oversize_line(offset, length);
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front) override {
    const std::uint64_t begin = offset - front.size();
    if (stop_at_padding_ && front.starts_with(kPaddingByte)) {
      stopped_at_ = begin;
      return false;
    }
    line_offset_ = begin;
    line_ = front;
    return scanner_.unreadable(offset, length, front);
  }
  void on_window_end() override {
    // The hash of the last record, taken once a window: its bytes are about to go.
    if (last_record_.data() != nullptr) last_hash_ = hash128(last_record_);
    last_record_ = {};
  }
  bool on_record(const ScannedRecord& scanned) override {
    last_record_ = scanned.bytes;
    saw_record_ = true;
    long_at_end_ = scanned.length > LineLimits{}.max_line_bytes;
    if (scanned.salvaged) on_window_end();  // its bytes go sooner
    if (findings_) findings_->on_record(scanned);
    const bool own = (is_on_first_line(scanned) || scanned.bytes.starts_with("{\"_type\"")) &&
                     is_own_metadata(scanned.bytes, view_.key, is_on_first_line(scanned));
    if (own && !how_.with_metadata) return true;
    if (report_.records == how_.limit) return finish();
    if (report_.records++ == 0) report_.begin = {generation_, scanned.offset};
    report_.end = {generation_, scanned.next};
    report_.salvaged += scanned.salvaged ? 1 : 0;
    const Record record{scanned.bytes,
                        {generation_, scanned.offset},
                        {generation_, scanned.next},
                        own ? RecordKind::metadata : RecordKind::record,
                        scanned.salvaged,
                        scanned.nonfinite};
    if (!sink_(record)) return finish();
    return true;
  }
  bool on_damage(Damage damage) override {
    ++report_.damage_count;
    report_.damage_bytes += damage.length;
    if (findings_) {
      const std::uint64_t at = std::min<std::uint64_t>(damage.offset - line_offset_, line_.size());
      findings_->on_damage(damage, line_.substr(static_cast<std::size_t>(at)));
    }
    if (report_.damage.size() < kDamageListed) report_.damage.push_back(std::move(damage));
    return true;
  }
  bool on_repeat(const RepeatedRun& run) override {
    const Result<bool> same = have_same_bytes(*view_.file, run.earlier, run.offset, run.length);
    if (!same || !*same) return true;  // a file that cannot be read fails the reading itself
    return on_note({run.offset, run.length, NoteKind::duplicate_block,
                    std::to_string(run.records) + " records that repeat those from byte " +
                        std::to_string(run.earlier) + " on"});
  }
  bool on_note(Note note) override {
    ++report_.note_count;
    if (report_.notes.size() < kDamageListed) report_.notes.push_back(std::move(note));
    return true;
  }

 private:
  void complete_notes() {
    scanner_.finish();
    if (findings_) {
      for (Note& note : findings_->finish()) on_note(std::move(note));
    }
    std::stable_sort(report_.notes.begin(), report_.notes.end(),
                     [](const Note& a, const Note& b) { return a.offset < b.offset; });
  }
  bool finish() {
    finished_ = true;
    return false;
  }

  const SessionView& view_;
  const ReadOptions& how_;
  const RecordSink& sink_;
  ReadReport& report_;
  const std::uint64_t generation_;
  Scanner scanner_;
  std::optional<SessionFindings> findings_;
  std::uint64_t line_offset_ = 0;  // the line that the scanner is at
  std::string_view line_;
  Digest128 last_hash_;
  std::string_view last_record_;
  bool saw_record_ = false;
  bool long_at_end_ = false;  // what stands last, other readers may take or pass over
  bool stop_at_padding_ = false;
  bool finished_ = false;  // the caller has enough
  std::optional<std::uint64_t> stopped_at_;
};

// Is there anything but padding in file[begin, end)?
Result<bool> is_padding(File& file, std::uint64_t begin, std::uint64_t end) {
  if (end - begin > kPaddingMax + 1) return false;
  std::string bytes(static_cast<std::size_t>(end - begin), '\0');
  const std::size_t got = TRY(read_around_holes(file, begin, bytes.data(), bytes.size()));
  bytes.resize(got);
  const std::size_t other = bytes.find_first_not_of(kPaddingByte);
  return other == std::string::npos || (bytes[other] == '\n' && other + 1 == bytes.size());
}

// Reads [begin, end of the view) forwards into `report`. What it says of the session's end costs
// more than the reading where that is all damage: asked for once.
Status read_to_end(const SessionView& view, std::uint64_t begin, const ReadOptions& how,
                   const RecordSink& sink, ReadReport& report, bool ends_session = true) {
  RangeReader reader(view, how, sink, report, begin == 0 && ends_session);
  const bool careful = view.padded_tails && view.settle != nullptr;
  CHECK_OK(reader.read(begin, view.size, careful));
  if (const std::optional<std::uint64_t> stop = reader.stopped_at()) {
    const bool only_padding = TRY(is_padding(*view.file, *stop, view.size));
    if (!only_padding) {
      // Either a writer is at work there, or padding was left before records: the lock tells.
      const std::uint64_t settled = TRY(view.settle());
      CHECK_OK(reader.read(*stop, std::max(settled, *stop), false));
    }
  }
  return ends_session ? reader.complete() : Status();
}

Status check_position(const SessionView& view, const Position& from) {
  if (from.offset == 0) return {};
  if (from.generation != generation_of(view.id)) {
    return {Code::conflict, "the session was rewritten since this position; load it again"};
  }
  if (from.offset > view.size) {
    return {Code::conflict, "the position lies behind the end of the session"};
  }
  return {};
}

// Where the last `count` records begin that a caller sees. Guesses by lines, and goes further back
// while lines turn out to be damage or metadata.
Result<std::uint64_t> start_of_last_records(SessionView& view, const ReadOptions& how) {
  ReadOptions counting;
  counting.with_metadata = how.with_metadata;
  counting.with_oversize = how.with_oversize;
  std::uint64_t lines = *how.last;
  while (true) {
    const std::uint64_t start =
        std::max(TRY(start_of_last_lines(*view.file, view.size, lines)), how.from.offset);
    const bool moved = TRY(settle_before(view, start));
    if (moved) continue;
    std::vector<std::uint64_t> offsets;
    ReadReport report;
    CHECK_OK(read_to_end(
        view, start, counting,
        [&](const Record& record) {
          offsets.push_back(record.position.offset);
          return true;
        },
        report, /*ends_session=*/false));
    if (offsets.size() >= *how.last) return offsets[offsets.size() - *how.last];
    if (start <= how.from.offset) return offsets.empty() ? start : offsets.front();
    lines += std::max<std::uint64_t>(*how.last - offsets.size(), lines / 2) + 1;
  }
}

// Records on their way out in reverse: a few in memory, the others read again one by one.
class KeptRecords {
 public:
  explicit KeptRecords(File& file) : file_(file) {}

  void add(const Record& record) {
    const bool fits = bytes_ + record.bytes.size() <= kMaxBytes;
    if (fits) bytes_ += record.bytes.size();
    all_.push_back({record, fits, std::string(fits ? record.bytes : "")});
  }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  // The newest of them; valid until the next call.
  Result<Record> take_last() {
    last_ = std::move(all_.back());
    all_.pop_back();
    if (!last_.is_kept) CHECK_OK(read_again());
    last_.record.bytes = last_.bytes;
    return last_.record;
  }

 private:
  static constexpr std::size_t kMaxBytes = 4 << 20;
  struct Kept {
    Record record;  // its bytes are gone
    bool is_kept = false;
    std::string bytes;
  };

  Status read_again() {
    const std::uint64_t begin = last_.record.position.offset;
    std::string& bytes = last_.bytes;
    bytes.resize(static_cast<std::size_t>(last_.record.salvaged ? last_.record.next.offset - begin
                                                                : last_.record.bytes.size()));
    const std::size_t got = TRY(file_.read_at(begin, bytes.data(), bytes.size()));
    if (got < bytes.size()) {
      return {Code::unavailable, "the file became shorter while it was read"};
    }
    if (!last_.record.salvaged) return {};
    JsonFault fault;
    JsonTolerance tolerated;
    const auto length = parse_json_object_tolerantly(bytes, &fault, &tolerated);
    if (!length) return {Code::unavailable, "the file was changed while it was read"};
    bytes = mend_json_text(std::string_view(bytes).substr(0, *length));
    return {};
  }

  File& file_;
  std::size_t bytes_ = 0;
  std::vector<Kept> all_;
  Kept last_;
};

struct ShortRecord {
  std::string bytes;
  Record record;
};

// The last records, where they and what stands between them are short: read once and kept until it
// is known how many there are. False: read them otherwise.
Result<bool> read_short_end(SessionView& view, const ReadOptions& how, const RecordSink& sink,
                            ReadReport& report) {
  constexpr std::uint64_t kKeptBytes = 1 << 20;
  constexpr std::uint64_t kKeptRecords = 4096;
  if (*how.last == 0 || *how.last > kKeptRecords) return false;
  const std::uint64_t start =
      std::max(TRY(start_of_last_lines(*view.file, view.size, *how.last)), how.from.offset);
  if (start > view.size || view.size - start > kKeptBytes) return false;
  const bool moved = TRY(settle_before(view, start));
  if (moved) return false;
  std::vector<ShortRecord> kept;
  ReadOptions all = how;
  all.limit = UINT64_MAX;
  ReadReport found;
  CHECK_OK(read_to_end(
      view, start, all,
      [&](const Record& record) {
        kept.push_back({std::string(record.bytes), record});
        return true;
      },
      found));
  const bool exact = kept.size() == *how.last && found.begin.offset == start;
  if (!exact && start > how.from.offset) return false;
  if (kept.size() > *how.last) return false;
  report = std::move(found);
  report.records = report.salvaged = 0;
  for (ShortRecord& item : kept) {
    if (report.records == how.limit) break;
    ++report.records;
    report.salvaged += item.record.salvaged ? 1 : 0;
    item.record.bytes = item.bytes;
    if (!sink(item.record)) break;
  }
  return true;
}

template <class Item>
void prepend(std::vector<Item>& all, std::vector<Item> earlier) {
  std::move(all.begin(), all.end(), std::back_inserter(earlier));
  all = std::move(earlier);
  if (all.size() > kDamageListed) all.resize(kDamageListed);
}

// Newest first: reads stretches from the end, each forwards, and gives each in reverse.
Status read_in_reverse(SessionView& view, const ReadOptions& how, const RecordSink& sink,
                       ReadReport& report) {
  constexpr std::uint64_t kStretchLines = 64;
  std::uint64_t end = view.size;
  std::uint64_t wanted = std::min(how.limit, how.last.value_or(UINT64_MAX));
  bool first_stretch = true;
  while (end > how.from.offset && wanted > 0) {
    const std::uint64_t start =
        std::max(TRY(start_of_last_lines(*view.file, end, kStretchLines)), how.from.offset);
    const bool moved = first_stretch && TRY(settle_before(view, start));
    if (moved) {
      end = view.size;
      continue;
    }
    SessionView stretch = view;
    stretch.size = end;
    if (!first_stretch) stretch.settle = nullptr;
    KeptRecords kept(*view.file);
    ReadOptions forwards;
    forwards.with_metadata = how.with_metadata;
    forwards.with_oversize = how.with_oversize;
    ReadReport part;
    CHECK_OK(read_to_end(
        stretch, start, forwards,
        [&](const Record& record) {
          kept.add(record);
          return true;
        },
        part, first_stretch));
    report.damage_count += part.damage_count;
    report.damage_bytes += part.damage_bytes;
    report.note_count += part.note_count;
    prepend(report.damage, std::move(part.damage));
    prepend(report.notes, std::move(part.notes));
    if (first_stretch) {
      report.version = part.version;
      report.end = part.end;
      report.in_flight_bytes = part.in_flight_bytes;
    }
    for (; !kept.empty() && wanted > 0; --wanted) {
      const Record record = TRY(kept.take_last());
      ++report.records;
      report.salvaged += record.salvaged ? 1 : 0;
      report.begin = record.position;
      if (!sink(record)) return {};
    }
    end = start;
    first_stretch = false;
  }
  return {};
}

// Looks for metadata records in lines that begin as one, or that hold what the store's own begin
// with; only such lines are parsed.
class MetadataFinder : public LineSink, public ScanSink {
 public:
  MetadataFinder(std::string_view key, FoundMetadata& found) : key_(key), found_(found) {}
  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
    if (offset == 0 || may_hold_store_metadata(bytes)) scanner_.line(offset, bytes, terminated);
    return true;
  }
  bool on_long_line(std::uint64_t, std::uint64_t) override { return true; }
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front) override {
    return scanner_.unreadable(offset, length, front);
  }
  bool on_record(const ScannedRecord& record) override {
    if (is_own_metadata(record.bytes, key_, is_on_first_line(record))) found_.line = record.bytes;
    return true;
  }
  bool on_damage(Damage) override { return true; }

 private:
  std::string_view key_;
  FoundMetadata& found_;
  Scanner scanner_{{}, *this};
};

// A file that is one JSON document holds no record and no damage. True if it is one.
Result<bool> report_document(const SessionView& view, ReadReport& report) {
  const std::optional<Document> document =
      TRY(read_document(*view.file, view.size, view.max_record_bytes));
  if (!document) return false;
  const TailState tail = TRY(read_tail(*view.file, view.size, view.padded_tails));
  const Digest128 hash = TRY(hash_of_last_record(*view.file, tail.content_end, view.padded_tails));
  report.version = {generation_of(view.id), tail.content_end, hash.high, hash.low};
  report.end = {report.version.generation, tail.content_end};
  report.note_count = 1;
  report.notes.push_back({0, view.size, NoteKind::json_document,
                          "one JSON document, no lines; everturn repair makes lines of it"});
  return true;
}

}  // namespace

Result<bool> settle_before(SessionView& view, std::uint64_t offset) {
  if (!view.padded_tails || view.settle == nullptr) return false;
  // A batch begins in padding at most this long, and its first byte stays padding until the rest
  // of it stands.
  const std::uint64_t begin = view.size - std::min<std::uint64_t>(view.size, kPaddingMax + 2);
  if (offset <= begin) return false;
  std::string bytes(static_cast<std::size_t>(offset - begin), '\0');
  bytes.resize(TRY(read_around_holes(*view.file, begin, bytes.data(), bytes.size())));
  const bool half_written = (begin == 0 && bytes.starts_with(kPaddingByte)) ||
                            bytes.find({'\n', kPaddingByte}) != std::string::npos;
  if (!half_written) return false;
  view.size = TRY(view.settle());
  view.settle = nullptr;
  return true;
}

Result<ReadReport> read_session(const SessionView& opened, const ReadOptions& how,
                                const RecordSink& sink) {
  SessionView view = opened;
  CHECK_OK(check_position(view, how.from));
  ReadReport report;
  const bool is_document = TRY(report_document(view, report));
  if (is_document) return report;
  if (how.backwards) {
    CHECK_OK(read_in_reverse(view, how, sink, report));
    return report;
  }
  std::uint64_t begin = how.from.offset;
  if (how.last) {
    const bool given = TRY(read_short_end(view, how, sink, report));
    if (given) return report;
    begin = *how.last == 0 ? view.size : TRY(start_of_last_records(view, how));
  }
  CHECK_OK(read_to_end(view, begin, how, sink, report));
  return report;
}

Result<FoundMetadata> find_metadata(File& file, std::uint64_t end, std::string_view key) {
  FoundMetadata found;
  MetadataFinder finder(key, found);
  CHECK_OK(read_lines(file, 0, end, {}, finder));
  if (!found.line.empty()) found.metadata = parse_metadata(found.line);
  return found;
}

}  // namespace everturn
