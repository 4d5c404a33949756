// SPDX-License-Identifier: Apache-2.0
// The index of a store's words, in search.db of its cache: which stretches of its files cannot hold
// what is searched. It only ever lets stretches be passed over, and only where the file is what it
// was when they were read; all else is searched. A row that does not fit its checksum says nothing,
// and a database that is damaged, locked or not there nothing at all.
#ifndef EVERTURN_FIND_TEXT_INDEX_H_
#define EVERTURN_FIND_TEXT_INDEX_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "everturn/search.h"
#include "store/engine.h"

namespace everturn {

// Offsets in a file.
struct Stretch {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// What the index says of a file: its stretches without what is searched, in order.
struct IndexedFile {
  FileStamp stamp;
  std::vector<Stretch> without;
};
using IndexedFiles = std::unordered_map<std::string, IndexedFile>;  // by SessionInfo::file_name

// What the index knows about `tokens`, see required_tokens(). Empty if there is none.
IndexedFiles ask_index(Engine& engine, const std::vector<std::uint64_t>& tokens);

// The stretches of a file of `size` bytes that are to be searched; all of it, if the index does not
// know it as it is.
std::vector<Stretch> stretches_to_search(const IndexedFiles& index, const SessionInfo& session);

}  // namespace everturn

#endif  // EVERTURN_FIND_TEXT_INDEX_H_
