// SPDX-License-Identifier: Apache-2.0
#include "views/rescue.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "base/json.h"
#include "base/try.h"
#include "views/chain_check.h"
#include "views/dialects/dialect.h"
#include "views/lost_records.h"

namespace everturn {
namespace {

constexpr std::size_t kRecordsToRecognize = 16;

ReadOptions everything() {
  ReadOptions how;
  how.with_metadata = true;
  how.with_oversize = true;
  return how;
}

// What the first reading finds out.
struct Survey {
  ReadReport report;
  const Dialect* dialect = nullptr;
  // Offsets of records without a parent, with those of the records that they follow.
  std::map<std::uint64_t, std::uint64_t> to_attach;
  LostBefore lost;              // by the numbers of the records that the agent counts
  std::uint64_t undamaged = 0;  // how many it counted before the last record
};

class Surveyor {
 public:
  bool add(const Record& record) {
    if (survey_.dialect == nullptr && first_.size() < kRecordsToRecognize) {
      first_.emplace_back(record.bytes, record.position.offset);
    } else {
      settle();
      look(record.bytes, record.position.offset);
    }
    return true;
  }

  Survey finish(ReadReport report) {
    settle();
    survey_.report = std::move(report);
    const ChainState chain = chain_.state(/*with_tail=*/false);
    for (const ChainBreak& one : chain.breaks) survey_.to_attach[one.offset] = one.before;
    number();
    return std::move(survey_);
  }

 private:
  void settle() {
    if (survey_.dialect != nullptr) return;
    std::vector<std::string_view> records;
    for (const auto& [bytes, offset] : first_) records.push_back(bytes);
    survey_.dialect = &recognize(records);
    for (const auto& [bytes, offset] : first_) look(bytes, offset);
    first_.clear();
  }

  void look(std::string_view bytes, std::uint64_t offset) {
    entries_.clear();
    survey_.dialect->read(bytes, entries_);
    chain_.add(survey_.dialect->name, entries_, offset);
    last_ = offset;
    if (is_counted(*survey_.dialect, entries_)) counted_.push_back(offset);
  }

  void number() {
    LostRecords lost(survey_.report, everything().with_oversize);
    std::uint32_t record = 0;
    for (const std::uint64_t offset : counted_) {
      const std::uint32_t count = lost.before(offset);
      if (count > 0) survey_.lost.emplace_back(record, count);
      survey_.undamaged += count + 1;
      ++record;
    }
    survey_.undamaged += lost.before(last_);
  }

  Survey survey_;
  ChainCheck chain_;
  std::vector<std::pair<std::string, std::uint64_t>> first_;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> counted_;  // offsets
  std::uint64_t last_ = 0;
};

// `folder` with its project's new place; nullopt if it is of none that was moved.
std::optional<std::string> moved(std::string_view folder, const RescueOptions& options) {
  for (const auto& [from, to] : options.relocate) {
    if (!folder.starts_with(from)) continue;
    const std::string_view rest = folder.substr(from.size());
    if (rest.empty() || rest.starts_with('/')) return to + std::string(rest);
  }
  return std::nullopt;
}

// The second reading: writes the copy.
class Copyist {
 public:
  Copyist(const Survey& survey, const RescueOptions& options, const RescueLineSink& line,
          const RescueChangeSink& change)
      : survey_(survey), options_(options), line_(line), change_(change) {
    for (const auto& [record, before] : survey.to_attach) ids_.emplace(before, std::string());
    report_.dialect = survey.dialect->name;
  }

  Status add(const Record& record) {
    const std::uint64_t offset = record.position.offset;
    CHECK_OK(tell_damage_before(offset));
    std::string changed;
    std::string_view bytes = record.bytes;
    CHECK_OK(relocate(bytes, offset, changed));
    CHECK_OK(attach(bytes, offset, changed));
    CHECK_OK(renumber(bytes, offset, changed));
    if (const auto wanted = ids_.find(offset); wanted != ids_.end()) wanted->second = id_of(bytes);
    if (record.salvaged) CHECK_OK(tell({RescueAction::mended, offset, 0, {}, {}}));
    ++report_.records;
    report_.bytes += bytes.size() + 1;
    CHECK_OK(line_(bytes));
    return line_("\n");
  }

