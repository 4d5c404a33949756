// SPDX-License-Identifier: Apache-2.0
#include "store/seal_check.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/try.h"
#include "journal/unreadable.h"

namespace everturn {
namespace {

constexpr std::uint64_t kWindowBytes = 1 << 20;
constexpr std::uint64_t kFewLines = 64;  // an edit of so many lines is looked for step by step
// Beyond it no more places are tried: an edit that is so large is told as a whole.
constexpr std::uint64_t kTriesMax = 200'000;
constexpr std::uint64_t kTriedBytesMax = 1ULL << 30;

std::string counted(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " line" : " lines");
}

// Where a segment that could not be found where it should stand was found, or another behind it.
struct Place {
  std::size_t segment = 0;
  std::uint64_t offset = 0;
  std::uint64_t lines = 0;  // that stand before it, since the place that was wrong
  std::uint64_t end = 0;
};

// Something that does not fit: segments that are not there, lines that are too many.
struct Difference {
  SealFinding finding;
  std::size_t first_segment = 0;
  std::size_t segments = 0;  // that are missing here
  std::uint64_t lines = 0;   // that stand here instead
};

class SealCheck {
 public:
  SealCheck(FileLines& lines, const SealedFile& sealed, SealReport& report)
      : lines_(lines), segments_(sealed.segments), sealed_(sealed), report_(report) {}

  Status run() {
    if (sealed_.lost_lines > 0) add_lost();
    while (next_ < segments_.size()) {
      CHECK_OK(pass_unsealed());
      const std::optional<std::uint64_t> end = TRY(find(next_, offset_));
      if (end) {
        take(*end);
      } else {
        CHECK_OK(find_difference());
      }
    }
    CHECK_OK(find_moved());
    finish();
    return {};
  }

 private:
  // Where the segment ends if it stands at `offset`.
  Result<std::optional<std::uint64_t>> find(std::size_t segment, std::uint64_t offset) {
    const SealSegment& wanted = segments_[segment];
    const std::uint64_t limit = offset + wanted.bytes;
    if (limit > lines_.size()) return std::optional<std::uint64_t>();
    chain_.restart(wanted.start);
    std::optional<std::uint64_t> end = TRY(lines_.add_to(chain_, offset, wanted.lines, limit));
    if (end && (*end != limit || chain_.head() != wanted.head)) end.reset();
    return end;
  }

  // The same, within the bounds on trying.
  Result<bool> try_at(std::size_t segment, std::uint64_t lines, std::optional<Place>* found) {
    if (lines >= starts_.size()) return false;
    tried_bytes_ += segments_[segment].bytes;
    if (++tries_ > kTriesMax || tried_bytes_ > kTriedBytesMax) return false;
    const std::optional<std::uint64_t> end = TRY(find(segment, starts_[lines]));
    if (end) *found = Place{segment, starts_[lines], lines, *end};
    return end.has_value();
  }

  // The segment stands there.
  void take(std::uint64_t end) {
    add_range(report_.fitting, offset_, end);
    report_.sealed_bytes += end - offset_;
    report_.sealed_lines += segments_[next_].lines;
    sealed_line_ += segments_[next_].lines;
    file_line_ += segments_[next_].lines;
    offset_ = end;
    ++next_;
  }

  static void add_range(std::vector<SealRange>& ranges, std::uint64_t begin, std::uint64_t end) {
    if (begin == end) return;
    if (!ranges.empty() && ranges.back().end == begin) {
      ranges.back().end = end;
    } else {
      ranges.push_back({begin, end});
    }
  }

  // Bytes between two chains: as many as there were, in whole lines.
  Status pass_unsealed() {
    const std::uint64_t begin = offset_;
    const std::uint64_t end = begin + segments_[next_].unsealed_before;
    while (offset_ < end) {
      const auto line = TRY(lines_.at(offset_));
      if (!line || offset_ + line->size() + 1 > end) break;
      offset_ += line->size() + 1;
      ++sealed_line_;
      ++file_line_;
    }
    add_range(report_.unsealed, begin, offset_);
    return {};
  }

