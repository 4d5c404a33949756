// SPDX-License-Identifier: Apache-2.0
#include "base/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <new>
#include <string>

namespace everturn {
namespace {

constexpr std::size_t kPiece = 256 << 10;
constexpr int kGzipWindow = 15 + 16;  // zlib's way of saying: gzip, any window

Status cannot_go_on(std::string_view why) {
  return {Code::damaged, "the compressed data is damaged: " + std::string(why)};
}

}  // namespace

std::string_view compression_name(Compression compression) {
  switch (compression) {
    case Compression::none:
      return "none";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
  }
  return "unknown";
}

// RFC 1952 section 2.3.1; RFC 8878 section 3.1.1.
Compression compression_of(std::string_view beginning) {
  if (beginning.starts_with("\x1F\x8B")) return Compression::gzip;
  if (beginning.starts_with("\x28\xB5\x2F\xFD")) return Compression::zstd;
  return Compression::none;
}

struct Decompressor::State {
  explicit State(Compression kind) : compression(kind) {
    if (kind == Compression::gzip && inflateInit2(&gzip, kGzipWindow) != Z_OK) {
      throw std::bad_alloc();
    }
    if (kind == Compression::zstd && (zstd = ZSTD_createDStream()) == nullptr) {
      throw std::bad_alloc();
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (compression == Compression::gzip) inflateEnd(&gzip);
    ZSTD_freeDStream(zstd);
  }

  const Compression compression;
  z_stream gzip = {};
  ZSTD_DStream* zstd = nullptr;
  bool complete = false;
  std::string piece = std::string(kPiece, '\0');

  Status feed_gzip(std::string_view bytes, const Sink& sink) {
    // zlib's interface is older than const.
    gzip.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    gzip.avail_in = static_cast<uInt>(bytes.size());
    while (gzip.avail_in > 0) {
      if (complete && inflateReset(&gzip) != Z_OK) return cannot_go_on("a second stream");
      gzip.next_out = reinterpret_cast<Bytef*>(piece.data());
      gzip.avail_out = static_cast<uInt>(piece.size());
      const int result = inflate(&gzip, Z_NO_FLUSH);
      const std::size_t made = piece.size() - gzip.avail_out;
      if (const Status taken = sink(std::string_view(piece).substr(0, made)); !taken.ok()) {
        return taken;
      }
      complete = result == Z_STREAM_END;
      if (result == Z_BUF_ERROR && made == 0) return {};
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return cannot_go_on(gzip.msg == nullptr ? "not gzip" : gzip.msg);
      }
    }
    return {};
  }

  Status feed_zstd(std::string_view bytes, const Sink& sink) {
    ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
    bool is_full = true;  // more may be inside, although all was taken
    while (in.pos < in.size || is_full) {
      ZSTD_outBuffer out = {piece.data(), piece.size(), 0};
      const std::size_t result = ZSTD_decompressStream(zstd, &out, &in);
      if (const Status taken = sink(std::string_view(piece).substr(0, out.pos)); !taken.ok()) {
        return taken;
      }
      if (ZSTD_isError(result) != 0) return cannot_go_on(ZSTD_getErrorName(result));
      complete = result == 0;
      is_full = out.pos == out.size;
    }
    return {};
  }
};

Decompressor::Decompressor(Compression compression)
    : state_(std::make_unique<State>(compression)) {}
Decompressor::~Decompressor() = default;

Status Decompressor::feed(std::string_view bytes, const Sink& sink) {
  switch (state_->compression) {
    case Compression::gzip:
      return state_->feed_gzip(bytes, sink);
    case Compression::zstd:
      return state_->feed_zstd(bytes, sink);
    case Compression::none:
      break;
  }
  return sink(bytes);
}

bool Decompressor::is_complete() const {
  return state_->compression == Compression::none || state_->complete;
}

}  // namespace everturn
