// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/store_world.h"

#include <algorithm>
#include <iterator>

#include "base/json.h"
#include "base/try.h"
#include "journal/scan.h"

namespace everturn {
namespace {

std::string short_text(std::string_view record) { return std::string(record.substr(0, 24)); }

// The lines of a file that is read past the store.
std::vector<FoundRecord> lines_of(std::string_view raw) {
  std::vector<FoundRecord> records;
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find('\n'), raw.size() - 1);
    std::string_view line = raw.substr(0, end + 1);
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.starts_with(R"({"n":)")) records.push_back({std::string(line), {}, false});
    raw.remove_prefix(end + 1);
  }
  return records;
}

// Compares the records of one session. In the trash, lines that are no whole record count as
// damage.
class BodyCheck {
 public:
  BodyCheck(const Body& body, bool trashed) : body_(body), trashed_(trashed) {
    for (std::size_t i = 0; i < body.records.size(); ++i) place_[body.records[i].bytes] = i;
  }

  std::string run(const std::vector<FoundRecord>& records, std::uint64_t generation) {
    for (const FoundRecord& record : records) {
      if (record.is_metadata || record.bytes.starts_with(kLaterStart)) continue;
      const auto known = place_.find(record.bytes);
      if (known == place_.end()) {
        if (trashed_) continue;
        return "a record that was never written like this: " + short_text(record.bytes);
      }
      std::string broken = place(known->second, record, generation);
      if (!broken.empty()) return broken;
    }
    for (std::size_t i = 0; i < body_.records.size(); ++i) {
      const bool must = body_.records[i].promise == Promise::sure;
      if (must && !seen_.contains(i)) {
        return "an acknowledged record is lost: " + short_text(body_.records[i].bytes);
      }
    }
    return "";
  }

 private:
  std::string place(std::size_t index, const FoundRecord& record, std::uint64_t generation) {
    const Expected& expected = body_.records[index];
    if (!seen_.insert(index).second) return "a record is there twice: " + short_text(record.bytes);
    if (index < last_ && expected.batch != body_.records[last_].batch) {
      return "a record is out of order: " + short_text(record.bytes);
    }
    last_ = std::max(last_, index);
    if (!trashed_ && expected.position && expected.position->generation == generation &&
        *expected.position != record.position) {
      return "a record is not where it was acknowledged: " + short_text(record.bytes);
    }
    return "";
  }

  const Body& body_;
  const bool trashed_;
  std::map<std::string, std::size_t> place_;
  std::set<std::size_t> seen_;
  std::size_t last_ = 0;
};

std::string compare_session(const std::string& key, const Body& body, const FoundSession& found) {
  std::string broken = BodyCheck(body, false).run(found.records, found.report.version.generation);
  if (broken.empty() && !body.titles.empty() && !body.titles.contains(found.title)) {
    broken = "the title is neither old nor new: " + found.title;
  }
  return broken.empty() ? "" : key + ": " + broken;
}

std::string compare_trash(const ThrownAway& thrown, const FoundTrash& found) {
  if (found.entry.key != thrown.key || found.entry.kind != thrown.kind) return "another entry";
  if (!thrown.id.empty() && found.entry.id != thrown.id) return "another entry";
  return BodyCheck(thrown.body, true).run(lines_of(found.raw), 0);
}

// One world against the findings.
class WorldCheck {
 public:
  WorldCheck(const World& world, const Findings& found, bool again)
      : world_(world), found_(found), again_(again) {}

  std::string run() {
    for (const auto& [key, body] : world_.live) {
      const auto session = found_.live.find(key);
      if (session == found_.live.end()) {
        if (!may_be_absent(body)) return "session " + key + " is gone";
        continue;
      }
      std::string broken = compare_session(key, body, session->second);
      const bool older = again_ && may_be_absent(body) && was_undeleted(key, session->second);
      if (!broken.empty() && !older) return broken;
    }
    for (const auto& [key, session] : found_.live) {
      if (world_.live.contains(key)) continue;
      if (!again_ || !was_undeleted(key, session)) {
        return "session " + key + " is there although it was deleted or never made";
      }
    }
    for (const ThrownAway& thrown : world_.trash) {
      if (!is_in_trash(thrown) && !(again_ && was_brought_back(thrown))) {
        return "what was removed of " + thrown.key + " is not in the trash: " + trash_text(thrown);
      }
    }
    return "";
  }

