// SPDX-License-Identifier: Apache-2.0
// Seals: proof of what a session's bytes were, and of how far they were durable. In a folder of its
// own a store keeps, beside each session, a chain of hashes over its lines, h = SHA-256(h before ||
// line), and adds to it behind each sync. They are disposable: without them only the proof is lost.
// Who can write to the folder can also forge them; a head that is kept elsewhere cannot be forged.
//
// Store::seal makes durable what is there and seals what no seal covers: what was appended at a
// weaker level, what others wrote, sessions from before. It answers `damaged` where verify() finds
// something, unless it shall seal `anew` what is there now; `invalid` where no seals are kept.
//
// Plain values: copy them, share them, no locks.
#ifndef EVERTURN_SEAL_H_
#define EVERTURN_SEAL_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace everturn {

enum class SealFault : std::uint8_t {
  altered,    // other bytes stand in the place of what was sealed
  removed,    // sealed lines are gone from between others
  inserted,   // lines stand between sealed ones that were not there
  reordered,  // sealed lines stand in another place
  truncated,  // the session ends before its seals do
};
std::string_view seal_fault_name(SealFault fault);

// A place where a session does not fit its seals.
struct SealFinding {
  SealFault fault = SealFault::altered;
  // The first line concerned, counted from 1: in the session as it was sealed; for `inserted` in
  // the file as it is.
  std::uint64_t line = 0;
  // How many may be concerned: more than one where a seal covers several lines and does not tell
  // them apart.
  std::uint64_t lines = 1;
  std::uint64_t offset = 0;  // where it shows, in the file as it is
  std::uint64_t length = 0;  // of what stands there; 0 where something is missing
  std::string detail;        // one sentence
};

struct SealRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // behind the last byte
};

// A moment at which a new chain began, for instance because the session was rewritten.
struct SealLink {
  std::string why;         // "save", "repair", "rename", ...; "replaced": by another program
  std::int64_t at_ns = 0;  // since 1970
  std::string old_head;    // of the chain before, base64url; empty if there was none
};

enum class HeadVerdict : std::uint8_t {
  none,     // no head was given
  fits,     // the session begins with exactly what it was taken of
  differs,  // it does not, or the session was rewritten since: SealReport::links says by what
};

struct VerifyOptions {
  std::string head;  // what Store::seal gave, kept elsewhere
  // Told now and then how many bytes were read; may be empty. False stops: `unavailable`.
  std::function<bool(std::uint64_t)> progress;
};

struct SealReport {
  bool has_seals = false;  // of this file; else everything is unsealed
  // The seals are of another file with the same bytes: a copy, or a backup brought back.
  bool is_copy = false;
  std::uint64_t bytes = 0;         // of the session, without padding
  std::uint64_t sealed_bytes = 0;  // of them, those that fit their seals
  std::uint64_t sealed_lines = 0;
  // Behind the last byte that a seal covers. What stands before was durable.
  std::uint64_t watermark = 0;
  std::vector<SealRange> fitting;   // in order; beside one another they are one
  std::vector<SealRange> unsealed;  // in order
  std::uint64_t unsealed_bytes = 0;
  // Above the watermark: damage and an unterminated end, as a crash leaves them. Normal.
  std::uint64_t crash_tail_bytes = 0;
  std::uint64_t finding_count = 0;
  std::vector<SealFinding> findings;  // the first kSealFindingsListed of them, in file order
  std::vector<SealLink> links;        // oldest first; those that the seals still know
  std::string head;                   // of the newest chain, as Store::seal gives it; or empty
  HeadVerdict head_verdict = HeadVerdict::none;

  // Something does not fit: somebody, or the disk, changed what was acknowledged.
  [[nodiscard]] bool is_alarm() const {
    return finding_count > 0 || head_verdict == HeadVerdict::differs;
  }
};
inline constexpr std::size_t kSealFindingsListed = 100;

}  // namespace everturn

#endif  // EVERTURN_SEAL_H_