  // Where the next lines begin, as many as may be asked for.
  Status list_starts(std::uint64_t count) {
    std::uint64_t at = starts_.empty() ? offset_ : starts_.back();
    if (starts_.empty()) starts_.push_back(at);
    while (starts_.size() <= count) {
      const auto line = TRY(lines_.at(at));
      if (!line) return {};
      at += line->size() + 1;
      starts_.push_back(at);
    }
    return {};
  }

  // The next segment that stands somewhere, the nearest to the one that is missing first.
  Result<std::optional<Place>> resume() {
    std::optional<Place> found;
    starts_.clear();
    tries_ = tried_bytes_ = 0;
    const std::size_t few = std::min<std::size_t>(segments_.size() - next_, kFewLines);
    std::uint64_t skipped = 0;
    for (std::size_t i = 0; i < few; ++i) {
      CHECK_OK(list_starts(skipped + kFewLines));
      for (std::uint64_t step = 0; step <= 2 * kFewLines; ++step) {
        const std::uint64_t away = (step + 1) / 2;
        if (step % 2 == 1 && away > skipped) continue;
        const std::uint64_t lines = step % 2 == 1 ? skipped - away : skipped + away;
        const bool is_there = TRY(try_at(next_ + i, lines, &found));
        if (is_there) return found;
      }
      skipped += segments_[next_ + i].lines;
    }
    return resume_far(few, skipped);
  }

  // Large edits: many lines overwritten in their place, taken out, or put in.
  Result<std::optional<Place>> resume_far(std::size_t few, std::uint64_t skipped) {
    std::optional<Place> found;
    for (std::size_t i = few; next_ + i < segments_.size() && tries_ < kTriesMax; ++i) {
      CHECK_OK(list_starts(skipped));
      for (const std::uint64_t lines : {skipped, std::uint64_t{0}}) {
        const bool is_there = TRY(try_at(next_ + i, lines, &found));
        if (is_there) return found;
      }
      skipped += segments_[next_ + i].lines;
    }
    for (std::uint64_t lines = kFewLines; tries_ < kTriesMax; ++lines) {
      CHECK_OK(list_starts(lines));
      if (lines >= starts_.size()) break;
      const bool is_there = TRY(try_at(next_, lines, &found));
      if (is_there) return found;
    }
    return found;
  }

  Status find_difference() {
    std::optional<Place> place = TRY(resume());
    Difference difference;
    difference.first_segment = next_;
    std::uint64_t missing = 0;
    if (place) {
      difference.segments = place->segment - next_;
      difference.lines = place->lines;
      for (std::size_t i = next_; i < place->segment; ++i) missing += segments_[i].lines;
    } else {
      difference.segments = segments_.size() - next_;
      for (std::size_t i = next_; i < segments_.size(); ++i) missing += segments_[i].lines;
      CHECK_OK(list_starts(missing));
      difference.lines = std::min<std::uint64_t>(missing, starts_.size() - 1);
      place = Place{segments_.size(), starts_[difference.lines], difference.lines, 0};
    }
    CHECK_OK(describe(difference, missing, *place));
    differences_.push_back(std::move(difference));
    offset_ = place->offset;
    next_ = place->segment;
    sealed_line_ += missing;
    file_line_ += place->lines;
    return {};
  }

  Status describe(Difference& difference, std::uint64_t missing, const Place& place) {
    SealFinding& finding = difference.finding;
    finding.offset = offset_;
    std::uint64_t whole = 0;  // lines of a batch that stand there as they were
    if (difference.segments > 0) whole = TRY(pass_marked(finding.offset));
    whole = std::min(whole, difference.lines);
    finding.offset = std::min(finding.offset, place.offset);
    const std::uint64_t there = difference.lines - whole;
    finding.length = place.offset - finding.offset;
    finding.fault = fault_of(missing - whole, there, place.segment == segments_.size());
    const bool is_more = finding.fault == SealFault::inserted;
    finding.line = (is_more ? file_line_ : sealed_line_) + whole;
    finding.lines = is_more ? there - (missing - whole) : missing - whole;
    return {};
  }

