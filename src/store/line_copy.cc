// SPDX-License-Identifier: Apache-2.0
#include "store/line_copy.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/try.h"
#include "journal/reader.h"
#include "journal/scan.h"
#include "journal/unreadable.h"
#include "store/metadata_record.h"

namespace everturn {
namespace {

class Copier : public LineSink {
 public:
  Copier(File& from, std::string_view key, bool terminate, Replacement& to)
      : from_(from), key_(key), terminate_(terminate), to_(to) {}

  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
    if (is_blank(bytes) || is_own_metadata(bytes, key_, offset == 0)) return true;
    ++copy.lines;
    return write(bytes) && (!(terminated || terminate_) || write("\n"));
  }
  bool on_long_line(std::uint64_t offset, std::uint64_t length) override {
    ++copy.lines;
    copy.bytes += length;
    status = copy_bytes(from_, offset, offset + length, to_);
    return status.ok();
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view) override {
    status = unreadable_range(offset, length);
    return false;
  }

  LineCopy copy;
  Status status;

 private:
  bool write(std::string_view bytes) {
    copy.bytes += bytes.size();
    status = to_.write(bytes);
    return status.ok();
  }

  File& from_;
  std::string_view key_;
  bool terminate_;
  Replacement& to_;
};

}  // namespace

Result<LineCopy> copy_lines(File& from, std::uint64_t begin, std::uint64_t end,
                            std::string_view key, bool terminate, Replacement& to) {
  Copier copier(from, key, terminate, to);
  CHECK_OK(read_lines(from, begin, end, {}, copier));
  if (!copier.status.ok()) return copier.status;
  return copier.copy;
}

Status copy_bytes(File& from, std::uint64_t begin, std::uint64_t end, Replacement& to) {
  std::string bytes(1 << 20, '\0');
  while (begin < end) {
    const std::size_t want =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - begin));
    const Result<std::size_t> got = from.read_at(begin, bytes.data(), want);
    if (!got) return told_of_hole(from, begin, begin + want, got.status());
    if (*got == 0) return {Code::unavailable, "the file became shorter while it was copied"};
    CHECK_OK(to.write(std::string_view(bytes).substr(0, *got)));
    begin += *got;
  }
  return {};
}

Result<std::uint64_t> carry_over(DirContext& context, Folder& folder, const std::string& name,
                                 File& old, std::uint64_t end) {
  std::unique_ptr<File> fresh;
  std::uint64_t carried = 0;
  while (true) {
    const FileInfo info = TRY(old.info());
    if (info.size <= end) return carried;
    if (fresh == nullptr) fresh = TRY(folder.open(name, Access::append));
    CHECK_OK(for_each_piece(old, end, info.size, [&fresh](std::string_view bytes) {
      return append_all(*fresh, bytes);
    }));
    CHECK_OK(context.sync_data(*fresh));
    carried += info.size - end;
    end = info.size;
  }
}

}  // namespace everturn
