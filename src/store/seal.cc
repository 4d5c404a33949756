// SPDX-License-Identifier: Apache-2.0
// Seals where none are kept, and their words.
#include "everturn/seal.h"

#include "base/try.h"
#include "everturn/repair.h"
#include "store/engine.h"
#include "store/seal_line.h"

namespace everturn {

std::string_view seal_fault_name(SealFault fault) {
  switch (fault) {
    case SealFault::altered:
      return "altered";
    case SealFault::removed:
      return "removed";
    case SealFault::inserted:
      return "inserted";
    case SealFault::reordered:
      return "reordered";
    case SealFault::truncated:
      return "truncated";
  }
  return "altered";
}

std::string_view seal_standing_name(SealStanding standing) {
  switch (standing) {
    case SealStanding::unknown:
      return "unknown";
    case SealStanding::crash_tail:
      return "crash_tail";
    case SealStanding::as_sealed:
      return "as_sealed";
    case SealStanding::altered:
      return "altered";
  }
  return "unknown";
}

Result<SealReport> Engine::verify(std::string_view key, const VerifyOptions& how) {
  if (!how.head.empty()) CHECK_OK(parse_seal_head(how.head).status());
  SealReport report;
  CHECK_OK(read_raw(key, [&](std::string_view bytes) {
    report.bytes += bytes.size();
    return true;
  }));
  report.unsealed_bytes = report.bytes;
  if (report.bytes > 0) report.unsealed.push_back({0, report.bytes});
  if (!how.head.empty()) report.head_verdict = HeadVerdict::differs;
  return report;
}

Result<std::string> Engine::seal(std::string_view, bool) {
  return Status(Code::invalid, "no seals are kept here: only in a store's own folder");
}

}  // namespace everturn
