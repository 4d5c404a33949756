// SPDX-License-Identifier: Apache-2.0
// What a packed session holds, to be read like the file that was packed. Memory: the frame that was
// read last; the whole content, up to 1 GiB, where another program compressed it.
//
// The lines of a damaged frame read as NUL bytes up to a line end: damage to every reader, at its
// place and of its length, and all other records come back. check() tells
// who must not go on.
#ifndef EVERTURN_STORE_PACKED_FILE_H_
#define EVERTURN_STORE_PACKED_FILE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/zstd_frames.h"
#include "fs/fs.h"

namespace everturn {

class PackedFile final : public File {
 public:
  // `damaged`: it is not compressed with zstd at all, or too large for what is known of it.
  static Result<std::unique_ptr<PackedFile>> open(std::unique_ptr<File> packed);
  static Result<std::unique_ptr<PackedFile>> open(Folder& folder, std::string_view name);

  // Of the content; all others of the packed file are passed on or refused, as for a reader.
  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override;
  // As the packed file's, but for the size.
  Result<FileInfo> info() override;
  Status sync_data() override { return packed_->sync_data(); }
  Status drop_cache() override { return packed_->drop_cache(); }
  Result<std::string> other_writer() override { return packed_->other_writer(); }
  Status close() override { return packed_->close(); }
  Result<std::size_t> append(std::string_view) override { return only_for_reading(); }
  Result<std::size_t> write_at(std::uint64_t, std::string_view) override {
    return only_for_reading();
  }
  Status truncate(std::uint64_t) override { return only_for_reading(); }
  Result<bool> lease(bool) override { return false; }
  Status copy_attributes(File&) override { return only_for_reading(); }
  Status set_modified(std::int64_t) override { return only_for_reading(); }

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // The file as it lies there.
  File& packed() { return *packed_; }
  // Ok if nothing that was read so far was damaged; else `damaged`, with the place.
  [[nodiscard]] Status check() const;
  // The same of all of it, which is read for that.
  Status check_all();

 private:
  explicit PackedFile(std::unique_ptr<File> packed) : packed_(std::move(packed)) {}
  static Status only_for_reading();
  Status find_frames();
  Result<bool> read_table(std::uint64_t file_size);
  Status walk(std::uint64_t file_size);
  Status load(std::size_t index);

  std::unique_ptr<File> packed_;
  std::unique_ptr<File> whole_;  // where its frames are not ours
  ZstdFrames frames_;
  std::uint64_t size_ = 0;
  mutable std::mutex mutex_;
  std::string content_;  // of the frame `loaded_`
  std::size_t loaded_ = SIZE_MAX;
  bool has_hole_ = false;
  std::uint64_t hole_ = 0;  // where in the content
};

// The session file `name` of `folder`, open for reading; if it is a packed one, what it holds.
Result<std::unique_ptr<File>> open_session_content(Folder& folder, std::string_view name);

// Writes from[0, end) packed to `to`.
class Replacement;
Status write_packed(File& from, std::uint64_t end, Replacement& to);

}  // namespace everturn

#endif  // EVERTURN_STORE_PACKED_FILE_H_
