// SPDX-License-Identifier: Apache-2.0
// .everturn/audit.jsonl: who redacted or purged what, a line a place, without any content.
#ifndef EVERTURN_STORE_AUDIT_H_
#define EVERTURN_STORE_AUDIT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_object.h"
#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn {

inline constexpr std::string_view kAuditFile = "audit.jsonl";

// The beginning of a line of schema everturn.audit/1.
JsonObject audit_line(std::int64_t at_ns, std::string_view action, std::string_view who);
// Adds `line`, which ends with '\n', durably. Any number of processes.
Status add_audit_line(Folder& side, std::string_view line);

}  // namespace everturn

#endif  // EVERTURN_STORE_AUDIT_H_