  static SealFault fault_of(std::uint64_t missing, std::uint64_t there, bool at_end) {
    if (missing == 0) return SealFault::inserted;
    if (there == 0) return at_end ? SealFault::truncated : SealFault::removed;
    if (there == missing) return SealFault::altered;
    if (there > missing) return SealFault::inserted;
    return at_end ? SealFault::altered : SealFault::removed;
  }

  // How many lines of the segment are as they were, where its seal has a mark for each; `at` moves
  // behind them.
  Result<std::uint64_t> pass_marked(std::uint64_t& at) {
    const SealSegment& segment = segments_[next_];
    chain_.restart(segment.start);
    for (std::size_t i = 0; i < segment.marks.size(); ++i) {
      const auto line = TRY(lines_.at(at));
      if (!line) return i;
      chain_.add(*line);
      if (seal_mark(chain_.head()) != segment.marks[i]) return i;
      at += line->size() + 1;
    }
    return std::uint64_t{0};
  }

  // Of what is missing in one place and in excess in another: is it the same?
  Status find_moved() {
    for (Difference& missing : differences_) {
      const bool is_gone = missing.finding.fault == SealFault::removed ||
                           missing.finding.fault == SealFault::truncated;
      if (!is_gone || missing.segments == 0) continue;
      for (Difference& extra : differences_) {
        if (extra.finding.fault != SealFault::inserted || extra.segments > 0) continue;
        const std::optional<std::uint64_t> at = TRY(place_in(extra, missing.first_segment));
        if (!at) continue;
        extra.finding.lines -=
            std::min(extra.finding.lines, segments_[missing.first_segment].lines);
        missing.finding.fault = SealFault::reordered;
        missing.finding.offset = *at;
        missing.finding.length = segments_[missing.first_segment].bytes;
        break;
      }
    }
    std::erase_if(differences_, [](const Difference& difference) {
      return difference.finding.fault == SealFault::inserted && difference.finding.lines == 0;
    });
    return {};
  }

  Result<std::optional<std::uint64_t>> place_in(const Difference& extra, std::size_t segment) {
    const std::uint64_t end = extra.finding.offset + extra.finding.length;
    for (std::uint64_t at = extra.finding.offset; at < end;) {
      const std::optional<std::uint64_t> found = TRY(find(segment, at));
      if (found) return std::optional<std::uint64_t>(at);
      const auto line = TRY(lines_.at(at));
      if (!line) break;
      at += line->size() + 1;
    }
    return std::optional<std::uint64_t>();
  }

  void add_lost() {
    Difference lost;
    lost.finding.fault = SealFault::truncated;
    lost.finding.lines = sealed_.lost_lines;
    lost.finding.offset = sealed_.lost_at;
    lost.finding.detail = counted(sealed_.lost_lines) +
                          " that were sealed had gone when more was added at byte " +
                          std::to_string(sealed_.lost_at);
    differences_.push_back(std::move(lost));
  }

  void finish() {
    std::stable_sort(differences_.begin(), differences_.end(),
                     [](const Difference& a, const Difference& b) {
                       return a.finding.offset < b.finding.offset;
                     });
    for (Difference& difference : differences_) {
      SealFinding& finding = difference.finding;
      ++report_.finding_count;
      if (report_.findings.size() == kSealFindingsListed) continue;
      if (finding.detail.empty()) finding.detail = sentence(difference);
      report_.findings.push_back(std::move(finding));
    }
    add_range(report_.unsealed, offset_, lines_.size());
    for (const SealRange& range : report_.unsealed) {
      report_.unsealed_bytes += range.end - range.begin;
    }
  }

