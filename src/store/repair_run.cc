// SPDX-License-Identifier: Apache-2.0
#include "store/repair_run.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "journal/unreadable.h"

namespace everturn {
namespace {

struct Noun {
  std::string_view reason;
  std::string_view one;
  std::string_view many;
};

constexpr Noun kRecord = {"", "record", "records"};
constexpr Noun kByte = {"", "byte", "bytes"};
constexpr Noun kRange = {"", "range", "ranges"};
constexpr Noun kTornTail = {"", "torn tail", "torn tails"};
constexpr Noun kOther = {"", "block of other bytes", "blocks of other bytes"};
constexpr Noun kNouns[] = {
    {"torn", "torn record", "torn records"},
    {"zeros", "block of NUL bytes", "blocks of NUL bytes"},
    {"gap", "gap", "gaps"},
    {"bad_utf8", "record with bad bytes", "records with bad bytes"},
    {"not_object", "other JSON value", "other JSON values"},
    {"byte_order_mark", "byte order mark", "byte order marks"},
};

const Noun& noun_of(std::string_view reason) {
  for (const Noun& noun : kNouns) {
    if (noun.reason == reason) return noun;
  }
  return kOther;
}

std::string counted(std::uint64_t count, const Noun& noun) {
  return std::to_string(count) + " " + std::string(count == 1 ? noun.one : noun.many);
}

}  // namespace

void RepairTally::add_step(std::uint64_t offset, std::uint64_t length, RepairAction action,
                           std::string_view reason, std::string_view detail) {
  ++report_.step_count;
  if (action == RepairAction::leave) ++report_.left_count;
  if (report_.steps.size() >= kDamageListed) return;
  report_.steps.push_back({offset, length, action, std::string(reason), std::string(detail)});
}

Status RepairTally::on_edit(const RepairEdit& edit) {
  const bool is_left = in_place_ && edit.action != RepairAction::set_aside;
  add_step(edit.offset, edit.taken.size(), is_left ? RepairAction::leave : edit.action, edit.reason,
           edit.detail);
  if (is_left) return {};
  script_.update(std::to_string(edit.offset) + " " + std::to_string(edit.taken.size()) + " " +
                 std::to_string(edit.put.size()) + "\n");
  script_.update(edit.taken);
  if (!in_place_) {
    taken_bytes_ += edit.taken.size();
    added_bytes_ += edit.put.size();
  }
  if (edit.action != RepairAction::set_aside) return {};
  ++report_.set_aside_count;
  report_.set_aside_bytes += edit.taken.size();
  Group& group = set_aside_[std::string(edit.reason)];
  ++group.count;
  group.bytes += edit.taken.size();
  last_set_aside_ = {edit.offset, edit.taken.size(), edit.action, std::string(edit.reason), {}};
  return {};
}

Status RepairTally::on_leave(const Damage& damage) {
  add_step(damage.offset, damage.length, RepairAction::leave, damage_reason_name(damage.reason),
           damage.detail);
  return {};
}

std::string RepairTally::summary(const RepairReport& report) const {
  std::string text;
  const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  const auto add_group = [&add](Group group, const Noun& noun) {
    if (group.count == 0) return;
    add(counted(group.count, noun) + " (" + counted(group.bytes, kByte) + ") set aside");
  };
  if (!report.has_work()) {
    add(counted(report.records, kRecord) + ", nothing to repair");
  } else if (report.recovered > 0) {
    add(counted(report.recovered, kRecord) + " recovered");
  }
  const bool has_tail = last_set_aside_.reason == "torn" &&
                        last_set_aside_.offset + last_set_aside_.length == report.bytes_before;
  for (auto [reason, group] : set_aside_) {
    if (has_tail && reason == "torn") {
      --group.count;
      group.bytes -= last_set_aside_.length;
    }
    add_group(group, noun_of(reason));
  }
  if (has_tail) add_group({1, last_set_aside_.length}, kTornTail);
  if (report.has_work()) add("nothing lost");
  if (report.left_count > 0) add(counted(report.left_count, kRange) + " left in place");
  return text;
}

RepairReport RepairTally::report(const RepairPlanner& planner, std::uint64_t bytes) const {
  RepairReport report = report_;
  report.records = planner.records();
  report.recovered = planner.recovered();
  report.bytes_before = bytes;
  report.bytes_after = bytes - taken_bytes_ + added_bytes_;
  report.summary = summary(report);
  return report;
}

std::string RepairTally::receipt_id(std::string_view file_name, const FileId& file) const {
  constexpr std::size_t kIdDigits = 24;
  const std::string whole = std::string(file_name) + '\0' + std::to_string(file.inode) + '\0' +
                            std::to_string(file.birth_ns) + '\0' + hex(script_.digest());
  return hex(sha256(whole)).substr(0, kIdDigits);
}

std::string blanked(std::string_view bytes) {
  std::string blanks(bytes.size(), ' ');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\n') blanks[i] = '\n';
  }
  if (!blanks.empty()) blanks.front() = blanks.back() = '\n';
  return blanks;
}

