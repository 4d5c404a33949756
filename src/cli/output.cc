// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace everturn::cli {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;

bool has_value(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool terminal_shows_color() {
  const char* terminal = std::getenv("TERM");
  return !has_value("NO_COLOR") && terminal != nullptr && std::string_view(terminal) != "dumb";
}

bool is_closed(int descriptor) {
  return fcntl(descriptor, F_GETFD) == -1 && errno == EBADF;  // NOLINT(*-vararg)
}

// Puts /dev/null in the place of a closed descriptor, opened so that using it still fails.
bool fill_if_closed(int descriptor, int flags) {
  if (!is_closed(descriptor)) return false;
  const int filler = open("/dev/null", flags);  // NOLINT(*-vararg): lowest free, so this one
  if (filler >= 0 && filler != descriptor) close(filler);
  return true;
}

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::bold:
      return "\x1b[1m";
    case Style::dim:
      return "\x1b[2m";
    case Style::red:
      return "\x1b[31m";
    case Style::green:
      return "\x1b[32m";
    case Style::yellow:
      return "\x1b[33m";
    case Style::blue:
      return "\x1b[34m";
    case Style::cyan:
      return "\x1b[36m";
  }
  return "";
}

std::string painted(bool color, Style style, std::string_view text) {
  if (!color || style == Style::plain || text.empty()) return std::string(text);
  return std::string(code_of(style)) + std::string(text) + "\x1b[0m";
}

}  // namespace

Output::Output() {
  fill_if_closed(0, O_WRONLY);
  was_closed_ = fill_if_closed(1, O_RDONLY);
  fill_if_closed(2, O_RDONLY);
  is_terminal_ = isatty(1) == 1;
  error_is_terminal_ = isatty(2) == 1;
  set_color(ColorChoice::automatic);
}

void Output::set_color(ColorChoice choice) {
  const bool wanted =
      choice == ColorChoice::always || (choice == ColorChoice::automatic && terminal_shows_color());
  const bool anywhere = choice == ColorChoice::always;
  color_ = wanted && (anywhere || is_terminal_);
  error_color_ = wanted && (anywhere || error_is_terminal_);
}

std::uint64_t Output::terminal_width() const {
  winsize size = {};
  const bool known = ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;  // NOLINT(*-vararg)
  return known ? size.ws_col : 80;
}

Status Output::check_open() const {
  if (!was_closed_) return {};
  return {Code::io, "standard output is closed; nothing was done (--quiet does without it)", EBADF};
}

bool Output::write(std::string_view text) {
  if (!status_.ok() || reader_left_) return false;
  buffer_ += text;
  return buffer_.size() < kBufferBytes || flush();
}

bool Output::flush() {
  if (!status_.ok() || reader_left_) return false;
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(1, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      pollfd writable = {1, POLLOUT, 0};
      poll(&writable, 1, -1);
      continue;
    }
    reader_left_ = errno == EPIPE;
    if (!reader_left_) {
      status_ = {Code::io, std::string("cannot write to standard output: ") + std::strerror(errno),
                 errno};
    }
    break;
  }
  buffer_.clear();
  return status_.ok() && !reader_left_;
}

bool Output::look_for_reader() {
  pollfd state = {1, 0, 0};
  if (poll(&state, 1, 0) > 0 && (state.revents & POLLERR) != 0) reader_left_ = true;
  return !reader_left_;
}

void Output::say(std::string_view text) {
  if (quiet_) return;
  write(std::string(text) + "\n");
}

void Output::note(std::string_view text) {
  if (quiet_) return;
  error(std::string(text));
}

void Output::error(std::string_view line) {
  flush();  // keeps the order where both go to one terminal
  write_error(std::string(line) + "\n");
}

void Output::write_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(2, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;  // nobody is left to tell
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string Output::paint(Style style, std::string_view text) const {
  return painted(color_, style, text);
}

std::string Output::paint_error(Style style, std::string_view text) const {
  return painted(error_color_, style, text);
}

Progress::Progress(Output& output) : output_(output) {}

Progress::~Progress() {
  if (shown_) output_.write_error("\r\x1b[K");
}

void Progress::show(std::string_view text) {
  if (!output_.error_is_terminal_ || output_.quiet_) return;
  shown_ = true;
  output_.write_error("\r\x1b[K" + std::string(text));
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace everturn::cli