  [[nodiscard]] std::string sentence(const Difference& difference) const {
    const SealFinding& finding = difference.finding;
    const std::string line = "line " + std::to_string(finding.line);
    const std::string last = std::to_string(finding.line + finding.lines - 1);
    const bool is_one = finding.lines <= 1;
    const std::string range =
        is_one ? line : "lines " + std::to_string(finding.line) + " to " + last;
    const bool is_sure = is_one || is_sure_of_lines(difference);
    const std::string together = ", up to line " + last + ", which were sealed together with it";
    switch (finding.fault) {
      case SealFault::altered:
        if (is_sure) return range + (is_one ? " is" : " are") + " not what was sealed";
        if (has_marks(difference)) {
          return line + " is not what was sealed; of those behind it" + together +
                 ", nothing can be told";
        }
        return "of " + range + ", which were sealed together, one or more are not what was sealed";
      case SealFault::removed:
        if (is_sure) return range + (is_one ? " was" : " were") + " removed";
        return "of " + range + " one or more were removed" +
               (has_marks(difference) ? ", the first of them " + line + " or one behind it" : "");
      case SealFault::inserted:
        return range + (is_one ? " was" : " were") + " put in";
      case SealFault::reordered:
        return range + (is_one ? " stands" : " stand") + " in another place";
      case SealFault::truncated:
        return range + (is_one ? " is" : " are") + " missing at the end";
    }
    return {};
  }

  // Each of the segments that are missing holds one line.
  [[nodiscard]] bool is_sure_of_lines(const Difference& difference) const {
    return std::all_of(segments_.begin() + static_cast<std::ptrdiff_t>(difference.first_segment),
                       segments_.begin() + static_cast<std::ptrdiff_t>(difference.first_segment +
                                                                       difference.segments),
                       [](const SealSegment& segment) { return segment.lines == 1; });
  }
  [[nodiscard]] bool has_marks(const Difference& difference) const {
    return difference.segments > 0 && !segments_[difference.first_segment].marks.empty();
  }

  FileLines& lines_;
  const std::vector<SealSegment>& segments_;
  const SealedFile& sealed_;
  SealReport& report_;
  LineChain chain_;
  std::size_t next_ = 0;           // the segment that is looked for
  std::uint64_t offset_ = 0;       // where it should stand
  std::uint64_t sealed_line_ = 1;  // its first line, as it was sealed, and as the file counts
  std::uint64_t file_line_ = 1;
  std::vector<std::uint64_t> starts_;
  std::uint64_t tries_ = 0;
  std::uint64_t tried_bytes_ = 0;
  std::vector<Difference> differences_;
};

}  // namespace

Result<std::optional<std::string_view>> FileLines::at(std::uint64_t offset) {
  using Line = std::optional<std::string_view>;
  if (offset >= size_) return Line();
  for (std::uint64_t want = kWindowBytes;; want *= 2) {
    if (offset >= begin_ && offset < begin_ + used_) {
      const char* first = window_.data() + (offset - begin_);
      const std::uint64_t rest = used_ - (offset - begin_);
      const void* end = std::memchr(first, '\n', rest);
      if (end != nullptr) {
        return Line(std::string_view(
            first, static_cast<std::size_t>(static_cast<const char*>(end) - first)));
      }
      if (begin_ + used_ == size_) return Line();
      if (rest > longest_line_) return Line();
      want = std::max(want, rest * 2);
    }
    if (progress_ != nullptr && *progress_ && !(*progress_)(offset)) {
      return Status(Code::unavailable, "interrupted");
    }
    // Who goes back goes on to and fro.
    const std::uint64_t back = offset < begin_ ? std::min(offset, kWindowBytes / 2) : 0;
    begin_ = offset - back;
    window_.resize(std::min(want + back, size_ - begin_));
    const Result<std::size_t> got = file_.read_at(begin_, window_.data(), window_.size());
    used_ = got ? *got : 0;
    if (!got) return told_of_hole(file_, begin_, begin_ + window_.size(), got.status());
    if (used_ < window_.size()) size_ = begin_ + used_;  // it became shorter
    if (used_ <= back) return Line();
  }
}

