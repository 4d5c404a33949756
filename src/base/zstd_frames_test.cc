// SPDX-License-Identifier: Apache-2.0
#include "base/zstd_frames.h"

#include <gtest/gtest.h>

#include "base/compression.h"

namespace everturn {
namespace {

// About three frames of lines.
std::string lines() {
  std::string bytes;
  for (int i = 0; bytes.size() < 3'300'000; ++i) {
    bytes += "{\"n\":" + std::to_string(i * 7919) + "}\n";
  }
  return bytes;
}

std::string packed(std::string_view bytes) {
  std::string file;
  ZstdFrameWriter writer([&file](std::string_view piece) {
    file += piece;
    return Status();
  });
  EXPECT_TRUE(writer.write(bytes).ok());
  EXPECT_TRUE(writer.finish().ok());
  return file;
}

std::optional<ZstdFrames> table_of(const std::string& file) {
  const std::string_view all = file;
  const auto size = zstd_table_size(all.substr(all.size() - kZstdFooter));
  if (!size || *size > file.size()) return std::nullopt;
  return parse_zstd_table(all.substr(all.size() - *size), file.size());
}

std::string unpacked(const std::string& file, const ZstdFrames& frames) {
  std::string bytes;
  for (const ZstdFrame& frame : frames) {
    EXPECT_EQ(frame.begin, bytes.size());
    bytes += decode_zstd_frame(std::string_view(file).substr(frame.packed_begin, frame.packed_size),
                               frame.size)
                 .value_or("");
  }
  return bytes;
}

TEST(ZstdFrames, WhatWasPackedComesBackInFramesOfWholeLines) {
  const std::string bytes = lines();
  const std::string file = packed(bytes);
  const std::optional<ZstdFrames> frames = table_of(file);
  ASSERT_TRUE(frames.has_value());
  EXPECT_EQ(frames->size(), 4U);
  EXPECT_EQ(unpacked(file, *frames), bytes);
  for (const ZstdFrame& frame : *frames) EXPECT_EQ(bytes[frame.begin + frame.size - 1], '\n');
}

TEST(ZstdFrames, AnOrdinaryReaderTakesThem) {
  const std::string bytes = lines();
  Decompressor decompressor(Compression::zstd);
  std::string read;
  EXPECT_TRUE(decompressor
                  .feed(packed(bytes),
                        [&read](std::string_view piece) {
                          read += piece;
                          return Status();
                        })
                  .ok());
  EXPECT_EQ(read, bytes);
}

TEST(ZstdFrames, NothingAndAnEndlessLineComeBackToo) {
  EXPECT_EQ(unpacked(packed(""), table_of(packed("")).value()), "");
  const std::string endless(9 << 20, 'x');
  EXPECT_EQ(unpacked(packed(endless), table_of(packed(endless)).value()), endless);
}

TEST(ZstdFrames, WithoutItsTableAFileIsWalked) {
  const std::string bytes = lines();
  std::string file = packed(bytes);
  file[file.size() - 1] ^= 1;
  EXPECT_FALSE(table_of(file).has_value());
  EXPECT_EQ(unpacked(file, walk_zstd_frames(file).value()), bytes);
}

TEST(ZstdFrames, ADamagedFrameCostsItselfOnly) {
  const std::string bytes = lines();
  std::string file = packed(bytes);
  const ZstdFrames frames = table_of(file).value();
  file[frames[1].packed_begin + frames[1].packed_size / 2] ^= 1;
  const std::string_view all = file;
  EXPECT_FALSE(
      decode_zstd_frame(all.substr(frames[1].packed_begin, frames[1].packed_size), frames[1].size)
          .has_value());
  EXPECT_TRUE(
      decode_zstd_frame(all.substr(frames[2].packed_begin, frames[2].packed_size), frames[2].size)
          .has_value());
}

TEST(ZstdFrames, ADamagedTableIsNeverBelieved) {
  const std::string file = packed(lines());
  const std::size_t table = file.size() - *zstd_table_size(file.substr(file.size() - kZstdFooter));
  const ZstdFrames good = table_of(file).value();
  for (std::size_t i = table; i < file.size(); ++i) {
    std::string flipped = file;
    flipped[i] ^= 0x10;
    const std::optional<ZstdFrames> frames = table_of(flipped);
    if (!frames) continue;
    // Sizes of contents alone may be wrong: then the frame does not decode to that size.
    ASSERT_EQ(frames->size(), good.size()) << i;
    bool is_seen = false;
    for (const ZstdFrame& frame : *frames) {
      const auto content = decode_zstd_frame(
          std::string_view(flipped).substr(frame.packed_begin, frame.packed_size), frame.size);
      is_seen = is_seen || !content;
    }
    EXPECT_TRUE(is_seen) << i;
  }
}

}  // namespace
}  // namespace everturn
