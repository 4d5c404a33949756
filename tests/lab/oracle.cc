// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/oracle.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/session_name.h"
#include "tests/lab/folder_image.h"

namespace everturn::lab {
namespace {

constexpr std::string_view kQuarantine = ".everturn/quarantine/";
const std::string kLater = std::string(kLaterStart) + "\"a record behind the crash\"}";

std::vector<std::string> plain_records(const FoundSession& session) {
  std::vector<std::string> records;
  for (const FoundRecord& record : session.records) {
    if (!record.is_metadata) records.push_back(record.bytes);
  }
  return records;
}

class Oracle {
 public:
  Oracle(const std::string& folder, const Acks& acks) : folder_(folder), acks_(acks) {}

  Finding run(bool goes_on) {
    look();
    if (finding_.holds()) compare_all();
    if (finding_.holds() && goes_on) go_on();
    return finding_;
  }

 private:
  void fail(const std::string& sentence) {
    if (finding_.holds()) finding_.broken = sentence;
  }

  void look() {
    if (!acks_.broken.empty()) return fail(acks_.broken);
    const FolderImage before = take_image(folder_);
    Result<std::unique_ptr<Store>> opened = open_store("dir:" + folder_);
    if (!opened) {
      finding_.unreadable += acks_.worlds.front().live.size();
      return fail("open: " + opened.status().message());
    }
    store_ = *std::move(opened);
    Result<Findings> found = look_at(*store_);
    if (!found) {
      ++finding_.unreadable;
      return fail("read: " + found.status().message());
    }
    found_ = *std::move(found);
    // A seal that has survived covers nothing that has not.
    for (const auto& [key, session] : found_.live) {
      const Result<SealReport> seals = store_->verify(key);
      if (seals && seals->is_alarm()) return fail("a false alarm of the seals of " + key);
    }
    image_ = take_image(folder_);
    if (before != image_) return fail("reading changed the folder");
    take_raw_from(image_, found_);
    for (FoundTrash& thrown : found_.trash) {
      const auto raw = image_.files.find(".everturn/trash/" + thrown.entry.id + ".0");
      if (raw != image_.files.end()) thrown.raw = raw->second;
    }
  }

  // The store gives no raw bytes of a session with a hole; the image has them.
  static void take_raw_from(const FolderImage& image, Findings& found) {
    for (auto& [key, session] : found.live) {
      if (!session.has_hole) continue;
      const auto raw = image.files.find(session_file_name(key, false));
      if (raw != image.files.end()) session.raw = raw->second;
    }
  }

  // Of a session with a hole: refused with the range and the remedy, instead of done.
  static bool is_refused_for_hole(const FoundSession& session, const Status& status) {
    return session.has_hole && status.code() == Code::io &&
           status.message().find("the disk cannot read") != std::string::npos &&
           status.message().find("everturn rescue") != std::string::npos;
  }

  void compare_all() {
    for (const auto& [key, session] : found_.live) {
      const std::string broken = untold(key, session);
      if (broken.empty()) continue;
      finding_.unaccounted_bytes += session.raw.size();
      fail(key + ": " + broken);
    }
    for (const auto& [key, damaged] : acks_.damaged) compare_damaged(key, damaged);
    const std::string broken = compare(acks_, found_, false);
    if (broken.empty()) return;
    count_lost();
    fail(broken);
  }

  [[nodiscard]] std::string untold(const std::string& key, const FoundSession& session) const {
    return check_damage_is_told(session, acks_.damaged.contains(key));
  }

  // What a repair took away is in quarantine, and what was undone is as it was.
  void compare_damaged(const std::string& key, const Damaged& damaged) {
    const std::string& raw = found_.live[key].raw;
    const bool is_original = raw.starts_with(damaged.original);
    if (is_original && !damaged.may_be_original) fail(key + " is not repaired");
    if (!is_original && !damaged.may_be_repaired) fail(key + " is not as it was");
    const std::string broken = check_bytes_are_kept(image_.files, kQuarantine, damaged, raw);
    if (broken.empty()) return;
    ++finding_.unaccounted_bytes;
    fail(key + ": " + broken);
  }

