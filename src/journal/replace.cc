// SPDX-License-Identifier: Apache-2.0
#include "journal/replace.h"

#include <cerrno>
#include <utility>

#include "base/try.h"

namespace everturn {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;
constexpr std::size_t kSmallBytes = 16 << 10;
constexpr int kInterruptionsMax = 100;  // one after the other, in which nothing was written

// Calls write(offset, rest) until all bytes are taken.
template <class Write>
Status write_all(std::string_view bytes, Write write) {
  std::uint64_t offset = 0;
  for (int interruptions = 0; !bytes.empty();) {
    const std::size_t taken = TRY(write(offset, bytes));
    bytes.remove_prefix(taken);
    offset += taken;
    interruptions = taken == 0 ? interruptions + 1 : 0;
    if (interruptions == kInterruptionsMax) {
      return {Code::unavailable, "writing is interrupted by signals again and again", EINTR};
    }
  }
  return {};
}

}  // namespace

Status append_all(File& file, std::string_view bytes) {
  return write_all(bytes, [&](std::uint64_t, std::string_view rest) { return file.append(rest); });
}

Status overwrite_all(File& file, std::uint64_t offset, std::string_view bytes) {
  return write_all(bytes, [&](std::uint64_t at, std::string_view rest) {
    return file.write_at(offset + at, rest);
  });
}

Result<std::unique_ptr<Replacement>> Replacement::begin(Folder& folder, std::string target,
                                                        std::string temporary, File* model) {
  std::unique_ptr<Replacement> replacement(
      new Replacement(folder, std::move(target), std::move(temporary)));
  const std::string& name = replacement->temporary_;
  Result<std::unique_ptr<File>> file = folder.open(name, Access::create_new);
  if (!file && file.status().code() == Code::conflict) {
    CHECK_OK(folder.remove(name));
    file = folder.open(name, Access::create_new);
  }
  if (!file) return file.status();
  replacement->file_ = *std::move(file);
  if (model != nullptr) CHECK_OK(replacement->file_->copy_attributes(*model));
  return replacement;
}

Replacement::~Replacement() {
  if (published_ || file_ == nullptr) return;
  file_.reset();
  // A leftover is harmless and the next rewrite of this session removes it.
  static_cast<void>(folder_.remove(temporary_));
}

Status Replacement::write(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    CHECK_OK(append_all(*file_, buffer_));
    buffer_.clear();
  }
  if (bytes.size() > kBufferBytes) return append_all(*file_, bytes);
  // Growing step by step would touch twice the memory, most of it fresh.
  if (buffer_.size() + bytes.size() > kSmallBytes) buffer_.reserve(kBufferBytes);
  buffer_ += bytes;
  return {};
}

Status Replacement::sync() {
  CHECK_OK(append_all(*file_, buffer_));
  buffer_.clear();
  return file_->sync_data();
}

Result<FileId> Replacement::finish() {
  CHECK_OK(sync());
  const FileInfo info = TRY(file_->info());
  finished_ = true;
  id_ = info.id;
  return id_;
}

Status Replacement::give_name(const std::string& target, bool replace) {
  if (!finished_) {
    const Result<FileId> id = finish();
    if (!id) return id.status();
  }
  CHECK_OK(file_->close());
  CHECK_OK(folder_.rename(temporary_, folder_, target, replace));
  published_ = true;
  return {};
}

Status Replacement::publish_as(const std::string& target, bool replace) {
  CHECK_OK(give_name(target, replace));
  Status synced = folder_.sync();
  if (synced.ok()) return {};
  // Not a second try of that sync: a new file, a new name. If it fails too, nothing more can be
  // done here, and the answer is the same.
  static_cast<void>(write_anew(folder_, target, temporary_));
  return synced.within("the new content may or may not survive a power cut");
}

Status write_anew(Folder& folder, const std::string& name, const std::string& temporary) {
  const std::unique_ptr<File> file = TRY(folder.open(name, Access::read));
  const std::unique_ptr<Replacement> copy =
      TRY(Replacement::begin(folder, name, temporary, file.get()));
  std::string bytes(kBufferBytes, '\0');
  for (std::uint64_t at = 0;;) {
    const std::size_t got = TRY(file->read_at(at, bytes.data(), bytes.size()));
    if (got == 0) break;
    CHECK_OK(copy->write(std::string_view(bytes).substr(0, got)));
    at += got;
  }
  CHECK_OK(copy->give_name(name, true));
  return folder.sync();
}

}  // namespace everturn
