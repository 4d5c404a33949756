// SPDX-License-Identifier: Apache-2.0
// Journal: one session file, open for adding records.
//
// The caller holds the session's lock over refresh(), write(), make_durable() and confirm(), in
// that order; each protects against a failure that was measured on real kernels:
//   refresh       the file may have been renamed over, deleted, grown or left with a torn tail by
//                 another process since our last look
//   write         one write of whole lines. An unterminated line at the end gets a '\n' in front of
//                 our first record: the fragment stays where it is, nothing is rewritten
//   make_durable  fdatasync, and once per name a sync of the folder
//   confirm       the name still leads to our file: else nothing may be acknowledged
// A failed write or sync poisons the journal: a second sync would say ok although the kernel has
// dropped the pages. It answers that failure for ever; open a new one.
//
// Padded tail: the end of the file is pre-written as one line of tabs and overwritten in place,
// which costs no change of the file's size. The bytes of a batch are written from the second on,
// and then the first: a reader that meets a tab where a record should start stops there.
//
// One thread at a time, but for sync_handle().
#ifndef EVERTURN_JOURNAL_JOURNAL_H_
#define EVERTURN_JOURNAL_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "everturn/session.h"
#include "everturn/status.h"
#include "fs/fs.h"
#include "journal/durable_names.h"
#include "journal/reader.h"

namespace everturn {

class Journal {
 public:
  struct Options {
    bool padded_tails = false;     // files of this folder may end in padding
    bool write_padding = false;    // this journal writes it, from its second batch on
    bool name_is_durable = false;  // we have just created the file durably
    bool distrust_cache = false;   // a sync of this file failed before: look at the disk itself
  };
  // Opens an existing file. `folder` and `names` must outlive the journal.
  static Result<std::unique_ptr<Journal>> open(Folder& folder, DurableNames& names,
                                               std::string file_name, const Options& options);

  // Looks whether the name still leads to this file, and how the file ends. `not_found`: no such
  // name any more. `conflict`: another file stands there, open that one.
  Status refresh();
  // Of a failure of refresh(), confirm() and the like: another file stands under the name.
  static bool was_replaced(const Status& status) { return status.code() == Code::conflict; }
  // The session's version at the last refresh() or write().
  Result<Version> version();
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] std::uint64_t content_end() const { return tail_.content_end; }
  // Where the next batch's first record will stand.
  [[nodiscard]] std::uint64_t next_offset() const;

  // The unterminated line at the end, or what of it is not settled (see settled_size); empty if
  // there is none, or if it is too long to be read.
  Result<std::string> fragment();

  // Writes `framed`: one '\n' and then whole lines. The '\n' is used only if the tail needs it.
  // `last_record` is the hash of the last line.
  Status write(std::string_view framed, const Digest128& last_record);
  Status make_durable();
  // `io`: another program wrote into the file at the same time and our records may be torn apart.
  Status confirm();
  [[nodiscard]] const Status& poison() const { return poison_; }
  // A sync failed: the kernel may show content that the disk does not have.
  [[nodiscard]] bool sync_failed() const { return sync_failed_; }

  [[nodiscard]] bool writes_padding() const { return options_.write_padding; }
  // Removes the padding, if nobody else has the file open. Never an error.
  void trim();

  File& file() { return *file_; }
  // For a sync in the background; stays valid when the journal goes.
  std::shared_ptr<File> sync_handle() { return file_; }
  [[nodiscard]] const std::string& file_name() const { return file_name_; }
  [[nodiscard]] const FileId& id() const { return id_; }
  // Reads file[offset, offset + size); fewer only at the end.
  Result<std::string> read(std::uint64_t offset, std::uint64_t size);

 private:
  Journal(Folder& folder, DurableNames& names, std::string file_name, const Options& options)
      : folder_(folder), names_(names), file_name_(std::move(file_name)), options_(options) {}
  Status look_at_tail(std::uint64_t size);
  Result<bool> padding_is_intact();
  Status why_unwritten(const Status& failure, std::uint64_t old_end);
  Status write_behind(std::string_view framed);
  Status overwrite_padding(std::string_view lines);
  Status append_with_padding(std::string_view bytes);
  Status poisoned(const Status& status);

  Folder& folder_;
  DurableNames& names_;
  std::string file_name_;
  Options options_;
  std::shared_ptr<File> file_;         // appends
  std::unique_ptr<File> overwriting_;  // opened when padding is first overwritten
  FileId id_;
  std::uint64_t generation_ = 0;
  TailState tail_;
  std::optional<Digest128> last_hash_;
  std::string padding_seen_;  // kept to spare an allocation per batch
  std::uint64_t batches_ = 0;
  bool name_is_durable_ = false;
  bool sync_failed_ = false;
  Status poison_;
};

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_JOURNAL_H_
