// SPDX-License-Identifier: Apache-2.0
// Workloads that damage sessions and repair them.
#include <string>

#include "tests/crash/store_workload.h"

namespace everturn {

std::string damaged_session(std::string_view key) {
  const auto record = [](std::uint64_t number) { return record_of(number, 60); };
  std::string bytes = R"({"_type":"metadata","by":"everturn","key":")" + std::string(key) +
                      R"(","created_at":"","updated_at":"","metadata":{},"last_consolidated":0})";
  bytes += "\n" + record(1) + "\n";
  bytes += record(2) + record(3) + "\n";
  // Torn right behind an inner object that begins with a sector.
  std::string torn = R"({"n":20,"list":[")";
  torn += std::string(1024 - bytes.size() - torn.size() - 2, 'u') + "\",";
  bytes += torn + R"({"n":30,"id":"inner"} )" + record(4) + "\n";
  bytes += std::string(600, '\0') + record(5) + "\n";
  bytes += "%PDF-1.7 a block of another file\n";
  bytes += record(6) + "\n";
  return bytes + record_of(21, 700).substr(0, 300);
}

void Process::find_damaged(const std::string& key) {
  constexpr std::uint64_t kRecords = 6;
  for (World& world : acks_.worlds) {
    for (std::uint64_t number = 1; number <= kRecords; ++number) {
      world.live[key].records.push_back({record_of(number, 60), Promise::sure, number, {}});
    }
  }
  acks_.damaged[key].original = damaged_session(key);
  acks_.next_number = acks_.next_batch = 100;
}

void Process::spoil(const std::string& key, const std::string& bytes,
                    const std::vector<std::string>& records) {
  const std::string path = session_path(key);
  disk_.write_file(path, disk_.read_file(path).value_or("") + bytes);
  const std::uint64_t batch = acks_.next_batch++;
  for (World& world : acks_.worlds) {
    Body& body = world.live[key];
    make_sure(body);
    for (const std::string& record : records) {
      body.records.push_back({record, Promise::sure, batch, {}});
    }
  }
}

void Process::watch_bytes(const std::string& key) {
  const std::string bytes = disk_.read_file(session_path(key)).value_or("");
  acks_.damaged[key].original = without_padding(bytes);
}

bool Process::repair(const std::string& key, const RepairOptions& how) {
  if (store_ == nullptr) return false;
  acks_.retry.reset();
  Damaged& damaged = acks_.damaged[key];
  const std::uint64_t before = disk_.mutations();
  const Result<RepairReport> reply = store_->repair(key, how);
  if (reply && !reply->receipt_id.empty()) receipts_[key] = reply->receipt_id;
  damaged.may_be_repaired = true;
  if (reply) damaged.may_be_original = false;
  return step(reply.status(), before, [&](World& world) {
    forget_positions(world.live[key]);
    if (!how.in_place) make_sure(world.live[key]);
    return true;
  });
}

bool Process::undo_repair(const std::string& key) {
  if (store_ == nullptr || !receipts_.contains(key)) return false;
  acks_.retry.reset();
  Damaged& damaged = acks_.damaged[key];
  const std::uint64_t before = disk_.mutations();
  const Status status = store_->undo_repair(receipts_[key]);
  damaged.may_be_original = true;
  if (status.ok()) damaged.may_be_repaired = false;
  return step(status, before, [&](World& world) {
    forget_positions(world.live[key]);
    make_sure(world.live[key]);
    return true;
  });
}

}  // namespace everturn
