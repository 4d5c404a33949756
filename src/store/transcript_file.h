// SPDX-License-Identifier: Apache-2.0
// One file that an agent wrote, whatever its form: lines, one JSON document, or either of them
// compressed. Reading only, without locks. One thread a file.
#ifndef EVERTURN_STORE_TRANSCRIPT_FILE_H_
#define EVERTURN_STORE_TRANSCRIPT_FILE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "everturn/store.h"
#include "fs/fs.h"
#include "store/document.h"
#include "store/session_reader.h"

namespace everturn {

class TranscriptFile {
 public:
  // Opens the file `name` of `folder` as it is now; what is appended later is not seen.
  // `not_found` if it is not there, `invalid` if it is no regular file.
  static Result<TranscriptFile> open(Folder& folder, std::string_view name, std::string_view key,
                                     const StoreOptions& options);

  // As Store::read. Positions in a compressed file mean its content. A document gives its records,
  // each on one line.
  Result<ReadReport> read(const ReadOptions& how, const RecordSink& sink) const;
  // The bytes as they lie on the disk.
  Status read_raw(const std::function<bool(std::string_view)>& sink) const;
  // The file as it was when it was opened.
  [[nodiscard]] const FileInfo& info() const { return info_; }
  // Lines, as they lie in the file.
  [[nodiscard]] bool is_plain() const {
    return unpacked_ == nullptr && !document_ && !is_broken_document_;
  }
  [[nodiscard]] bool is_padded() const;
  // From the file's first byte on, with NUL bytes in place of what the disk cannot read.
  Result<std::size_t> read_beginning(char* into, std::size_t size) const;
  // As File::read_at.
  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) const {
    return file_->read_at(offset, into, size);
  }
  // The same of what positions count.
  Result<std::size_t> read_content_at(std::uint64_t offset, char* into, std::size_t size) const {
    return view_.file->read_at(offset, into, size);
  }
  [[nodiscard]] Result<Version> version() const;
  [[nodiscard]] Result<Metadata> metadata() const;

 private:
  TranscriptFile() = default;
  Status look_at_form(std::string_view name);
  Result<ReadReport> read_document_records(const ReadOptions& how, const RecordSink& sink) const;

  std::string key_;
  std::unique_ptr<File> file_;      // as it lies there
  std::unique_ptr<File> unpacked_;  // what it holds, if it is compressed
  std::string packed_;              // how it is compressed, and what of it cannot be read
  bool is_cut_ = false;             // packed_ tells of an end too early, or of damage
  std::uint64_t raw_size_ = 0;
  FileInfo info_;
  SessionView view_;
  std::optional<Document> document_;
  bool is_broken_document_ = false;  // it is named and begins like one, and is not one
};

}  // namespace everturn

#endif  // EVERTURN_STORE_TRANSCRIPT_FILE_H_
