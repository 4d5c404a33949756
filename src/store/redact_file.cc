// SPDX-License-Identifier: Apache-2.0
#include "store/redact_file.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/compression.h"
#include "base/try.h"
#include "base/zstd_frames.h"
#include "journal/reader.h"
#include "journal/replace.h"
#include "store/line_copy.h"
#include "store/packed_file.h"
#include "store/redact_line.h"

namespace everturn {
namespace {

class RedactingLines : public LineSink {
 public:
  using Write = std::function<Status(std::string_view)>;
  // Without `write` it only counts.
  RedactingLines(const RedactFinder& find, Write write) : find_(find), write_(std::move(write)) {}

  bool on_line(std::uint64_t, std::string_view bytes, bool terminated) override {
    const std::optional<std::string> clean = redact_line(bytes, find_, counts);
    if (!write_) return true;
    status = write_(clean ? std::string_view(*clean) : bytes);
    if (status.ok() && terminated) status = write_("\n");
    return status.ok();
  }
  bool on_long_line(std::uint64_t offset, std::uint64_t) override {
    status = {Code::invalid, "the line at byte " + std::to_string(offset) +
                                 " is over the size limit and cannot be searched; raise it "
                                 "(--max-record)"};
    return false;
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view) override {
    status = {Code::io, std::to_string(length) + " bytes at byte " + std::to_string(offset) +
                            " cannot be read from the disk, and so cannot be searched"};
    return false;
  }

  RedactCounts counts;
  Status status;

 private:
  const RedactFinder& find_;
  Write write_;
};

// A file's content, and the packed file behind it if it is one.
struct Content {
  std::unique_ptr<File> file;
  PackedFile* packed = nullptr;

  File& as_it_lies() { return packed != nullptr ? packed->packed() : *file; }
};

Result<Content> open_content(Folder& folder, const std::string& name) {
  Content content;
  content.file = TRY(folder.open(name, Access::read));
  char magic[4] = {};
  const std::size_t got = TRY(content.file->read_at(0, magic, sizeof magic));
  if (compression_of({magic, got}) != Compression::zstd) return content;
  std::unique_ptr<PackedFile> packed = TRY(PackedFile::open(std::move(content.file)));
  content.packed = packed.get();
  content.file = std::move(packed);
  return content;
}

Result<RedactCounts> pass(Content& content, std::uint64_t end, const LineLimits& limits,
                          const RedactFinder& find, RedactingLines::Write write) {
  RedactingLines lines(find, std::move(write));
  CHECK_OK(read_lines(*content.file, 0, end, limits, lines));
  if (!lines.status.ok()) return lines.status;
  if (content.packed != nullptr) CHECK_OK(content.packed->check());
  return std::move(lines.counts);
}

}  // namespace

Result<RedactCounts> redact_file(DirContext& context, const RedactTarget& target,
                                 const RedactFinder& find, bool apply) {
  const LineLimits limits{context.options.max_record_bytes};
  Content content = TRY(open_content(*target.folder, target.name));
  const FileInfo info = TRY(content.file->info());
  std::uint64_t end = info.size;
  if (target.padded_tail && content.packed == nullptr) {
    const TailState tail = TRY(read_tail(*content.file, info.size, true));
    if (tail.padding > 0) end = tail.write_at;
  }
  RedactCounts counts = TRY(pass(content, end, limits, find, nullptr));
  if (counts.empty() || !apply) return counts;

  const std::string temporary = temporary_file_name(unpacked_name(target.name));
  const std::unique_ptr<Replacement> fresh =
      TRY(Replacement::begin(*target.folder, target.name, temporary, &content.as_it_lies()));
  const auto write = [&fresh](std::string_view bytes) { return fresh->write(bytes); };
  if (content.packed != nullptr) {
    ZstdFrameWriter frames(write);
    TRY(pass(content, end, limits, find,
             [&frames](std::string_view bytes) { return frames.write(bytes); }));
    CHECK_OK(frames.finish());
  } else {
    TRY(pass(content, end, limits, find, write));
  }
  CHECK_OK(context.noted(fresh->sync()));
  Content made = TRY(open_content(*target.folder, temporary));
  const FileInfo made_info = TRY(made.file->info());
  const RedactCounts again = TRY(pass(made, made_info.size, limits, find, nullptr));
  if (!again.empty()) {
    return Status(Code::invalid, "the pattern matches what it is replaced by; nothing was changed");
  }
  CHECK_OK(fresh->file().set_modified(info.modified_ns));
  CHECK_OK(context.noted(fresh->publish(true)));
  if (content.packed != nullptr) return counts;
  // What others wrote meanwhile is not lost, and looked at too.
  const std::uint64_t carried =
      TRY(carry_over(context, *target.folder, target.name, *content.file, info.size));
  if (carried == 0) return counts;
  for (const auto& [kind, count] : TRY(redact_file(context, target, find, apply))) {
    counts[kind] += count;
  }
  return counts;
}

}  // namespace everturn
