// SPDX-License-Identifier: Apache-2.0
// Digests: XXH3 for accidents, SHA-256 where somebody may choose the bytes. Any thread.
#ifndef EVERTURN_BASE_DIGEST_H_
#define EVERTURN_BASE_DIGEST_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace everturn {

struct Digest128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Digest128&, const Digest128&) = default;
};

using Sha256 = std::array<unsigned char, 32>;

Digest128 hash128(std::string_view bytes);     // XXH3, 128 bits
std::uint64_t hash64(std::string_view bytes);  // XXH3, 64 bits
Sha256 sha256(std::string_view bytes);

// SHA-256 of bytes that come in pieces. One thread at a time.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  void update(std::string_view bytes);
  [[nodiscard]] Sha256 digest() const;  // of all bytes so far

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A chain of lines: each digest is made of the one before it and the line, h = SHA-256(h || line),
// so that it can be taken up again from any digest. One thread at a time.
class LineChain {
 public:
  explicit LineChain(const Sha256& start = {});
  ~LineChain();
  LineChain(LineChain&&) noexcept;
  LineChain& operator=(LineChain&&) noexcept;
  void restart(const Sha256& start) { head_ = start; }
  void add(std::string_view line);  // without its line end
  [[nodiscard]] const Sha256& head() const { return head_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  Sha256 head_;
};

// Two lower-case hexadecimal digits a byte.
std::string hex(std::span<const unsigned char> bytes);
std::string hex(std::string_view bytes);
// 32 digits, the high half first.
std::string hex(const Digest128& digest);

}  // namespace everturn

#endif  // EVERTURN_BASE_DIGEST_H_
