// SPDX-License-Identifier: Apache-2.0
#include "store/document.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "journal/unreadable.h"

namespace everturn {
namespace {

// How far into a file its first token that tells is looked for. A document by a program begins with
// a bracket at once, and what follows a lone '{' stands on the next line.
constexpr std::uint64_t kBeginning = 512;

bool may_be_document(std::string_view beginning) {
  const std::size_t start = beginning.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  if (beginning[start] == '[') return true;
  if (beginning[start] != '{') return false;
  const std::size_t next = beginning.find_first_not_of(" \t\r", start + 1);
  return next != std::string_view::npos && beginning[next] == '\n';
}

}  // namespace

Result<std::optional<Document>> read_document(File& file, std::uint64_t size,
                                              std::uint64_t size_max) {
  std::optional<Document> none;
  if (size > size_max) return none;
  char beginning[kBeginning];
  const std::size_t got = TRY(
      read_around_holes(file, 0, beginning, static_cast<std::size_t>(std::min(size, kBeginning))));
  if (!may_be_document({beginning, got})) return none;
  Document document;
  document.bytes.resize(static_cast<std::size_t>(size));
  // One that cannot be read whole is none: no JSON holds NUL bytes.
  document.bytes.resize(
      TRY(read_around_holes(file, 0, document.bytes.data(), document.bytes.size())));
  auto records = document_records(document.bytes);
  if (!records) return none;
  document.records = *std::move(records);
  return std::optional<Document>(std::move(document));
}

}  // namespace everturn