Status RepairCopy::put(std::string_view bytes) {
  after_.update(bytes);
  after_bytes_ += bytes.size();
  return fresh_ == nullptr ? Status() : fresh_->write(bytes);
}

Status RepairCopy::copy_up_to(std::uint64_t offset) {
  return for_each_piece(old_, at_, offset, [this](std::string_view bytes) {
    before_.update(bytes);
    at_ += bytes.size();
    last_byte_ = bytes.back();
    return put(bytes);
  });
}

Status RepairCopy::on_edit(const RepairEdit& edit) {
  CHECK_OK(tally_.on_edit(edit));
  if (in_place_ && edit.action != RepairAction::set_aside) return {};
  CHECK_OK(copy_up_to(edit.offset));
  before_.update(edit.taken);
  at_ += edit.taken.size();
  if (!edit.taken.empty()) last_byte_ = edit.taken.back();
  if (!in_place_) {
    if (quarantine_ != nullptr) CHECK_OK(quarantine_->add(edit));
    return put(edit.put);
  }
  const std::string blanks = blanked(edit.taken);
  RepairEdit blanking = edit;
  blanking.put = blanks;
  if (quarantine_ != nullptr) CHECK_OK(quarantine_->add(blanking));
  return put(blanks);
}

std::string overwritten(std::string_view bytes, int step) {
  if (step == kOverwriteSteps - 1) return blanked(bytes);
  std::string text(bytes);
  if (step > 0) std::replace(text.begin(), text.end(), '{', ' ');
  if (!text.empty()) text.back() = '\n';
  return text;
}

Status RepairCheck::read_up_to(File& file, std::uint64_t end) {
  const std::uint64_t begin = bytes_;
  CHECK_OK(for_each_piece(file, begin, end, [this](std::string_view bytes) {
    hash_.update(bytes);
    bytes_ += bytes.size();
    return Status();
  }));
  CHECK_OK(read_lines(file, begin, end, limits_, *this));
  return status_;
}

bool RepairCheck::on_line(std::uint64_t offset, std::string_view bytes, bool) {
  return scanner_.line(offset, bytes, true);
}

bool RepairCheck::on_long_line(std::uint64_t, std::uint64_t) { return true; }

bool RepairCheck::on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view) {
  status_ = unreadable_range(offset, length).within("read back what the repair wrote");
  return false;
}

bool RepairCheck::on_record(const ScannedRecord&) {
  ++records_;
  return true;
}

bool RepairCheck::on_damage(Damage damage) {
  if (damage.reason == DamageReason::not_object && keeps_other_json_) return true;
  status_ = Status(Code::damaged, "what the repair wrote holds damage at byte " +
                                      std::to_string(damage.offset) + "; the session is as it was");
  return false;
}

}  // namespace everturn