  // Of the world that is missing least.
  void count_lost() {
    std::set<std::string> present;
    std::string trash;
    for (const auto& [key, session] : found_.live) {
      for (const FoundRecord& record : session.records) present.insert(record.bytes);
    }
    for (const FoundTrash& thrown : found_.trash) trash += thrown.raw;
    std::uint64_t least = UINT64_MAX;
    for (const World& world : acks_.worlds) {
      std::uint64_t lost = 0;
      for (const auto& [key, body] : world.live) {
        lost += static_cast<std::uint64_t>(
            std::count_if(body.records.begin(), body.records.end(), [&](const Expected& record) {
              return record.promise == Promise::sure && !present.contains(record.bytes) &&
                     trash.find(record.bytes) == std::string::npos;
            }));
      }
      least = std::min(least, lost);
    }
    finding_.lost += least;
  }

  void go_on() {
    const Findings before = found_;
    std::set<std::string> refused;
    for (const auto& [key, session] : before.live) {
      const Result<Appended> reply = store_->append(key, {kLater});
      if (!reply && is_refused_for_hole(session, reply.status())) {
        refused.insert(key);
        reopen();
      } else if (!reply) {
        return fail("the next append to " + key + ": " + reply.status().message());
      }
    }
    if (const Status status = store_->sweep(); !status.ok()) {
      return fail("sweep: " + status.message());
    }
    Result<Findings> found = look_at(*store_);
    if (!found) return fail("read again: " + found.status().message());
    take_raw_from(take_image(folder_), *found);
    for (const auto& [key, session] : before.live) {
      const FoundSession& now = found->live[key];
      std::vector<std::string> wanted = plain_records(session);
      if (!refused.contains(key)) wanted.push_back(kLater);
      if (plain_records(now) != wanted) fail(key + ": the next append changed other records");
      if (!now.raw.starts_with(without_padding(session.raw))) {
        fail(key + ": the next append changed bytes before it");
      }
      if (now.title != session.title) fail(key + ": the next append changed the title");
      if (const std::string broken = untold(key, now); !broken.empty()) {
        fail(key + ", after the next append: " + broken);
      }
    }
    for (const auto& [key, damaged] : acks_.damaged) {
      if (finding_.holds()) repair_and_undo(key, found->live[key]);
    }
  }

  // A write that fails closes the store.
  void reopen() {
    store_.reset();
    Result<std::unique_ptr<Store>> opened = open_store("dir:" + folder_);
    if (!opened) return fail("open again: " + opened.status().message());
    store_ = *std::move(opened);
  }

  // However often a repair was begun before, it makes whole lines of the session; and undoing it
  // gives back every byte.
  void repair_and_undo(const std::string& key, const FoundSession& before) {
    const Result<RepairReport> report = store_->repair(key);
    if (!report && is_refused_for_hole(before, report.status())) return;
    if (!report) return fail("repair " + key + ": " + report.status().message());
    const Result<Findings> repaired = look_at(*store_);
    if (!repaired) return fail("read what was repaired: " + repaired.status().message());
    const FoundSession& now = repaired->live.at(key);
    if (plain_records(now) != plain_records(before)) fail(key + ": a repair changed the records");
    if (now.report.damage_count > 0 || now.report.in_flight_bytes > 0) {
      fail(key + ": a repair left damage");
    }
    if (report->receipt_id.empty()) return;
    const Status undone = store_->undo_repair(report->receipt_id);
    if (!undone.ok()) return fail("undo " + key + ": " + undone.message());
    const Result<Findings> old = look_at(*store_);
    if (!old) return fail("read what was undone: " + old.status().message());
    if (!old->live.at(key).raw.starts_with(without_padding(before.raw))) {
      fail(key + ": undoing a repair gave other bytes");
    }
  }

  const std::string& folder_;
  const Acks& acks_;
  Finding finding_;
  Findings found_;
  FolderImage image_;
  std::unique_ptr<Store> store_;
};

}  // namespace

Finding check_folder(const std::string& folder, const Acks& acks, bool goes_on) {
  try {
    return Oracle(folder, acks).run(goes_on);
  } catch (const std::filesystem::filesystem_error& failure) {
    // The file system itself is broken, as behind a device that lies.
    Finding finding;
    finding.unreadable = acks.worlds.empty() ? 0 : acks.worlds.front().live.size();
    finding.broken = std::string("the folder cannot be read: ") + failure.what();
    return finding;
  }
}

}  // namespace everturn::lab
