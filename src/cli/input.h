// SPDX-License-Identifier: Apache-2.0
// JSONL from standard input, line by line, stopped by signals. One thread.
#ifndef EVERTURN_CLI_INPUT_H_
#define EVERTURN_CLI_INPUT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "everturn/status.h"

namespace everturn::cli {

class LineReader {
 public:
  // `signals` must outlive this.
  LineReader(const StopSignals& signals, std::uint64_t max_line_bytes);

  enum class Outcome : std::uint8_t { line, end, stopped };
  // The next line that is not blank, without its line end; it lives until the next call.
  // `stopped`: a signal came. `invalid`: a line longer than the limit; `io`: reading failed.
  Result<Outcome> next(std::string_view* line);
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }  // of that line, from 1
  [[nodiscard]] std::uint64_t blank_lines() const { return blank_lines_; }
  // Bytes behind the line that may be read, for JsonChecker.
  static constexpr std::size_t kPadding = kJsonPadding;

 private:
  // Reads more into the buffer; `line` means there is some.
  Result<Outcome> fill();
  Result<std::string_view> take(std::size_t size, std::size_t skip);
  Status check_length(std::size_t size) const;

  const StopSignals& signals_;
  std::uint64_t max_line_bytes_;
  std::string buffer_;  // [start_, end_) is unread; kPadding bytes stand behind
  std::size_t start_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  std::uint64_t line_number_ = 0;
  std::uint64_t blank_lines_ = 0;
};

// Ok if the line is one record; else `invalid`, naming the line and the byte. kJsonPadding bytes
// behind `line` must be readable.
Status check_line(std::string_view line, std::uint64_t line_number, JsonChecker& checker);

// Tells whoever sits at a terminal that their input is waited for.
void note_terminal_input(Output& output);

// All records of standard input.
struct InputRecords {
  std::vector<std::string> lines;
  std::uint64_t blank_lines = 0;
  bool stopped = false;  // by a signal, before the end of the input

  [[nodiscard]] std::vector<std::string_view> views() const { return {lines.begin(), lines.end()}; }
};

// `for_nanobot`: also refuses what nanobot cannot read.
Result<InputRecords> read_records(const StopSignals& signals, std::uint64_t max_record_bytes,
                                  bool for_nanobot);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_INPUT_H_
