// SPDX-License-Identifier: Apache-2.0
#include "base/compression.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

namespace everturn {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

struct Unpacked {
  std::string text;
  Status status;
  bool complete = false;
};

Unpacked unpack(std::string_view packed, std::size_t step) {
  Unpacked result;
  Decompressor decompressor(compression_of(packed));
  for (std::size_t at = 0; at < packed.size() && result.status.ok(); at += step) {
    result.status = decompressor.feed(packed.substr(at, step), [&](std::string_view piece) {
      result.text += piece;
      return Status();
    });
  }
  result.complete = decompressor.is_complete();
  return result;
}

const std::string& lines() {
  static const std::string text = [] {
    std::string all;
    for (int i = 0; i < 40'000; ++i) all += "{\"number\":" + std::to_string(i * 7919) + "}\n";
    return all;
  }();
  return text;
}

TEST(Compression, IsToldByTheFirstBytes) {
  EXPECT_EQ(compression_of(gzip("x")), Compression::gzip);
  EXPECT_EQ(compression_of(zstd("x")), Compression::zstd);
  EXPECT_EQ(compression_of("{\"a\":1}"), Compression::none);
  EXPECT_EQ(compression_of(""), Compression::none);
}

TEST(Compression, WhatGzipAndZstdWroteComesBackInPiecesOfAnySize) {
  for (const std::string& packed : {gzip(lines()), zstd(lines())}) {
    for (const std::size_t step : {std::size_t{1000}, packed.size()}) {
      const Unpacked unpacked = unpack(packed, step);
      EXPECT_TRUE(unpacked.status.ok() && unpacked.complete) << unpacked.status.message();
      EXPECT_EQ(unpacked.text, lines());
    }
  }
}

TEST(Compression, SeveralStreamsBehindEachOtherAreOneFile) {
  EXPECT_EQ(unpack(gzip("one ") + gzip("two"), 7).text, "one two");
  EXPECT_EQ(unpack(zstd("one ") + zstd("two"), 7).text, "one two");
}

TEST(Compression, ACutOffFileGivesItsBeginning) {
  for (const std::string& packed : {gzip(lines()), zstd(lines())}) {
    const Unpacked unpacked = unpack(std::string_view(packed).substr(0, packed.size() / 2), 4096);
    EXPECT_TRUE(unpacked.status.ok());
    EXPECT_FALSE(unpacked.complete);
    EXPECT_FALSE(unpacked.text.empty());
    EXPECT_TRUE(lines().starts_with(unpacked.text));
  }
}

TEST(Compression, DamageIsAnError) {
  std::string packed = gzip(lines());
  packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
  EXPECT_EQ(unpack(packed, packed.size()).status.code(), Code::damaged);
}

}  // namespace
}  // namespace everturn
