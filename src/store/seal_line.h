// SPDX-License-Identifier: Apache-2.0
// A line of a seal file. Pure: no disk.
//
// A chain begins with a `begin` line: its file, from which byte on, and a random salt, which is h_0
// (no unsalted hash of content is ever stored). Each `seal` line says: up to `end` the file holds
// `lines` lines since the chain's beginning, and their hash is `head`. Between two seal lines the
// chain goes on over the lines of the session, so a seal line that is lost only makes the next one
// cover more. Each line has a check of itself: what is torn or flipped proves nothing, and raises
// no alarm.
#ifndef EVERTURN_STORE_SEAL_LINE_H_
#define EVERTURN_STORE_SEAL_LINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "everturn/status.h"

namespace everturn {

struct SealLine {
  enum class Kind : std::uint8_t { begin, seal };
  Kind kind = Kind::seal;
  std::uint64_t file = 0;   // the generation of the file that it is about
  std::uint64_t chain = 0;  // counts the chains of one seal file
  std::int64_t at_ns = 0;

  // Of `begin`:
  std::uint64_t from = 0;
  Sha256 salt{};  // its second half is zero
  std::string why;
  bool anew = false;     // earlier chains of this file no longer count: we rewrote it
  std::string old_head;  // of the chain before it, base64url; empty if there is none

  // Of `seal`:
  std::uint64_t end = 0;    // behind a line end
  std::uint64_t lines = 0;  // since `from`
  Sha256 head{};
  bool late = false;  // some of it was written earlier and hashed from the file
  // Of each of its lines, four bytes of its h, where they are few; else empty.
  std::vector<std::uint32_t> marks;
};
inline constexpr std::size_t kSealMarksMax = 64;
// A line of a session that is longer is never sealed: each one is held in memory as a whole.
inline constexpr std::uint64_t kSealedLineMax = 1ULL << 30;

// With its line end; add_seal_line behind what `text` holds already.
void add_seal_line(std::string& text, const SealLine& line);
std::string compose_seal_line(const SealLine& line);
// nullopt for anything that compose_seal_line did not make, whole.
std::optional<SealLine> parse_seal_line(std::string_view text);

std::uint32_t seal_mark(const Sha256& head);
std::string head_text(const Sha256& head);  // base64url

// What is stored elsewhere: with the salt in it, it can be compared with the session alone.
struct SealHead {
  std::uint64_t from = 0;
  std::uint64_t end = 0;
  Sha256 salt{};
  Sha256 head{};
};
std::string compose_seal_head(const SealHead& head);  // "es1.0.1234.….…"
Result<SealHead> parse_seal_head(std::string_view text);

}  // namespace everturn

#endif  // EVERTURN_STORE_SEAL_LINE_H_
