// SPDX-License-Identifier: Apache-2.0
// A session file that is one JSON document instead of lines, as some agents write it.
#ifndef EVERTURN_STORE_DOCUMENT_H_
#define EVERTURN_STORE_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "everturn/status.h"
#include "fs/fs.h"
#include "journal/json_document.h"

namespace everturn {

struct Document {
  std::string bytes;
  std::vector<DocumentPart> records;
};

// nullopt for lines (an object on one line is one), and for what is longer than `size_max`, which
// is not read into memory. Of lines it reads the first few bytes.
Result<std::optional<Document>> read_document(File& file, std::uint64_t size,
                                              std::uint64_t size_max);

}  // namespace everturn

#endif  // EVERTURN_STORE_DOCUMENT_H_
