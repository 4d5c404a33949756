// SPDX-License-Identifier: Apache-2.0
#include "store/packed_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/session_name.h"
#include "base/try.h"
#include "journal/reader.h"
#include "journal/replace.h"
#include "store/repair_run.h"

namespace everturn {
namespace {

constexpr std::uint64_t kWalkedMax = 1ULL << 30;

Result<std::string> read_range(File& file, std::uint64_t begin, std::uint64_t size) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  bytes.resize(TRY(file.read_at(begin, bytes.data(), bytes.size())));
  return bytes;
}

}  // namespace

Status PackedFile::only_for_reading() {
  return {Code::invalid, "a packed session is only for reading"};
}

Result<std::unique_ptr<PackedFile>> PackedFile::open(std::unique_ptr<File> packed) {
  std::unique_ptr<PackedFile> opened(new PackedFile(std::move(packed)));
  CHECK_OK(opened->find_frames());
  return opened;
}

Result<std::unique_ptr<PackedFile>> PackedFile::open(Folder& folder, std::string_view name) {
  std::unique_ptr<File> file = TRY(folder.open(name, Access::read));
  return open(std::move(file));
}

Status PackedFile::find_frames() {
  const FileInfo info = TRY(packed_->info());
  const bool has_table = TRY(read_table(info.size));
  if (!has_table) CHECK_OK(walk(info.size));
  if (!frames_.empty()) size_ = frames_.back().begin + frames_.back().size;
  return {};
}

Result<bool> PackedFile::read_table(std::uint64_t file_size) {
  if (file_size < kZstdFooter) return false;
  const std::string footer = TRY(read_range(*packed_, file_size - kZstdFooter, kZstdFooter));
  const std::optional<std::uint64_t> size = zstd_table_size(footer);
  if (!size || *size > file_size) return false;
  const std::string table = TRY(read_range(*packed_, file_size - *size, *size));
  std::optional<ZstdFrames> frames = parse_zstd_table(table, file_size);
  if (!frames) return false;
  frames_ = *std::move(frames);
  return true;
}

// The table is damaged, or another program compressed it.
Status PackedFile::walk(std::uint64_t file_size) {
  if (file_size > kWalkedMax) {
    return {Code::damaged, "the packed session has no table, and is too large to do without"};
  }
  const std::string file = TRY(read_range(*packed_, 0, file_size));
  if (std::optional<ZstdFrames> frames = walk_zstd_frames(file)) {
    frames_ = *std::move(frames);
    return {};
  }
  std::string note;
  whole_ = TRY(decompressed(*packed_, file_size, &note));
  if (whole_ == nullptr) return {Code::damaged, "the packed session is not compressed with zstd"};
  const FileInfo info = TRY(whole_->info());
  size_ = info.size;
  has_hole_ = note.find(',') != std::string::npos;
  hole_ = size_;
  return {};
}

Result<FileInfo> PackedFile::info() {
  FileInfo info = TRY(packed_->info());
  info.size = size_;
  return info;
}

Status PackedFile::check() const {
  const std::lock_guard guard(mutex_);
  if (!has_hole_) return {};
  return {Code::damaged, "the packed session is damaged: what stood at byte " +
                             std::to_string(hole_) +
                             " cannot be unpacked; everturn unpack --salvage unpacks all else"};
}

Status PackedFile::check_all() {
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const std::lock_guard guard(mutex_);
    CHECK_OK(load(i));
  }
  return check();
}

// The mutex is held.
Status PackedFile::load(std::size_t index) {
  if (loaded_ == index) return {};
  const ZstdFrame& frame = frames_[index];
  loaded_ = SIZE_MAX;
  const std::string packed = TRY(read_range(*packed_, frame.packed_begin, frame.packed_size));
  std::optional<std::string> content = decode_zstd_frame(packed, frame.size);
  if (!content) {
    if (!has_hole_ || frame.begin < hole_) hole_ = frame.begin;
    has_hole_ = true;
    content.emplace(static_cast<std::size_t>(frame.size), '\0');
    content->back() = '\n';
  }
  content_ = *std::move(content);
  loaded_ = index;
  return {};
}

Result<std::size_t> PackedFile::read_at(std::uint64_t offset, char* into, std::size_t size) {
  if (whole_ != nullptr) return whole_->read_at(offset, into, size);
  const std::lock_guard guard(mutex_);
  std::size_t done = 0;
  while (done < size && offset + done < size_) {
    const std::uint64_t at = offset + done;
    const auto behind =
        std::upper_bound(frames_.begin(), frames_.end(), at,
                         [](std::uint64_t value, const ZstdFrame& f) { return value < f.begin; });
    const auto index = static_cast<std::size_t>(behind - frames_.begin()) - 1;
    CHECK_OK(load(index));
    const auto inside = static_cast<std::size_t>(at - frames_[index].begin);
    const std::size_t part = std::min(size - done, content_.size() - inside);
    std::memcpy(into + done, content_.data() + inside, part);
    done += part;
  }
  return done;
}

Result<std::unique_ptr<File>> open_session_content(Folder& folder, std::string_view name) {
  if (!is_packed_file_name(name)) return folder.open(name, Access::read);
  return std::unique_ptr<File>(TRY(PackedFile::open(folder, name)));
}

Status write_packed(File& from, std::uint64_t end, Replacement& to) {
  ZstdFrameWriter frames([&to](std::string_view bytes) { return to.write(bytes); });
  CHECK_OK(for_each_piece(from, 0, end,
                          [&frames](std::string_view bytes) { return frames.write(bytes); }));
  return frames.finish();
}

}  // namespace everturn
