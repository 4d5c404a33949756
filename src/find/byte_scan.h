// SPDX-License-Identifier: Apache-2.0
// Finds the lines that may hold an anchor, as fast as bytes come from the memory.
#ifndef EVERTURN_FIND_BYTE_SCAN_H_
#define EVERTURN_FIND_BYTE_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "find/anchor.h"
#include "find/scan_kernel.h"

namespace everturn {

// One thread each; a copy is another one.
class ByteScan {
 public:
  explicit ByteScan(Anchor anchor);

  // The first line of text[from, end) that may hold the anchor, without its '\n'; `text` ends where
  // a line does, and `from` is where one begins. An empty view at the end of `text` if none may.
  std::string_view next_line(std::string_view text, std::size_t from);

 private:
  enum class Verdict : std::uint8_t { no, line, look };  // look at the line slowly

  bool make_plan();
  std::string_view next_line_slowly(std::string_view text, std::size_t from);
  [[nodiscard]] ScanStop next_stop(std::string_view text, std::size_t from) const;
  [[nodiscard]] bool is_stop(std::string_view text, std::size_t at) const;
  [[nodiscard]] Verdict look_at(std::string_view text, std::size_t at) const;
  [[nodiscard]] bool stands_at(std::string_view text, std::size_t at) const;
  [[nodiscard]] bool is_pair(std::string_view text, std::size_t at) const;
  [[nodiscard]] bool matters(std::string_view escape) const;

  Anchor anchor_;
  SlowFinder slow_;
  bool is_fast_ = false;
  ScanPlan plan_;
  ScanFunction scan_ = nullptr;
  std::unordered_set<char32_t> spelled_;  // escapes of these deserve a look
  bool has_surrogates_ = false;           // some of the anchor's characters are escaped as pairs
};

}  // namespace everturn

#endif  // EVERTURN_FIND_BYTE_SCAN_H_
