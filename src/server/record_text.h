// SPDX-License-Identifier: Apache-2.0
// A record as a route gives it. Pure functions, any thread.
#ifndef EVERTURN_SERVER_RECORD_TEXT_H_
#define EVERTURN_SERVER_RECORD_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "everturn/store.h"
#include "server/target.h"

namespace everturn::server {

enum class RecordForm : std::uint8_t {
  records,  // byte for byte
  objects,  // with position, everturn.record/1
  entries,  // what they say, everturn.readable/1
};

struct RecordStyle {
  RecordForm form = RecordForm::records;
  std::string dialect;  // of entries
  std::size_t max_text = SIZE_MAX;

  // Tells styles apart, as a part of the name of what is kept for one.
  [[nodiscard]] std::string name() const;
};

// What the parameters format, dialect and max_text ask for. Where the dialect is not named, the
// first records of the session tell.
Result<RecordStyle> record_style(Store& store, std::string_view key, const Query& query,
                                 RecordForm otherwise);

// One line, without its end.
std::string record_text(const RecordStyle& style, const Record& record);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_RECORD_TEXT_H_
