// SPDX-License-Identifier: Apache-2.0
// What a repair finds where it expects lines: something compressed.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/compression.h"
#include "base/try.h"
#include "journal/unreadable.h"
#include "store/repair_run.h"

namespace everturn {
namespace {

constexpr std::uint64_t kUnpackedMax = 1ULL << 30;

// Bytes in memory, to be read like a file.
class MemoryFile final : public File {
 public:
  explicit MemoryFile(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    return bytes_.copy(into, size, static_cast<std::size_t>(offset));
  }
  Result<FileInfo> info() override {
    FileInfo info;
    info.kind = FileKind::file;
    info.size = bytes_.size();
    return info;
  }
  Result<std::size_t> append(std::string_view) override { return only_for_reading(); }
  Result<std::size_t> write_at(std::uint64_t, std::string_view) override {
    return only_for_reading();
  }
  Status sync_data() override { return only_for_reading(); }
  Status drop_cache() override { return {}; }
  Status truncate(std::uint64_t) override { return only_for_reading(); }
  Result<bool> lease(bool) override { return false; }
  Status copy_attributes(File&) override { return only_for_reading(); }
  Status set_modified(std::int64_t) override { return only_for_reading(); }
  Result<std::string> other_writer() override { return std::string(); }
  Status close() override { return {}; }

 private:
  static Status only_for_reading() { return {Code::invalid, "this file is only for reading"}; }
  std::string bytes_;
};

}  // namespace

Result<std::unique_ptr<File>> decompressed(File& file, std::uint64_t size, std::string* note) {
  char magic[4] = {};
  const std::size_t got = TRY(read_around_holes(file, 0, magic, sizeof magic));
  const Compression compression = compression_of({magic, got});
  if (compression == Compression::none) return std::unique_ptr<File>();
  Decompressor decompressor(compression);
  std::string bytes;
  const Status unpacked = for_each_piece(file, 0, size, [&](std::string_view packed) {
    return decompressor.feed(packed, [&bytes](std::string_view piece) {
      if (bytes.size() + piece.size() > kUnpackedMax) {
        return Status(Code::invalid, "it holds more than 1 GiB: unpack it first");
      }
      bytes += piece;
      return Status();
    });
  });
  if (!unpacked.ok() && unpacked.code() != Code::damaged) return unpacked;
  *note = std::string(compression_name(compression));
  if (!unpacked.ok()) *note += ", " + unpacked.message();
  if (unpacked.ok() && !decompressor.is_complete()) *note += ", which ends too early";
  return std::unique_ptr<File>(std::make_unique<MemoryFile>(std::move(bytes)));
}

}  // namespace everturn
