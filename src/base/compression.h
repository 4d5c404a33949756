// SPDX-License-Identifier: Apache-2.0
// Reads what gzip and zstd wrote. One thread at a time.
#ifndef EVERTURN_BASE_COMPRESSION_H_
#define EVERTURN_BASE_COMPRESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "everturn/status.h"

namespace everturn {

enum class Compression : std::uint8_t { none, gzip, zstd };
std::string_view compression_name(Compression compression);

// By the first four bytes of a file.
Compression compression_of(std::string_view beginning);

class Decompressor {
 public:
  using Sink = std::function<Status(std::string_view)>;
  explicit Decompressor(Compression compression);
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Takes the next compressed bytes and gives what they hold to the sink, in pieces. `damaged` if
  // they cannot go on what came before; what was given until then is whole.
  Status feed(std::string_view bytes, const Sink& sink);
  // False: the input ended in the middle.
  [[nodiscard]] bool is_complete() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace everturn

#endif  // EVERTURN_BASE_COMPRESSION_H_
