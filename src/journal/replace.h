// SPDX-License-Identifier: Apache-2.0
// Replacing a whole file so that a power cut leaves the old one or the new one:
// temporary file in the same folder, write, sync, rename, sync the folder.
#ifndef EVERTURN_JOURNAL_REPLACE_H_
#define EVERTURN_JOURNAL_REPLACE_H_

#include <memory>
#include <string>
#include <string_view>

#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn {

// Writes all bytes with as many append() calls as it takes; `unavailable` when those are
// interrupted again and again. After a failure a part may stand there.
Status append_all(File& file, std::string_view bytes);
// The same over existing bytes, with write_at().
Status overwrite_all(File& file, std::uint64_t offset, std::string_view bytes);

// Puts a durable copy of the file `name` under a durable name in its own place, through the file
// `temporary`. After a failed sync of the folder the name may be lost while everybody still sees it
// and every later sync says ok; what is added to the copy does not go with it. The caller holds the
// lock under which the file was written.
Status write_anew(Folder& folder, const std::string& name, const std::string& temporary);

class Replacement {
 public:
  // Creates `temporary` in `folder`, which must outlive this. A leftover of that name is removed
  // first: the caller holds the lock that makes it one. With `model`, owner, group, mode and access
  // control list are taken from it, or the call fails.
  static Result<std::unique_ptr<Replacement>> begin(Folder& folder, std::string target,
                                                    std::string temporary, File* model);
  // Removes the temporary file unless it was published.
  ~Replacement();
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  Status write(std::string_view bytes);
  // Makes what was written so far durable; more may follow.
  Status sync();
  // What was written, as far as sync() or finish() brought it: for reading it back.
  File& file() { return *file_; }
  // Makes the content durable and returns which file it will be. Nothing can be written after.
  Result<FileId> finish();
  // Which file it is; once finish() or publish() has been called.
  [[nodiscard]] const FileId& id() const { return id_; }
  // Gives the file its name, durably. With `replace` false a taken name is a conflict. If the
  // folder's sync fails, the outcome is unknown to the caller, but not to those who come later: see
  // write_anew().
  Status publish(bool replace) { return publish_as(target_, replace); }
  // The same under a name that is known only now.
  Status publish_as(const std::string& target, bool replace);
  // The name alone: durable once the folder was synced, which is the caller's to do, for many files
  // at once.
  Status give_name(const std::string& target, bool replace);

 private:
  Replacement(Folder& folder, std::string target, std::string temporary)
      : folder_(folder), target_(std::move(target)), temporary_(std::move(temporary)) {}

  Folder& folder_;
  std::string target_;
  std::string temporary_;
  std::unique_ptr<File> file_;
  std::string buffer_;
  FileId id_;
  bool finished_ = false;
  bool published_ = false;
};

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_REPLACE_H_
