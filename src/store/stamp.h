// SPDX-License-Identifier: Apache-2.0
#ifndef EVERTURN_STORE_STAMP_H_
#define EVERTURN_STORE_STAMP_H_

#include "everturn/report.h"
#include "fs/fs.h"

namespace everturn {

inline FileStamp stamp_of(const FileInfo& info) {
  return {info.id.device, info.id.inode,    info.id.birth_ns,
          info.size,      info.modified_ns, info.changed_ns};
}

// Size, time and stamp of a listing's line.
inline void set_stamp(const FileInfo& found, SessionInfo& info) {
  info.bytes = found.size;
  info.modified_ns = found.modified_ns;
  info.stamp = stamp_of(found);
}

inline void set_counts(const ReadReport& report, SessionInfo& info) {
  info.checked = true;
  info.records = report.records;
  info.damage_count = report.damage_count;
  info.damage_bytes = report.damage_bytes;
  info.in_flight_bytes = report.in_flight_bytes;
  info.salvaged = report.salvaged;
  info.note_count = report.note_count;
}

}  // namespace everturn

#endif  // EVERTURN_STORE_STAMP_H_
