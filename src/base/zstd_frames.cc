// SPDX-License-Identifier: Apache-2.0
// The table is a skippable frame of zstd: magic 0x184D2A5E, its size, for each frame the packed and
// the plain size, and a footer of the number of frames, a byte of flags and magic 0x8F92EAB1; all
// numbers little-endian of 32 bits.
#include "base/zstd_frames.h"

#include <zstd.h>

#include <algorithm>
#include <new>
#include <utility>

namespace everturn {
namespace {

constexpr std::uint32_t kTableMagic = 0x184D2A5E;
constexpr std::uint32_t kFooterMagic = 0x8F92EAB1;
constexpr std::string_view kFrameMagic = "\x28\xB5\x2F\xFD";
constexpr std::size_t kTableHead = 8;
constexpr std::size_t kTableRow = 8;
constexpr std::size_t kFrameContent = 1 << 20;
constexpr std::size_t kFrameContentMax = 8 << 20;  // of one line without an end
constexpr std::uint64_t kLostContent = 2;
constexpr int kLevel = 9;

void add_number(std::string& bytes, std::uint64_t number) {
  for (int shift = 0; shift < 32; shift += 8) {
    bytes += static_cast<char>(static_cast<unsigned char>(number >> shift & 0xFF));
  }
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i > 0; --i) {
    number = number << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return number;
}

}  // namespace

struct ZstdFrameWriter::State {
  State() : context(ZSTD_createCCtx()) {
    if (context == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ZSTD_freeCCtx(context); }

  ZSTD_CCtx* context;
  std::string packed;
};

ZstdFrameWriter::ZstdFrameWriter(Sink sink)
    : sink_(std::move(sink)), state_(std::make_unique<State>()) {}
ZstdFrameWriter::~ZstdFrameWriter() = default;

Status ZstdFrameWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), kFrameContent);
    waiting_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    while (waiting_.size() >= kFrameContent) {
      const std::size_t line_end = waiting_.find('\n', kFrameContent - 1);
      const bool is_long = line_end == std::string::npos && waiting_.size() >= kFrameContentMax;
      if (line_end == std::string::npos && !is_long) break;
      const Status written = write_frame(is_long ? kFrameContentMax : line_end + 1);
      if (!written.ok()) return written;
    }
  }
  return {};
}

Status ZstdFrameWriter::write_frame(std::size_t size) {
  std::string& packed = state_->packed;
  packed.resize(ZSTD_compressBound(size));
  const std::size_t made =
      ZSTD_compress2(state_->context, packed.data(), packed.size(), waiting_.data(), size);
  if (ZSTD_isError(made) != 0) {
    return {Code::unavailable, std::string("zstd: ") + ZSTD_getErrorName(made)};
  }
  const std::uint64_t packed_begin =
      frames_.empty() ? 0 : frames_.back().packed_begin + frames_.back().packed_size;
  const std::uint64_t begin = frames_.empty() ? 0 : frames_.back().begin + frames_.back().size;
  frames_.push_back({packed_begin, made, begin, size});
  waiting_.erase(0, size);
  return sink_(std::string_view(packed).substr(0, made));
}

Status ZstdFrameWriter::finish() {
  if (!waiting_.empty()) {
    const Status written = write_frame(waiting_.size());
    if (!written.ok()) return written;
  }
  std::string table;
  add_number(table, kTableMagic);
  add_number(table, frames_.size() * kTableRow + kZstdFooter);
  for (const ZstdFrame& frame : frames_) {
    add_number(table, frame.packed_size);
    add_number(table, frame.size);
  }
  add_number(table, frames_.size());
  table += '\0';
  add_number(table, kFooterMagic);
  return sink_(table);
}

std::optional<std::uint64_t> zstd_table_size(std::string_view footer) {
  if (footer.size() != kZstdFooter || number_at(footer, 5) != kFooterMagic || footer[4] != '\0') {
    return std::nullopt;
  }
  return std::uint64_t{number_at(footer, 0)} * kTableRow + kZstdFooter + kTableHead;
}

std::optional<ZstdFrames> parse_zstd_table(std::string_view table, std::uint64_t file_size) {
  if (table.size() < kTableHead + kZstdFooter || table.size() > file_size) return std::nullopt;
  if (number_at(table, 0) != kTableMagic || number_at(table, 4) != table.size() - kTableHead) {
    return std::nullopt;
  }
  ZstdFrames frames;
  std::uint64_t packed = 0;
  std::uint64_t content = 0;
  for (std::size_t at = kTableHead; at + kZstdFooter < table.size(); at += kTableRow) {
    frames.push_back({packed, number_at(table, at), content, number_at(table, at + 4)});
    packed += frames.back().packed_size;
    content += frames.back().size;
    const bool is_ours = frames.back().size > 0 && frames.back().size <= 2 * kFrameContentMax;
    if (!is_ours) return std::nullopt;
  }
  if (packed + table.size() != file_size) return std::nullopt;
  return frames;
}

std::optional<ZstdFrames> walk_zstd_frames(std::string_view file) {
  ZstdFrames frames;
  std::uint64_t content = 0;
  const auto add = [&](std::size_t begin, std::size_t size, std::uint64_t plain) {
    frames.push_back({begin, size, content, plain});
    content += plain;
  };
  for (std::size_t at = 0; at < file.size();) {
    const std::string_view rest = file.substr(at);
    if (rest.size() >= 4 && number_at(rest, 0) == kTableMagic) break;
    const std::size_t size = ZSTD_findFrameCompressedSize(rest.data(), rest.size());
    if (rest.starts_with(kFrameMagic) && ZSTD_isError(size) == 0) {
      const unsigned long long plain = ZSTD_getFrameContentSize(rest.data(), rest.size());
      if (plain == ZSTD_CONTENTSIZE_UNKNOWN || plain == ZSTD_CONTENTSIZE_ERROR) return std::nullopt;
      // More than this none of ours holds, and a damaged header may tell anything.
      if (plain > 2 * kFrameContentMax) return std::nullopt;
      add(at, size, plain);
      at += size;
      continue;
    }
    const std::size_t next = std::min(file.find(kFrameMagic, at + 1), file.size());
    add(at, next - at, kLostContent);
    at = next;
  }
  return frames;
}

std::optional<std::string> decode_zstd_frame(std::string_view packed, std::uint64_t size) {
  std::string content(static_cast<std::size_t>(size), '\0');
  const std::size_t made =
      ZSTD_decompress(content.data(), content.size(), packed.data(), packed.size());
  if (ZSTD_isError(made) != 0 || made != size) return std::nullopt;
  return content;
}

}  // namespace everturn
