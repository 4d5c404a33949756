// SPDX-License-Identifier: Apache-2.0
// Blocks as the text of a page, one class a format. They make every text of a session harmless.
#ifndef EVERTURN_VIEWS_PAGE_WRITER_H_
#define EVERTURN_VIEWS_PAGE_WRITER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "everturn/page.h"
#include "views/blocks.h"
#include "views/survey.h"

namespace everturn {

class PageWriter {
 public:
  virtual ~PageWriter() = default;
  virtual std::string begin(const PageOptions& options, const Survey& survey) = 0;
  // Around the `records` records before the last compaction, where there is one.
  virtual std::string begin_earlier(std::uint64_t records) = 0;
  virtual std::string end_earlier(std::uint64_t records) = 0;
  virtual std::string block(const Block& block) = 0;
  virtual std::string end(std::uint64_t records, std::uint64_t damaged) = 0;
};

std::unique_ptr<PageWriter> text_page(const PageOptions& options);
std::unique_ptr<PageWriter> markdown_page();
std::unique_ptr<PageWriter> html_page();

// "user", "sub-agent assistant", "tool result": whose block it is.
std::string speaker_text(const Block& block);
// What was said, or run by a person, and is not part of what is sent.
bool tells_unsent(const Block& block);
// "3 records about the session: mode, tag x 2".
std::string aside_text(const std::map<std::string, std::uint64_t>& types);
// "23 bytes at 1042 are no record: torn: ..."
std::string damage_sentence(const Damage& damage);

// Remembers who spoke last, for a heading is due when that changes.
class Headings {
 public:
  // True if the block is of another speaker than the last. Blocks of nobody change nothing.
  bool is_due(const Block& block);

 private:
  std::string last_;
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_PAGE_WRITER_H_