  Result<RescueReport> finish() {
    CHECK_OK(tell_damage_before(UINT64_MAX));
    return report_;
  }

 private:
  Status tell(const RescueChange& change) {
    ++report_.counts[static_cast<std::size_t>(change.action)];
    return change_(change);
  }

  // Damage, glued records and a missing line end, in the order of the file.
  Status tell_damage_before(std::uint64_t offset) {
    const std::vector<Damage>& damage = survey_.report.damage;
    for (; next_damage_ < damage.size() && damage[next_damage_].offset < offset; ++next_damage_) {
      const Damage& one = damage[next_damage_];
      // Told as a record that was mended, or written as it is.
      if (one.reason == DamageReason::bad_utf8 || one.reason == DamageReason::oversize) continue;
      report_.left_out_bytes += one.length;
      CHECK_OK(tell({RescueAction::left_out,
                     one.offset,
                     one.length,
                     quote_json(damage_reason_name(one.reason)),
                     {}}));
    }
    const std::vector<Note>& notes = survey_.report.notes;
    for (; next_note_ < notes.size() && notes[next_note_].offset <= offset; ++next_note_) {
      const Note& one = notes[next_note_];
      if (one.kind == NoteKind::glued) CHECK_OK(tell({RescueAction::split, one.offset, 0, {}, {}}));
      if (one.kind == NoteKind::blank || one.kind == NoteKind::byte_order_mark) {
        CHECK_OK(tell({RescueAction::blank, one.offset, one.length, {}, {}}));
      }
      if (one.kind == NoteKind::unterminated_record) {
        CHECK_OK(tell({RescueAction::line_end, one.offset, 0, {}, {}}));
      }
    }
    return {};
  }

  // `bytes` views the record, or what became of it in `changed`.
  void replace(std::string_view& bytes, std::string_view member, std::string_view value,
               std::string& changed) {
    changed = merge_json_members(bytes, "{" + quote_json(member) + ":" + std::string(value) + "}");
    bytes = changed;
  }

  // "cwd" of Claude Code and pi, and in the payload of Codex.
  Status relocate(std::string_view& bytes, std::uint64_t offset, std::string& changed) {
    if (options_.relocate.empty()) return {};
    CHECK_OK(relocate_member(bytes, offset, changed));
    const std::optional<std::string_view> payload = find_member(bytes, "payload");
    if (!payload || !is_object(*payload)) return {};
    std::string inner_changed;
    std::string_view inner = *payload;
    CHECK_OK(relocate_member(inner, offset, inner_changed));
    if (!inner_changed.empty()) replace(bytes, "payload", inner, changed);
    return {};
  }

  Status relocate_member(std::string_view& object, std::uint64_t offset, std::string& changed) {
    const std::string_view raw = find_member(object, "cwd").value_or("");
    const std::optional<std::string> folder = decode_json_string(raw);
    const std::optional<std::string> now = folder ? moved(*folder, options_) : std::nullopt;
    if (!now) return {};
    CHECK_OK(tell({RescueAction::relocated, offset, 0, std::string(raw), quote_json(*now)}));
    replace(object, "cwd", quote_json(*now), changed);
    return {};
  }

  Status attach(std::string_view& bytes, std::uint64_t offset, std::string& changed) {
    const auto found = survey_.to_attach.find(offset);
    if (found == survey_.to_attach.end()) return {};
    const std::string& id = ids_[found->second];
    if (id.empty()) return {};
    const std::string_view member = survey_.dialect->name == "pi" ? "parentId" : "parentUuid";
    const std::string_view old = find_member(bytes, member).value_or("null");
    CHECK_OK(tell({RescueAction::reattached, offset, 0, std::string(old), id}));
    replace(bytes, member, id, changed);
    return {};
  }