 private:
  static bool may_be_absent(const Body& body) {
    return body.may_be_absent &&
           std::none_of(body.records.begin(), body.records.end(),
                        [](const Expected& record) { return record.promise == Promise::sure; });
  }
  [[nodiscard]] bool was_undeleted(const std::string& key, const FoundSession& session) const {
    return std::any_of(world_.trash.begin(), world_.trash.end(), [&](const ThrownAway& thrown) {
      return thrown.key == key && compare_session(key, thrown.body, session).empty();
    });
  }
  [[nodiscard]] bool was_brought_back(const ThrownAway& thrown) const {
    const auto session = found_.live.find(thrown.key);
    return session != found_.live.end() &&
           compare_session(thrown.key, thrown.body, session->second).empty();
  }
  [[nodiscard]] bool is_in_trash(const ThrownAway& thrown) const {
    return std::any_of(found_.trash.begin(), found_.trash.end(), [&](const FoundTrash& entry) {
      return compare_trash(thrown, entry).empty();
    });
  }
  [[nodiscard]] std::string trash_text(const ThrownAway& thrown) const {
    std::string text = std::to_string(found_.trash.size()) + " entries";
    for (const FoundTrash& entry : found_.trash) text += "; " + compare_trash(thrown, entry);
    return text;
  }

  const World& world_;
  const Findings& found_;
  const bool again_;
};

// Where old blocks show, records of other files may be in them, and a second time what stood there
// before.
Findings without_old_blocks(const World& world, Findings found) {
  for (auto& [key, session] : found.live) {
    const auto body = world.live.find(key);
    if (body == world.live.end()) continue;
    std::set<std::string> expected;
    for (const Expected& record : body->second.records) expected.insert(record.bytes);
    std::erase_if(session.records, [&](const FoundRecord& record) {
      const bool is_ours = record.is_metadata || record.bytes.starts_with(kLaterStart);
      return !is_ours && expected.erase(record.bytes) == 0;
    });
  }
  return found;
}

// A report lists only so many damaged ranges: reads on from the last record before the last listed.
Status list_all_damage(Store& store, const std::string& key, FoundSession& session) {
  std::vector<Damage>& damage = session.report.damage;
  while (damage.size() < session.report.damage_count && !damage.empty()) {
    const std::uint64_t last = damage.back().offset;
    const auto behind =
        std::find_if(session.records.begin(), session.records.end(),
                     [&](const FoundRecord& record) { return record.position.offset > last; });
    if (behind == session.records.begin()) return {};
    ReadOptions how;
    how.from = std::prev(behind)->position;
    const ReadReport more = TRY(store.read(key, how, [](const Record&) { return true; }));
    std::copy_if(more.damage.begin(), more.damage.end(), std::back_inserter(damage),
                 [&](const Damage& one) { return one.offset > last; });
    if (damage.back().offset == last) return {};
  }
  return {};
}

Result<FoundSession> look_at_session(Store& store, const std::string& key) {
  FoundSession session;
  ReadOptions how;
  how.with_metadata = true;
  session.report = TRY(store.read(key, how, [&](const Record& record) {
    session.records.push_back(
        {std::string(record.bytes), record.position, record.kind == RecordKind::metadata});
    return true;
  }));
  CHECK_OK(list_all_damage(store, key, session));
  session.has_hole =
      std::any_of(session.report.damage.begin(), session.report.damage.end(),
                  [](const Damage& damage) { return damage.reason == DamageReason::unreadable; });
  const Status raw = store.read_raw(key, [&](std::string_view bytes) {
    session.raw += bytes;
    return true;
  });
  if (raw.ok() == session.has_hole) {
    return raw.ok() ? Status(Code::io, "a range is told as unreadable and is not") : raw;
  }
  if (session.has_hole) session.raw.clear();
  session.version = TRY(store.version(key));
  const Metadata metadata = TRY(store.metadata(key));
  if (const auto title = find_member(metadata.values, "title")) session.title = *title;
  return session;
}

}  // namespace