Result<std::optional<std::uint64_t>> FileLines::add_to(LineChain& chain, std::uint64_t offset,
                                                       std::uint64_t count, std::uint64_t limit) {
  using End = std::optional<std::uint64_t>;
  for (; count > 0; --count) {
    const auto line = TRY(at(offset));
    if (!line || offset + line->size() + 1 > limit) return End();
    chain.add(*line);
    offset += line->size() + 1;
  }
  return End(offset);
}

SealedFile sealed_file(const std::vector<SealLine>& lines, std::uint64_t file) {
  SealedFile sealed;
  std::uint64_t chain = 0;  // the one that goes on
  std::uint64_t end = 0;    // of the last segment
  std::uint64_t chain_end = 0;
  std::uint64_t chain_lines = 0;
  Sha256 head{};
  std::uint64_t unsealed = 0;
  for (const SealLine& line : lines) {
    if (line.file != file) continue;
    if (line.kind == SealLine::Kind::begin) {
      if (line.anew) sealed = {};
      if (line.anew) end = 0;
      while (!sealed.segments.empty() && end > line.from) {
        const SealSegment& last = sealed.segments.back();
        sealed.lost_lines += last.lines;
        end -= last.bytes + last.unsealed_before;
        sealed.segments.pop_back();
        sealed.lost_at = line.from;
      }
      chain = line.chain;
      chain_end = line.from;
      chain_lines = 0;
      head = line.salt;
      unsealed = line.from - end;
      continue;
    }
    const bool goes_on = line.chain == chain && line.end > chain_end && line.lines > chain_lines;
    if (goes_on) {
      SealSegment segment;
      segment.start = head;
      segment.head = line.head;
      segment.lines = line.lines - chain_lines;
      segment.bytes = line.end - chain_end;
      segment.unsealed_before = unsealed;
      if (line.marks.size() == segment.lines) segment.marks = line.marks;
      sealed.segments.push_back(std::move(segment));
      unsealed = 0;
      end = line.end;
    } else if (line.chain != chain && line.end >= end) {
      unsealed = line.end - end;  // its beginning is lost: it counts from here on
    } else {
      continue;
    }
    chain = line.chain;
    chain_end = line.end;
    chain_lines = line.lines;
    head = line.head;
  }
  sealed.watermark = std::max(end, chain_end);
  return sealed;
}

Status check_seals(FileLines& lines, const SealedFile& sealed, SealReport& report) {
  report.watermark = sealed.watermark;
  return SealCheck(lines, sealed, report).run();
}

SealStanding standing_of(const SealReport& report, std::uint64_t offset, std::uint64_t length) {
  if (!report.has_seals) return SealStanding::unknown;
  if (offset >= report.watermark) return SealStanding::crash_tail;
  const std::uint64_t end = std::min(offset + length, report.watermark);
  const auto holds = [&](const SealRange& range) {
    return range.begin <= offset && end <= range.end;
  };
  if (std::any_of(report.fitting.begin(), report.fitting.end(), holds)) {
    return SealStanding::as_sealed;
  }
  const bool is_unsealed = std::any_of(report.unsealed.begin(), report.unsealed.end(), holds);
  return is_unsealed ? SealStanding::unknown : SealStanding::altered;
}

Result<bool> fits_head(FileLines& lines, const SealHead& head) {
  LineChain chain(head.salt);
  for (std::uint64_t at = head.from; at < head.end;) {
    const auto line = TRY(lines.at(at));
    if (!line) return false;
    chain.add(*line);
    at += line->size() + 1;
    if (at == head.end) break;
    if (at > head.end) return false;
  }
  return chain.head() == head.head;
}

}  // namespace everturn
