// SPDX-License-Identifier: Apache-2.0
#include "views/examination.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "base/json_cursor.h"
#include "base/time_text.h"
#include "base/try.h"
#include "base/utf8.h"
#include "views/chain_check.h"
#include "views/checkpoint.h"
#include "views/dialects/dialect.h"
#include "views/examination_findings.h"
#include "views/name_filter.h"
#include "views/record_prints.h"
#include "views/secrets.h"
#include "views/turns.h"
#include "views/usage.h"

namespace everturn {
namespace {

constexpr std::size_t kRecordsToRecognize = 16;
constexpr std::size_t kBase64Least = 1024;
constexpr std::int64_t kLargeStepNs = 60'000'000'000;

bool has(const Entry& entry, EntryFlags flags) { return (entry.flags & flags) != 0; }

bool is_base64(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
         c == '/' || c == '=';
}

std::optional<SizePart> part_of(const Entry& entry) {
  if (has(entry, kReplacement)) return SizePart::compactions;
  switch (entry.kind) {
    case EntryKind::user:
    case EntryKind::assistant:
      return SizePart::text;
    case EntryKind::thinking:
      return SizePart::thinking;
    case EntryKind::tool_call:
      return SizePart::tool_calls;
    case EntryKind::tool_result:
      return SizePart::tool_output;
    case EntryKind::summary:
      return SizePart::compactions;
    case EntryKind::system:
    case EntryKind::metadata:
    case EntryKind::other:
      break;
  }
  return std::nullopt;
}

class Examiner {
 public:
  explicit Examiner(const ExamineOptions& how) : how_(how) {}

  void add(std::string_view bytes, std::uint64_t offset) {
    ++examination_.records;
    examination_.record_bytes += bytes.size();
    if (how_.secrets) secrets_.look(bytes);
    if (how_.checkpoint) prints_.add(bytes);
    if (dialect_ != nullptr) return look(bytes, offset);
    first_.emplace_back(bytes, offset);
    if (first_.size() == kRecordsToRecognize) settle();
  }

  Examination finish(const ReadReport& report, const SealReport& seals) {
    settle();
    examination_.dialect = dialect_->name;
    examination_.tokens = usage_.total();
    examination_.damage_bytes = report.damage_bytes;
    if (latest_ns_) examination_.last_time = iso_utc_time(*latest_ns_);
    add_secrets();
    add_side_sizes();
    const ChainState chain = chain_.state(how_.checkpoint);
    if (chain.tail) examination_.checkpoint = checkpoint(*chain.tail);
    FindingList findings;
    findings.add_damage(report);
    findings.add_standing(report, seals);
    findings.add_chain(chain.breaks, chain.missing_parents);
    findings.add_calls(open_calls());
    findings.add_clock(small_steps_, large_steps_);
    findings.add_drift(drifted_, first_drift_, dialect_->name);
    findings.add_notes(report);
    examination_.findings = findings.sorted();
    return std::move(examination_);
  }

 private:
  // The dialect, by the first records; then they are looked at like the others.
  void settle() {
    if (dialect_ != nullptr) return;
    std::vector<std::string_view> records;
    for (const auto& [bytes, offset] : first_) records.push_back(bytes);
    dialect_ = &recognize(records);
    usage_.begin_session(*dialect_);
    for (const auto& [bytes, offset] : first_) look(bytes, offset);
    first_.clear();
  }

  void look(std::string_view bytes, std::uint64_t offset) {
    entries_.clear();
    dialect_->read(bytes, entries_);
    chain_.add(dialect_->name, entries_, offset);
    look_at_calls(offset);
    look_at_time(offset);
    usage_.add(entries_);
    if (turns_.add(entries_)) ++examination_.turns;
    look_at_sizes(bytes);
    const bool is_drifted = std::any_of(entries_.begin(), entries_.end(),
                                        [](const Entry& entry) { return has(entry, kDrift); });
    if (is_drifted && drifted_++ == 0) first_drift_ = offset;
  }

