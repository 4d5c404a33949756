// SPDX-License-Identifier: Apache-2.0
// What a listing shows of a session, from the beginning and the end of its file. Depends on nothing
// but the file's bytes. One thread.
#ifndef EVERTURN_FIND_SUMMARY_H_
#define EVERTURN_FIND_SUMMARY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "everturn/status.h"
#include "find/catalog_row.h"
#include "store/engine.h"
#include "views/overview.h"

namespace everturn {

// Keeps its memory from file to file.
class SummaryReader {
 public:
  SummaryReader();
  ~SummaryReader();
  // Of the next file that is read, if it is a chat of ours: up to here it is known, and `title` is
  // its title unless something stands behind that says otherwise. 0: nothing is known. `about`: as
  // about() was of it.
  void begin_at(std::uint64_t known_to, std::string_view title, const AboutSearch& about) {
    known_to_ = known_to;
    known_title_ = title;
    known_about_ = about;
  }
  Result<Overview> read(ListedFile& file);
  // Of the file that was read: its title comes from what begin_at() was given.
  [[nodiscard]] bool took_known_title() const { return took_known_title_; }
  [[nodiscard]] const AboutSearch& about() const { return about_; }
  // Its title is what begin_at() takes once it has grown.
  [[nodiscard]] bool title_stands() const { return title_stands_; }
  // The file that was read ends in what padding is made of.
  [[nodiscard]] bool may_be_padded() const { return may_be_padded_; }

 private:
  struct Window {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };
  Result<Overview> read_plain(ListedFile& file);
  Result<Overview> read_records(ListedFile& file);
  static Result<std::string_view> bytes_of(ListedFile& file, const Window& window,
                                           std::string& buffer);
  Status fill(ListedFile& file, const Window& window);
  Status read_head(ListedFile& file);
  Status read_middle(ListedFile& file, std::uint64_t end);
  Result<std::uint64_t> find_about(ListedFile& file, std::uint64_t begin, std::uint64_t end);
  Result<bool> take_about(ListedFile& file, std::uint64_t at);
  bool is_last_prompt(std::string_view line);
  Result<std::uint64_t> find_tail(ListedFile& file);
  bool take_line(std::string_view line, bool terminated);
  void take_lines(std::string_view bytes);
  bool take_chat();
  bool take_damaged(std::string_view line, bool terminated);
  void set_last_good(std::string_view line);

  JsonChecker checker_;
  OverviewReader overview_;
  std::string buffer_;
  std::string_view window_;        // in buffer_, or of the file's beginning; with room behind it
  std::string_view first_record_;  // of the file, where it need not be checked
  std::string_view last_good_;     // the last line of the window that was a record
  struct DamagedLines;
  std::unique_ptr<DamagedLines> damaged_;      // that follow it; null if there are none yet
  std::vector<std::string_view> last_lines_;   // that find_tail() went through, the last first
  std::vector<std::string_view> about_lines_;  // of them, about the session
  bool has_about_line_ = false;                // one of them is
  bool has_damaged_end_ = false;  // one of them is damaged and may hold the last prompt
  std::uint64_t size_ = 0;        // of the file
  std::uint64_t head_end_ = 0;    // behind the last line of the head
  std::uint64_t head_records_ = 0;
  std::uint64_t known_to_ = 0;
  std::string known_title_;
  AboutSearch known_about_;
  AboutSearch about_;
  bool title_stands_ = false;
  bool took_known_title_ = false;
  bool may_be_padded_ = false;
  bool is_chat_ = false;  // and holds chat messages, a prompt among the first of them
  bool is_ours_ = false;  // begins with the store's own record
};

}  // namespace everturn

#endif  // EVERTURN_FIND_SUMMARY_H_
