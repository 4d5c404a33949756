// SPDX-License-Identifier: Apache-2.0
#include "views/retain.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/try.h"
#include "base/utf8.h"
#include "store/atomic_file.h"

namespace everturn {
namespace {

// The records of the session, apart: those that stay, and those that go.
struct Split {
  std::vector<std::string> stay;
  std::vector<std::string> go;
  Version version;
};

// What is saved and what is archived are records: nothing else may be behind them.
Status nothing_goes_unseen(const ReadReport& report, std::string_view key) {
  for (const Damage& one : report.damage) {
    if (one.reason == DamageReason::oversize) {
      return {Code::invalid, printable(key) +
                                 " holds a record over the size limit, which would go unseen; "
                                 "raise --max-record"};
    }
    if (one.reason == DamageReason::unreadable) {
      return {Code::io, "of " + printable(key) + " the disk cannot read " +
                            std::to_string(one.length) + " bytes at byte " +
                            std::to_string(one.offset) +
                            ", which would go unseen; take what can be read (everturn rescue)"};
    }
  }
  return {};
}

Result<Split> split(Store& store, std::string_view key, const Retention& plan) {
  Split split;
  std::uint32_t number = 0;
  ReadOptions how;
  how.with_metadata = true;
  const ReadReport report = TRY(store.read(key, how, [&](const Record& record) {
    const bool goes = std::binary_search(plan.gone.begin(), plan.gone.end(), number++);
    if (record.kind != RecordKind::metadata) {
      (goes ? split.go : split.stay).emplace_back(record.bytes);
    }
    return true;
  }));
  CHECK_OK(nothing_goes_unseen(report, key));
  split.version = report.version;
  return split;
}

Status write_archive(Fs& fs, const std::string& path, const std::vector<std::string>& records) {
  const std::unique_ptr<AtomicFile> file = TRY(create_new_file(fs, path));
  for (const std::string& record : records) CHECK_OK(file->write(record + "\n"));
  return file->commit();
}

}  // namespace

Status retain(Fs& fs, Store& store, std::string_view key, const Retention& plan,
              const Version& read_at, const std::string& archive) {
  const Split records = TRY(split(store, key, plan));
  if (!(records.version == read_at)) {
    return {Code::conflict, printable(key) + " was written meanwhile; try again"};
  }
  if (TRY(store.info()).read_only) {  // before there is an archive of what stays
    return {Code::invalid, printable(key) +
                               " is only for reading; in another agent's folder --store FOLDER "
                               "--write-foreign allows it"};
  }
  if (!archive.empty()) CHECK_OK(write_archive(fs, archive, records.go));
  WriteOptions how;
  how.create = Create::never;
  how.expected = records.version;
  if (plan.dropped_consolidated > 0) {
    MetadataChange change;
    change.last_consolidated = static_cast<std::int64_t>(plan.kept_consolidated);
    how.expected = TRY(store.update_metadata(key, change, how)).version;
  }
  const std::vector<std::string_view> stay(records.stay.begin(), records.stay.end());
  TRY(store.save(key, stay, how));
  return {};
}

}  // namespace everturn