  void look_at_calls(std::uint64_t offset) {
    constexpr EntryFlags kAside = kSidechain | kReplacement | kCopy | kNotReplayed;
    for (const Entry& entry : entries_) {
      if (!is_string(entry.call_id)) continue;
      const std::uint64_t id = hash64(entry.call_id);
      if (entry.kind == EntryKind::tool_result) {
        calls_[id].has_result = true;
      } else if (entry.kind == EntryKind::tool_call && !has(entry, kAside)) {
        Call& call = calls_[id];
        if (!call.is_made) call.offset = offset;
        call.is_made = true;
      }
    }
  }

  // Most healthy sessions step back a little: several writers, and records that are written late.
  void look_at_time(std::uint64_t offset) {
    const std::optional<std::string> text = decode_json_string(entries_.front().time);
    const std::optional<std::int64_t> time = text ? parse_iso_time(*text) : std::nullopt;
    if (!time) return;
    if (last_ns_ && *time < *last_ns_) {
      const std::int64_t step = *last_ns_ - *time;
      ClockSteps& steps = step < kLargeStepNs ? small_steps_ : large_steps_;
      if (steps.count++ == 0) steps.offset = offset;
      steps.largest_ns = std::max(steps.largest_ns, step);
    }
    last_ns_ = time;
    latest_ns_ = std::max(latest_ns_.value_or(*time), *time);
  }

  void look_at_sizes(std::string_view bytes) {
    auto& sizes = examination_.sizes;
    const std::uint64_t images = image_bytes(bytes);
    std::uint64_t told = images;
    for (const Entry& entry : entries_) {
      const std::optional<SizePart> part = part_of(entry);
      if (!part || has(entry, kImage)) continue;
      const std::string_view text = is_whole(entry) ? entry.raw : entry.text;
      const std::uint64_t plain = text.size() - (images == 0 ? 0 : image_bytes_of(entry, text));
      // Several entries may speak of the same bytes.
      const std::uint64_t size = std::min(plain, bytes.size() - std::min(told, bytes.size()));
      const bool is_aside = has(entry, kSidechain);
      (is_aside ? side_sizes_ : sizes).at(static_cast<std::size_t>(*part)) += size;
      if (!is_aside) has_main_ = true;
      told += size;
    }
    sizes.at(static_cast<std::size_t>(SizePart::images)) += images;
    sizes.at(static_cast<std::size_t>(SizePart::rest)) +=
        bytes.size() - std::min(told, bytes.size());
  }

  // What a compaction repeats is its own with names and all; so is what a thought is sealed with.
  static bool is_whole(const Entry& entry) {
    return has(entry, kReplacement) || entry.kind == EntryKind::thinking;
  }

  // Of an entry's text. The seal of a thought is base64 too, and no image.
  static std::uint64_t image_bytes_of(const Entry& entry, std::string_view text) {
    return entry.kind == EntryKind::thinking ? 0 : base64_bytes(text);
  }

  [[nodiscard]] std::uint64_t image_bytes(std::string_view bytes) const {
    std::uint64_t found = bytes.size() < kBase64Least ? 0 : base64_bytes(bytes);
    for (const Entry& entry : entries_) {
      if (found == 0) break;
      if (entry.kind == EntryKind::thinking) found -= std::min(found, base64_bytes(entry.raw));
    }
    return found;
  }

  [[nodiscard]] std::vector<std::uint64_t> open_calls() const {
    std::vector<std::uint64_t> offsets;
    for (const auto& [id, call] : calls_) {
      if (call.is_made && !call.has_result) offsets.push_back(call.offset);
    }
    std::sort(offsets.begin(), offsets.end());
    return offsets;
  }

  // By fewer records the dialect is not settled: with one more it may be another.
  [[nodiscard]] std::string checkpoint(const ChainTail& tail) const {
    if (examination_.records < kRecordsToRecognize) return {};
    NameFilter told(usage_.names() + chain_.call_names());
    usage_.tell_names(told);
    chain_.tell_call_names(told);
    return make_checkpoint(usage_, turns_, tail, told, prints_);
  }

  // A file that is all sub-agent speaks for itself.
  void add_side_sizes() {
    for (std::size_t i = 0; i < kSizeParts; ++i) {
      const std::size_t part = has_main_ ? static_cast<std::size_t>(SizePart::sub_agents) : i;
      examination_.sizes.at(part) += side_sizes_.at(i);
    }
  }

