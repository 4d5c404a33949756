// SPDX-License-Identifier: Apache-2.0
// Adds to the seals of sessions: .everturn/cache/seals/<file name>.seal, lines as seal_line.h has
// them. Only in own folders on file systems that tell birth times, for a seal names its file.
//
// A seal is written behind the sync of what it covers, and is never synced itself: one that is
// there after a power cut proves what was durable. The caller holds the session's lock. Nothing
// here fails or delays a write: what cannot be sealed now is sealed by a later call, from the file.
#ifndef EVERTURN_STORE_SEALER_H_
#define EVERTURN_STORE_SEALER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "fs/fs.h"
#include "store/dir_context.h"
#include "store/seal_line.h"

namespace everturn {

// The name of a session's seal file.
std::string seal_file_name(std::string_view session_file);
// True where this store keeps seals of such a file.
bool keeps_seals(const DirContext& context, const FileId& id);
// The lines of a session's seal file that are whole, in order; none if there is no such file.
Result<std::vector<SealLine>> read_seals(DirContext& context, std::string_view session_file);
// Removes a session's seals; no failure if there are none.
Status drop_seals(DirContext& context, std::string_view session_file);

// Removes what they say of other files than this one. The session's lock is held.
Status keep_seals_of(DirContext& context, std::string_view session_file, std::uint64_t generation);

// The lines of a file that is being written, hashed from memory while the disk takes them. One
// thread at a time.
class FreshLines {
 public:
  explicit FreshLines(Fs& fs);
  void add(std::string_view line);  // without its line end

 private:
  friend class Sealer;
  Sha256 salt_;
  LineChain chain_;
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_ = 0;
};

// The seals of one session, open for adding. One thread at a time.
class Sealer {
 public:
  // `context` must outlive this.
  explicit Sealer(DirContext& context) : context_(context) {}

  // Behind a durable append: `lines` are whole and stand at `begin` of `file`. Bytes before them
  // that were never sealed (others', or of weaker levels) are taken along from the file, up to
  // kGapMax; behind a larger gap a new chain begins. Without `lines`: only what stands before
  // `begin`, which is the end of a line.
  void appended(const std::string& session_file, const FileId& id, File& file, std::uint64_t begin,
                std::string_view lines) noexcept;
  static constexpr std::uint64_t kGapMax = 1 << 20;
  // Why the next chain begins, if one must: of a rewrite that the next append completes.
  void expect(std::string_view why) { expected_why_ = why; }

  // Behind a durable rewrite, by which `file` took the place of what stood there, or was made: a
  // chain over all its lines up to `end`, linked to the one before. `before`: the head before, if
  // it is in another seal file.
  void rewritten(const std::string& session_file, const FileId& id, File& file, std::uint64_t end,
                 std::string_view why, const std::string& before = {}) noexcept;
  // The same of a file that holds exactly these lines.
  void rewritten(const std::string& session_file, const FileId& id, const FreshLines& lines,
                 std::string_view why) noexcept;
  // As the first one, and says what went wrong.
  Status seal_anew(const std::string& session_file, const FileId& id, File& file, std::uint64_t end,
                   std::string_view why, const std::string& before = {});
  // Before bytes of the file are changed in place: seals up to now no longer count. This alone is
  // synced, else a power cut in the middle would leave seals that the file does not fit; where that
  // fails, nothing may be changed.
  Status void_seals(const std::string& session_file, const FileId& id, std::string_view why);
  // Seals what the newest chain does not cover yet; seal_anew() if there is none of this file.
  Status seal_rest(const std::string& session_file, const FileId& id, File& file,
                   std::uint64_t end);

 private:
  // How a seal file ends.
  struct Tail {
    std::optional<SealLine> of_file;  // the last line about the session's present file
    std::string head;                 // of the last seal of any, base64url
    std::uint64_t chain = 0;          // the number of the last chain
  };

  Status open(const std::string& session_file);
  Status look(std::uint64_t generation);
  Status take_up(const std::string& session_file, std::uint64_t generation);
  void begin_chain(std::uint64_t generation, std::uint64_t from, std::string_view why, bool anew,
                   const Sha256& salt);
  Status seal_lines(const std::string& session_file, const FileId& id, const FreshLines& lines,
                    std::string_view why);
  Status add_from_file(File& file, std::uint64_t end);
  void add_lines(std::string_view lines);
  void add_line(std::string_view line);
  Status write(bool late);
  Status seal_appended(const std::string& session_file, const FileId& id, File& file,
                       std::uint64_t begin, std::string_view lines);
  void forget() { file_.reset(); }

  DirContext& context_;
  std::string name_;            // of the open file's session
  std::unique_ptr<File> file_;  // the seal file; null: to be opened
  std::uint64_t size_ = 0;      // of it, as we left it
  bool needs_guard_ = false;    // it does not end in a line end
  Tail tail_;
  std::string expected_why_;
  int pause_ = 0;  // so many appends are not sealed: a failure is not tried again at once

  // The chain that goes on.
  std::uint64_t generation_ = 0;  // 0: none
  std::uint64_t chain_number_ = 0;
  LineChain chain_;
  std::uint64_t end_ = 0;
  std::uint64_t lines_ = 0;
  // What is to be written next.
  std::string text_;
  std::vector<std::uint32_t> marks_;
  std::uint64_t new_lines_ = 0;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_SEALER_H_
