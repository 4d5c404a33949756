// SPDX-License-Identifier: Apache-2.0
// .everturn/audit.jsonl: who redacted what, a line a place, without any content.
#ifndef EVERTURN_STORE_AUDIT_H_
#define EVERTURN_STORE_AUDIT_H_

#include <string>
#include <string_view>

#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn {

inline constexpr std::string_view kAuditFile = "audit.jsonl";

// Adds `line`, which ends with '\n', durably. Any number of processes.
Status add_audit_line(Folder& side, std::string_view line);

}  // namespace everturn

#endif  // EVERTURN_STORE_AUDIT_H_
