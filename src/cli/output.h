// SPDX-License-Identifier: Apache-2.0
// Standard output and standard error: buffered writing that notices every failure, colours where
// somebody looks, tables, progress. One thread.
#ifndef EVERTURN_CLI_OUTPUT_H_
#define EVERTURN_CLI_OUTPUT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"

namespace everturn::cli {

enum class ColorChoice : std::uint8_t { automatic, always, never };
enum class Style : std::uint8_t { plain, bold, dim, red, green, yellow, blue, cyan };

class Output {
 public:
  // Makes descriptors 0 to 2 valid first: on a closed one, the store's files could land, and what
  // is printed would go into them. Reading or writing a closed one fails all the same.
  Output();

  void set_color(ColorChoice choice);
  void set_quiet(bool quiet) { quiet_ = quiet; }

  [[nodiscard]] bool is_terminal() const { return is_terminal_; }  // stdout
  [[nodiscard]] bool is_quiet() const { return quiet_; }
  [[nodiscard]] std::uint64_t terminal_width() const;

  // Standard output, buffered. False once it cannot be written; status() then tells why.
  bool write(std::string_view text);
  bool flush();
  // Ok, or `io` when a write failed. The reader's going away (EPIPE) is reader_left().
  [[nodiscard]] const Status& status() const { return status_; }
  [[nodiscard]] bool reader_left() const { return reader_left_; }
  // Looks whether the reader of a pipe has gone, without writing.
  bool look_for_reader();
  // Ok, or `io` if nothing can ever be written, because the descriptor was closed.
  [[nodiscard]] Status check_open() const;

  // A confirmation on standard output; nothing if quiet.
  void say(std::string_view text);
  // A remark, or a failure, on standard error. Remarks are left out if quiet.
  void note(std::string_view text);
  void error(std::string_view line);

  // `text` in a style, on standard output.
  [[nodiscard]] std::string paint(Style style, std::string_view text) const;
  // The same for standard error.
  [[nodiscard]] std::string paint_error(Style style, std::string_view text) const;

 private:
  void write_error(std::string_view text);

  std::string buffer_;
  Status status_;
  bool was_closed_ = false;
  bool reader_left_ = false;
  bool is_terminal_ = false;
  bool error_is_terminal_ = false;
  bool color_ = false;
  bool error_color_ = false;
  bool quiet_ = false;

  friend class Progress;
};

// A line on standard error that is overwritten by the next and gone at the end; only on a terminal.
class Progress {
 public:
  explicit Progress(Output& output);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(std::string_view text);

 private:
  Output& output_;
  bool shown_ = false;
};

// Columns side by side: aligned with a heading on a terminal, separated by tabs elsewhere.
class Table {
 public:
  struct Column {
    std::string heading;
    bool is_number = false;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void print(Output& output) const;

 private:
  void print_aligned(Output& output) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// How many cells of a terminal `text` takes; about, since terminals differ.
std::size_t display_width(std::string_view text);

// "1 record", "3 records".
std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_OUTPUT_H_
