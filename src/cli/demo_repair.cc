// SPDX-License-Identifier: Apache-2.0
// Part 4: the damaged transcript is repaired, and the repair is taken back.
#include "base/digest.h"
#include "base/json.h"
#include "base/try.h"
#include "cli/demo.h"
#include "everturn/store.h"

namespace everturn::cli::demo {
namespace {

struct FileNow {
  std::string sha256;
  std::uint64_t strict_lines = 0;  // one JSON object each
};

std::uint64_t count_strict_lines(std::string_view bytes) {
  std::uint64_t count = 0;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    JsonFault fault;
    count += is_json_object_by_grammar(bytes.substr(0, end), &fault) ? 1 : 0;
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return count;
}

Result<FileNow> look_at_file(Store& store) {
  std::string bytes;
  CHECK_OK(store.read_raw(kDamagedKey, [&bytes](std::string_view piece) {
    bytes += piece;
    return true;
  }));
  return FileNow{hex(sha256(bytes)), count_strict_lines(bytes)};
}

Result<ReadReport> load(Store& store) {
  return store.read(kDamagedKey, {}, [](const Record&) { return true; });
}

}  // namespace

Result<RepairDemoReport> repair_and_undo(const Stage& stage) {
  CHECK_OK(check_not_stopped());
  const std::unique_ptr<Store> store = TRY(open_store("dir:" + damaged_folder(stage.folder)));
  RepairDemoReport report;
  report.records_before = TRY(load(*store)).records;
  report.sha256_before = TRY(look_at_file(*store)).sha256;

  const RepairReport repaired = TRY(store->repair(kDamagedKey));
  report.summary = repaired.summary;
  const ReadReport read = TRY(load(*store));
  report.records_repaired = read.records;
  report.damage_repaired = read.damage_count;
  const FileNow now = TRY(look_at_file(*store));
  report.sha256_repaired = now.sha256;
  report.strict_repaired = now.strict_lines;

  CHECK_OK(store->undo_repair(repaired.receipt_id));
  report.sha256_undone = TRY(look_at_file(*store)).sha256;
  return report;
}

}  // namespace everturn::cli::demo