// Everything in the file was synced.
void make_sure(Body& body) {
  for (Expected& record : body.records) {
    if (record.promise == Promise::weak) record.promise = Promise::sure;
  }
}

void forget_positions(Body& body) {
  for (Expected& record : body.records) record.position.reset();
}

Result<Findings> look_at(Store& store) {
  Findings findings;
  const std::vector<SessionInfo> sessions = TRY(store.list());
  for (const SessionInfo& info : sessions) {
    findings.live[info.key] = TRY(look_at_session(store, info.key));
  }
  const std::vector<TrashEntry> trash = TRY(store.trash());
  for (const TrashEntry& entry : trash) findings.trash.push_back({entry, ""});
  return findings;
}

void read_trash_files(const SimFs& disk, Findings& findings) {
  for (FoundTrash& found : findings.trash) {
    found.raw = disk.read_file("/store/.everturn/trash/" + found.entry.id + ".0").value_or("");
  }
}

std::string compare(const Acks& acks, const Findings& found, bool again) {
  for (const FoundTrash& entry : found.trash) {
    if (acks.purged.contains(entry.entry.id)) return "what was purged is in the trash again";
  }
  std::string broken;
  for (const World& world : acks.worlds) {
    const std::string here = acks.shows_old_blocks
                                 ? WorldCheck(world, without_old_blocks(world, found), again).run()
                                 : WorldCheck(world, found, again).run();
    if (here.empty()) return "";
    broken += (broken.empty() ? "" : "; or ") + here;
  }
  return broken;
}

std::string_view without_padding(std::string_view raw) {
  const std::size_t last = raw.find_last_not_of("\t\n");
  return raw.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

namespace {
std::string around(const std::string& text, std::size_t at) {
  constexpr std::size_t kSide = 120;
  return text.substr(at - std::min(at, kSide), 2 * kSide);
}
}  // namespace

std::string check_damage_is_told(const FoundSession& session, bool overwritten) {
  std::string covered(session.raw.size(), '.');
  const auto cover = [&](std::uint64_t offset, std::uint64_t length) {
    if (offset + length > covered.size()) return false;
    const bool is_free = covered.substr(offset, length).find('#') == std::string::npos;
    covered.replace(offset, length, length, '#');
    return is_free;
  };
  for (const FoundRecord& record : session.records) {
    if (session.raw.compare(record.position.offset, record.bytes.size(), record.bytes) != 0) {
      return "a record does not stand at its position";
    }
    if (!cover(record.position.offset, record.bytes.size())) return "two records overlap";
  }
  for (const Damage& damage : session.report.damage) {
    if (!cover(damage.offset, damage.length)) return "damage overlaps a record";
  }
  const std::uint64_t in_flight = session.report.in_flight_bytes;
  if (in_flight > 0 && !cover(covered.size() - in_flight, in_flight)) return "in flight overlaps";
  const std::size_t end = without_padding(session.raw).size();
  std::size_t padding = 0;
  for (std::size_t at = 0; at < end; ++at) {
    padding = covered[at] == '.' && session.raw[at] == kPaddingByte ? padding + 1 : 0;
    const bool is_blanked = overwritten && session.raw[at] == ' ';
    const bool is_told = covered[at] == '#' || session.raw[at] == '\n' || padding > 0 || is_blanked;
    // Up to two of its bytes are shorter than any record.
    if (!is_told || padding > 2) {
      return "byte " + std::to_string(at) +
             " is in no record or damage: " + quote_json(around(session.raw, at)) +
             " of which are told: " + around(covered, at);
    }
  }
  return "";
}

}  // namespace everturn
