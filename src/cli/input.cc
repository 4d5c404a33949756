// SPDX-License-Identifier: Apache-2.0
#include "cli/input.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "views/nanobot_limits.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;
// What one batch can hold; the store refuses more, but only when all of it is in memory.
constexpr std::uint64_t kMaxInputBytes = 1ULL << 30;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::string line_name(std::uint64_t line_number) { return "line " + std::to_string(line_number); }

// Waits until standard input or the signals have something.
Status wait_for_input(const StopSignals& signals) {
  std::array<pollfd, 2> watched = {{{0, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}}};
  if (poll(watched.data(), watched.size(), -1) >= 0 || errno == EINTR) return {};
  return {Code::io, std::string("cannot wait for standard input: ") + std::strerror(errno), errno};
}

}  // namespace

LineReader::LineReader(const StopSignals& signals, std::uint64_t max_line_bytes)
    : signals_(signals), max_line_bytes_(max_line_bytes) {}

Result<LineReader::Outcome> LineReader::fill() {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    end_ -= start_;
    start_ = 0;
  }
  buffer_.resize(std::max(buffer_.size(), end_ + kReadBytes + kPadding));
  while (true) {
    if (StopSignals::received() != 0) return Outcome::stopped;
    CHECK_OK(wait_for_input(signals_));
    if (StopSignals::received() != 0) return Outcome::stopped;
    const ssize_t count = read(0, buffer_.data() + end_, kReadBytes);
    if (count > 0) {
      end_ += static_cast<std::size_t>(count);
      return Outcome::line;
    }
    if (count == 0) {
      at_end_ = true;
      return Outcome::end;
    }
    if (errno == EINTR || errno == EAGAIN) continue;
    const int error = errno;
    return Status(Code::io, std::string("cannot read standard input: ") + std::strerror(error),
                  error);
  }
}

Status LineReader::check_length(std::size_t size) const {
  if (size <= max_line_bytes_) return {};
  return {Code::invalid, line_name(line_number_ + 1) + " has more than " +
                             std::to_string(max_line_bytes_) +
                             " bytes; raise --max-record, or keep large payloads elsewhere"};
}

Result<std::string_view> LineReader::take(std::size_t size, std::size_t skip) {
  CHECK_OK(check_length(size));
  const std::string_view line = std::string_view(buffer_).substr(start_, size);
  start_ += size + skip;
  ++line_number_;
  return line;
}

Result<LineReader::Outcome> LineReader::next(std::string_view* line) {
  std::size_t searched = 0;  // of the unread bytes: no newline in them
  while (true) {
    const std::string_view unread = std::string_view(buffer_).substr(start_, end_ - start_);
    const std::size_t newline = unread.find('\n', searched);
    if (newline != std::string_view::npos || (at_end_ && !unread.empty())) {
      const bool terminated = newline != std::string_view::npos;
      *line = TRY(take(terminated ? newline : unread.size(), terminated ? 1 : 0));
      searched = 0;
      if (!is_blank(*line)) return Outcome::line;
      ++blank_lines_;
      continue;
    }
    if (at_end_) return Outcome::end;
    CHECK_OK(check_length(unread.size()));
    searched = unread.size();
    const Outcome outcome = TRY(fill());
    if (outcome == Outcome::stopped) return outcome;
  }
}

Status check_line(std::string_view line, std::uint64_t line_number, JsonChecker& checker) {
  const std::size_t carriage_return = line.substr(0, line.size() - 1).find('\r');
  if (carriage_return != std::string_view::npos) {
    return {Code::invalid, line_name(line_number) + ", byte " + std::to_string(carriage_return) +
                               ": a raw carriage return; many readers take it for a line end"};
  }
  if (checker.is_object(line)) return {};
  const JsonFault& fault = checker.fault();
  const std::size_t begin = fault.offset < 20 ? 0 : fault.offset - 20;
  return {Code::invalid, line_name(line_number) + ", byte " + std::to_string(fault.offset) +
                             ": not a record: " + std::string(fault.reason) + ", near \"" +
                             printable(line.substr(begin, 40)) + "\""};
}

void note_terminal_input(Output& output) {
  if (isatty(0) == 1) output.note("reading records, one a line, from the terminal; Ctrl-D ends");
}

Result<InputRecords> read_records(const StopSignals& signals, std::uint64_t max_record_bytes,
                                  bool for_nanobot) {
  LineReader reader(signals, max_record_bytes);
  JsonChecker checker;
  InputRecords records;
  std::uint64_t bytes = 0;
  std::string_view line;
  while (true) {
    const LineReader::Outcome outcome = TRY(reader.next(&line));
    records.stopped = outcome == LineReader::Outcome::stopped;
    if (outcome != LineReader::Outcome::line) break;
    CHECK_OK(check_line(line, reader.line_number(), checker));
    if (for_nanobot) {
      CHECK_OK(check_nanobot_can_read(line).within(line_name(reader.line_number())));
    }
    bytes += line.size() + 1;
    if (bytes > kMaxInputBytes) {
      return Status(Code::invalid, "more than 1 GiB on standard input; split it");
    }
    records.lines.emplace_back(line);
  }
  records.blank_lines = reader.blank_lines();
  return records;
}

}  // namespace everturn::cli
