// SPDX-License-Identifier: Apache-2.0
// Numbers and texts one behind the other, for what a cache keeps: integers as they lie in memory,
// because a cache stays on its machine. Reading takes any bytes. One thread.
#ifndef EVERTURN_BASE_PACKED_H_
#define EVERTURN_BASE_PACKED_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace everturn {

class PackedWriter {
 public:
  explicit PackedWriter(std::size_t room = 0) { bytes_.reserve(room); }

  template <class T>
  void number(T value) {
    static_assert(std::is_integral_v<T>);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof value);
  }
  void text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// What is asked for and is not there leaves the value as it was, and all that follows too.
class PackedReader {
 public:
  explicit PackedReader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  void number(T& value) {
    static_assert(std::is_integral_v<T>);
    if (bytes_.size() < sizeof value) return fail();
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
  }
  // std::string, or a view of the bytes.
  template <class Text>
  void text(Text& text) {
    std::uint32_t size = 0;
    number(size);
    if (bytes_.size() < size) return fail();
    text = Text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
  }
  // Everything that was asked for was there.
  [[nodiscard]] bool is_ok() const { return is_ok_; }
  // And no more.
  [[nodiscard]] bool is_done() const { return is_ok_ && bytes_.empty(); }

 private:
  void fail() {
    is_ok_ = false;
    bytes_ = {};
  }
  std::string_view bytes_;
  bool is_ok_ = true;
};

}  // namespace everturn

#endif  // EVERTURN_BASE_PACKED_H_
