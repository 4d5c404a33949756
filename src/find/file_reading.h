// SPDX-License-Identifier: Apache-2.0
// From one file to its row in the catalog, reading no more than is asked for. One thread.
#ifndef EVERTURN_FIND_FILE_READING_H_
#define EVERTURN_FIND_FILE_READING_H_

#include <cstdint>

#include "find/catalog_row.h"
#include "find/summary.h"
#include "store/engine.h"

namespace everturn {

enum class Depth : std::uint8_t {
  summary,  // the beginning and the end
  counts,   // records and damage; continued from where the file grew
  health,   // the same of its health, tokens and turns, where that can be continued; else all of it
  verdict,  // all of it
};

class FileReading {
 public:
  explicit FileReading(Engine& engine) : engine_(engine) {}

  // The file that `listed` names, as it is now. `known` is what was known of it, if anything: what
  // of that still holds is not read again. A file that cannot be read has a row that says so;
  // `not_found` if there is none.
  Result<CatalogRow> read(const SessionInfo& listed, const CatalogRow* known, Depth depth);

 private:
  Result<CatalogRow> read_file(ListedFile& file, const CatalogRow* known, Depth depth);

  Engine& engine_;
  SummaryReader summaries_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_FILE_READING_H_