  void add_secrets() {
    for (std::size_t i = 0; i < kSecretKinds; ++i) {
      const auto kind = static_cast<SecretKind>(i);
      if (secrets_.places(kind) == 0) continue;
      examination_.secrets.push_back({secret_kind_name(kind), secret_kind_title(kind),
                                      secrets_.distinct(kind), secrets_.places(kind)});
    }
  }

  struct Call {
    std::uint64_t offset = 0;
    bool is_made = false;
    bool has_result = false;
  };

  const ExamineOptions how_;
  Examination examination_;
  UsageCounter usage_;
  TurnCounter turns_;
  const Dialect* dialect_ = nullptr;
  std::vector<std::pair<std::string, std::uint64_t>> first_;  // until the dialect is known
  std::vector<Entry> entries_;
  ChainCheck chain_;
  SecretCounter secrets_;
  RecordPrints prints_;
  std::unordered_map<std::uint64_t, Call> calls_;  // by the hash of their ids
  std::optional<std::int64_t> last_ns_;
  std::optional<std::int64_t> latest_ns_;
  ClockSteps small_steps_;
  ClockSteps large_steps_;
  std::array<std::uint64_t, kSizeParts> side_sizes_{};  // of what sub-agents said
  bool has_main_ = false;                               // somebody else said something
  std::uint64_t drifted_ = 0;
  std::uint64_t first_drift_ = 0;
};

}  // namespace

std::string_view grade_name(Grade grade) {
  constexpr std::array<std::string_view, 3> kNames = {"note", "hides messages", "damage"};
  return kNames.at(static_cast<std::size_t>(grade));
}

std::string_view size_part_name(SizePart part) {
  constexpr std::array<std::string_view, kSizeParts> kNames = {
      "text",   "thinking",    "tool calls", "tool output",
      "images", "compactions", "sub-agents", "the rest"};
  return kNames.at(static_cast<std::size_t>(part));
}

Grade Examination::worst() const { return findings.empty() ? Grade::note : findings.front().grade; }

std::uint64_t Examination::count(Grade grade) const {
  return static_cast<std::uint64_t>(
      std::count_if(findings.begin(), findings.end(),
                    [grade](const Finding& finding) { return finding.grade == grade; }));
}

Result<Examination> examine(Store& store, std::string_view key) {
  return examine(
      [&](const ReadOptions& how, const RecordSink& sink) { return store.read(key, how, sink); },
      {.verify = [&] { return store.verify(key); }});
}

Result<Examination> examine(const SessionSource& read, const ExamineOptions& how) {
  Examiner examiner(how);
  std::uint64_t store_records = 0;
  ReadOptions all;
  all.with_metadata = true;
  ReadReport report = TRY(read(all, [&](const Record& record) {
    examiner.add(record.bytes, record.position.offset);
    store_records += record.kind == RecordKind::metadata ? 1 : 0;
    return true;
  }));
  SealReport seals;
  if (report.damage_count > 0 && how.verify) {
    if (Result<SealReport> verified = how.verify()) seals = *std::move(verified);
  }
  Examination examination = examiner.finish(report, seals);
  examination.report = std::move(report);
  examination.store_records = store_records;
  return examination;
}

std::uint64_t base64_bytes(std::string_view json) {
  constexpr std::size_t kStride = kBase64Least / 2;  // no run that counts lies between two looks
  constexpr std::size_t kLook = 64;
  std::uint64_t bytes = 0;
  for (std::size_t at = 0; at + kLook <= json.size();) {
    const std::string_view window = json.substr(at, kLook);
    if (!std::all_of(window.begin(), window.end(), is_base64)) {
      at += kStride;
      continue;
    }
    std::size_t begin = at;
    while (begin > 0 && is_base64(json[begin - 1])) --begin;
    std::size_t end = at + kLook;
    while (end < json.size() && is_base64(json[end])) ++end;
    if (end - begin >= kBase64Least) bytes += end - begin;
    at = end + 1;
  }
  return bytes;
}

}  // namespace everturn
