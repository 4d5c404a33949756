// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/utf8.h"
#include "cli/output.h"

namespace everturn::cli {
namespace {

// A longer cell moves the ones behind it instead of widening the whole column.
constexpr std::size_t kWidestColumn = 48;
constexpr std::string_view kGap = "  ";

bool is_wide(char32_t point) {
  return (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
         (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
         (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60) ||
         (point >= 0x1F300 && point <= 0x1FAFF) || (point >= 0x20000 && point <= 0x3FFFD);
}

bool is_combining(char32_t point) {
  return (point >= 0x0300 && point <= 0x036F) || point == 0x200B || point == 0x200D ||
         (point >= 0xFE00 && point <= 0xFE0F);
}

std::string aligned(std::string_view cell, std::size_t width, bool is_number, bool is_last) {
  const std::size_t taken = display_width(cell);
  const std::string blanks(taken < width ? width - taken : 0, ' ');
  if (is_number) return blanks + std::string(cell);
  return std::string(cell) + (is_last ? "" : blanks);
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Utf8Step step = utf8_step(text);
    const std::size_t length = std::max<std::size_t>(step.length, 1);
    const char32_t point = step.whole ? utf8_code_point(text, length) : U'?';
    if (!is_combining(point)) width += is_wide(point) ? 2 : 1;
    text.remove_prefix(length);
  }
  return width;
}

void Table::print(Output& output) const {
  if (output.is_terminal()) {
    print_aligned(output);
    return;
  }
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += (i > 0 ? "\t" : "") + row[i];
    if (!output.write(line + "\n")) return;
  }
}

void Table::print_aligned(Output& output) const {
  if (rows_.empty()) return;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].heading);
    for (const auto& row : rows_) {
      width = std::max(width, std::min(display_width(row[i]), kWidestColumn));
    }
    widths.push_back(width);
  }
  const auto line_of = [&](const auto& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += kGap;
      line += aligned(cell_at(i), widths[i], columns_[i].is_number, i + 1 == columns_.size());
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  };
  output.write(
      output.paint(Style::dim, line_of([&](std::size_t i) { return columns_[i].heading; })) + "\n");
  for (const auto& row : rows_) {
    if (!output.write(line_of([&](std::size_t i) { return row[i]; }) + "\n")) return;
  }
}

}  // namespace everturn::cli
