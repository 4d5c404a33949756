// SPDX-License-Identifier: Apache-2.0
// Lines compressed with zstd in frames of their own, each about 1 MiB of whole lines with a
// checksum, and behind them a table of the frames, as zstd's seekable format has it: any part can
// be read without what stands before it, and a damaged frame costs its own lines only. Every zstd
// program reads such a file. Pure; one thread an object.
#ifndef EVERTURN_BASE_ZSTD_FRAMES_H_
#define EVERTURN_BASE_ZSTD_FRAMES_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"

namespace everturn {

struct ZstdFrame {
  std::uint64_t packed_begin = 0;
  std::uint64_t packed_size = 0;
  std::uint64_t begin = 0;  // of its content
  std::uint64_t size = 0;
};
using ZstdFrames = std::vector<ZstdFrame>;

class ZstdFrameWriter {
 public:
  using Sink = std::function<Status(std::string_view)>;
  explicit ZstdFrameWriter(Sink sink);
  ~ZstdFrameWriter();
  ZstdFrameWriter(const ZstdFrameWriter&) = delete;
  ZstdFrameWriter& operator=(const ZstdFrameWriter&) = delete;

  Status write(std::string_view bytes);
  // The last frame and the table.
  Status finish();

 private:
  struct State;
  Status write_frame(std::size_t size);

  Sink sink_;
  std::unique_ptr<State> state_;
  std::string waiting_;
  ZstdFrames frames_;
};

// How many bytes at the end of a file zstd_table_size() looks at.
inline constexpr std::size_t kZstdFooter = 9;
// Of the table at the end, by the last kZstdFooter bytes; nullopt if none stands there.
std::optional<std::uint64_t> zstd_table_size(std::string_view footer);
// `table`: the last zstd_table_size() bytes of a file of `file_size`. nullopt if it does not fit.
std::optional<ZstdFrames> parse_zstd_table(std::string_view table, std::uint64_t file_size);
// The frames of a file without its table, by their headers. What is none of them, up to the next
// beginning of a frame, comes as a frame of content size 2. nullopt if a frame does not tell its
// size: another program wrote it.
std::optional<ZstdFrames> walk_zstd_frames(std::string_view file);
// The content; nullopt if the frame is damaged.
std::optional<std::string> decode_zstd_frame(std::string_view packed, std::uint64_t size);

}  // namespace everturn

#endif  // EVERTURN_BASE_ZSTD_FRAMES_H_
