// SPDX-License-Identifier: Apache-2.0
// A file that is one JSON document where lines were expected: some agents write one, also under the
// name of a file of lines. Pure; any thread.
#ifndef EVERTURN_JOURNAL_JSON_DOCUMENT_H_
#define EVERTURN_JOURNAL_JSON_DOCUMENT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace everturn {

struct DocumentPart {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The records of a document: the elements of an array of objects, or the one object itself. nullopt
// if `text` is neither, from its beginning to its end, white space around it allowed.
std::optional<std::vector<DocumentPart>> document_records(std::string_view text);
// A JSON text with spaces for its line breaks: JSON has those between its tokens only.
std::string on_one_line(std::string_view json);

}  // namespace everturn

#endif  // EVERTURN_JOURNAL_JSON_DOCUMENT_H_
