// SPDX-License-Identifier: Apache-2.0
#include "store/audit.h"

#include <memory>
#include <utility>

#include "base/time_text.h"
#include "base/try.h"
#include "journal/replace.h"

namespace everturn {

JsonObject audit_line(std::int64_t at_ns, std::string_view action, std::string_view who) {
  JsonObject line("everturn.audit/1");
  line.add("at", iso_utc_time(at_ns)).add("action", action).add("by", who);
  return line;
}

Status add_audit_line(Folder& side, std::string_view line) {
  Result<std::unique_ptr<File>> file = side.open(kAuditFile, Access::append);
  if (!file && file.status().code() == Code::not_found) {
    file = side.open(kAuditFile, Access::create_new);
    if (file.status().code() == Code::conflict) file = side.open(kAuditFile, Access::append);
  }
  if (!file) return file.status();
  const FileInfo info = TRY((*file)->info());
  char last = '\n';
  if (info.size > 0) TRY((*file)->read_at(info.size - 1, &last, 1));
  // Behind half a line, which a cut left.
  CHECK_OK(append_all(**file, (last == '\n' ? "" : "\n") + std::string(line)));
  CHECK_OK((*file)->sync_data());
  return side.sync();
}

}  // namespace everturn
