// SPDX-License-Identifier: Apache-2.0
// Sessions for people: pages to read, and figures. Nothing here reads the disk; whoever has the
// records gives them, one at a time, and none is kept: memory does not grow with the session, apart
// from some bytes for each record. Reading never fails. Out of memory ends the program.
//
// For example, with `how` a ReadOptions that has with_metadata set:
//
//   Page page(options, write);
//   (*store)->read(key, how, [&](const Record& r) { return page.look(r.bytes); });
//   page.begin();
//   (*store)->read(key, how, [&](const Record& r) { return page.add(r.bytes); });
//   page.end();
#ifndef EVERTURN_PAGE_H_
#define EVERTURN_PAGE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "everturn/report.h"
#include "everturn/views.h"

namespace everturn {

enum class PageFormat : std::uint8_t {
  text,      // for a terminal
  markdown,  // CommonMark; nothing of the session can become markup
  html,      // one file, without scripts, in light and dark
};

// How a piece of a text page is meant; for PageOptions::paint.
enum class PageStyle : std::uint8_t { user, assistant, system, folded, damage };

struct PageOptions {
  PageFormat format = PageFormat::text;
  std::string name;     // of the session
  std::string dialect;  // empty: recognised
  // Text only: arguments, results and thoughts as a whole instead of a line of each, and what came
  // before the last compaction.
  bool full = false;
  // Text only: the piece, one line or less, with its style around it.
  std::function<std::string(PageStyle, std::string_view)> paint;
};

// A session as a page. Every text in it is made harmless: no control character, no bidirectional
// control and no markup of a record reaches the page as one. Each record is given twice, in order:
// first to look(), for the dialect, the title and the last compaction must be known before the page
// begins; then to add(). One thread.
class Page {
 public:
  // Takes the next piece of the page; false: there is no more to be written.
  using Sink = std::function<bool(std::string_view)>;
  Page(PageOptions options, Sink sink);
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // Always true, so that a RecordSink may return it.
  bool look(std::string_view record) noexcept;
  // Ends the first reading. The records that are added begin with number `first_record` of it; what
  // came before a compaction is then not folded, unless that is 0.
  bool begin(std::uint64_t first_record = 0) noexcept;
  // False once the sink has said so.
  bool add(std::string_view record) noexcept;
  bool add_damage(const Damage& damage) noexcept;
  bool end() noexcept;

  [[nodiscard]] std::string_view dialect() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What one day saw.
struct DayFigures {
  std::uint64_t records = 0;
  std::uint64_t turns = 0;
  std::int64_t output_tokens = 0;
};

struct Figures {
  std::uint64_t sessions = 0;
  std::uint64_t records = 0;
  std::uint64_t copies = 0;  // of them, records that stand in an earlier session as well
  std::uint64_t bytes = 0;   // of the records
  std::uint64_t turns = 0;   // what people said
  std::uint64_t responses = 0;
  std::uint64_t compactions = 0;
  Usage usage;
  std::map<std::string, Usage> models;            // "": not named
  std::map<std::string, std::uint64_t> tools;     // calls by the tool's name
  std::map<std::string, std::uint64_t> dialects;  // sessions by dialect
  std::map<std::string, std::uint64_t> sizes;     // bytes by kind of entry, "image", "rest"
  std::map<std::string, DayFigures> days;         // by local day, "2026-08-20"
};

// Counts over any number of sessions. A response is counted once, whatever it was split into, and
// however many forks, resumed copies and sub-agents hold it; so are records, turns and calls that
// have an id. Without one there is no telling. One thread.
class Stats {
 public:
  Stats();
  ~Stats();
  Stats(const Stats&) = delete;
  Stats& operator=(const Stats&) = delete;

  // What follows is of another session; an empty `dialect` is recognised.
  void begin_session(const std::string& dialect = {}) noexcept;
  // Always true, so that a RecordSink may return it.
  bool add(std::string_view record) noexcept;
  [[nodiscard]] Figures figures() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace everturn

#endif  // EVERTURN_PAGE_H_