  // What counted records that are left out would hide as many that are there. A number out of range
  // stays so, as its agent passes over it.
  Status renumber(std::string_view& bytes, std::uint64_t offset, std::string& changed) {
    if (survey_.lost.empty()) return {};
    const std::vector<Entry> entries = read(bytes);
    const std::string_view member = counting_member(*survey_.dialect, entries);
    const std::string raw(find_member(bytes, member).value_or(""));
    const std::optional<std::int64_t> number = decode_json_integer(raw);
    const bool counts = !member.empty() && number && *number >= 0 &&
                        static_cast<std::uint64_t>(*number) <= survey_.undamaged;
    if (!counts) return {};
    const std::size_t now = undamaged(survey_.lost, static_cast<std::size_t>(*number));
    if (now == static_cast<std::size_t>(*number)) return {};
    const std::string to = std::to_string(now);
    CHECK_OK(tell({RescueAction::renumbered, offset, 0, raw, to}));
    replace(bytes, member, to, changed);
    return {};
  }

  std::vector<Entry> read(std::string_view bytes) const {
    std::vector<Entry> entries;
    survey_.dialect->read(bytes, entries);
    return entries;
  }
  std::string id_of(std::string_view bytes) const { return std::string(read(bytes).front().id); }

  const Survey& survey_;
  const RescueOptions& options_;
  const RescueLineSink& line_;
  const RescueChangeSink& change_;
  RescueReport report_;
  std::unordered_map<std::uint64_t, std::string> ids_;  // raw, of records to be followed, by offset
  std::size_t next_damage_ = 0;
  std::size_t next_note_ = 0;
};

Status check(const Survey& survey) {
  const auto& notes = survey.report.notes;
  const bool is_document = std::any_of(notes.begin(), notes.end(), [](const Note& note) {
    return note.kind == NoteKind::json_document;
  });
  if (is_document) {
    return {Code::invalid, "it is one JSON document, and whole: copy the file as it is"};
  }
  if (survey.report.records == 0) return {Code::invalid, "no record of it is whole"};
  // Of more than are listed no receipt could tell.
  const bool is_told = survey.report.damage_count <= survey.report.damage.size() &&
                       survey.report.note_count <= survey.report.notes.size();
  if (!is_told) {
    return {Code::invalid, "it has more than " + std::to_string(kDamageListed) +
                               " damaged or odd places: repair a copy of it first"};
  }
  return {};
}

}  // namespace

std::string_view rescue_action_name(RescueAction action) {
  constexpr std::array<std::string_view, kRescueActions> kNames = {
      "left_out", "split", "mended", "line_end", "reattached", "relocated", "blank", "renumbered"};
  return kNames.at(static_cast<std::size_t>(action));
}

std::uint64_t RescueReport::changes() const {
  return std::accumulate(std::begin(counts), std::end(counts), std::uint64_t{0});
}

Result<RescueReport> rescue(Store& store, std::string_view key, const RescueOptions& options,
                            const RescueLineSink& line, const RescueChangeSink& change) {
  Surveyor surveyor;
  ReadReport found = TRY(
      store.read(key, everything(), [&](const Record& record) { return surveyor.add(record); }));
  const Survey survey = surveyor.finish(std::move(found));
  CHECK_OK(check(survey));
  Copyist copyist(survey, options, line, change);
  ReadOptions how = everything();
  how.limit = survey.report.records;  // not what came since
  Status written;
  const ReadReport again = TRY(store.read(key, how, [&](const Record& record) {
    written = record.position.generation == survey.report.end.generation
                  ? copyist.add(record)
                  : Status(Code::conflict, "it was rewritten meanwhile; run it again");
    return written.ok();
  }));
  CHECK_OK(written);
  if (again.records != survey.report.records) {
    return Status(Code::conflict, "it was cut meanwhile; run it again");
  }
  return copyist.finish();
}

}  // namespace everturn
