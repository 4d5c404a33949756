// SPDX-License-Identifier: Apache-2.0
#include "journal/replace.h"

#include <utility>

#include "base/try.h"

namespace everturn {
namespace {
constexpr std::size_t kBufferBytes = 1 << 20;
}

Status append_all(File& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t taken = TRY(file.append(bytes));
    bytes.remove_prefix(taken);
  }
  return {};
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
  return info.id;
}

Status Replacement::publish(bool replace) {
  if (!finished_) {
    const Result<FileId> id = finish();
    if (!id) return id.status();
  }
  CHECK_OK(file_->close());
  CHECK_OK(folder_.rename(temporary_, folder_, target_, replace));
  published_ = true;
  Status synced = folder_.sync();
  if (synced.ok()) return {};
  return synced.within("the new content may or may not survive a power cut");
}

}  // namespace everturn
