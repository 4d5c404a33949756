// SPDX-License-Identifier: Apache-2.0
#include "find/text_index.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "find/index_rows.h"
#include "find/token_filter.h"

namespace everturn {
namespace {

// Adds the segments of the part that cannot hold the tokens.
void add_stretches(const IndexPart& part, const std::vector<std::uint64_t>& tokens,
                   std::uint64_t salt, std::vector<Stretch>& without) {
  if (part.end < part.begin) return;
  std::uint64_t at = part.begin;
  for (const IndexSegment& segment : read_segments(part.filters, part.end - part.begin)) {
    if (!may_hold(segment.filter, tokens, salt)) without.push_back({at, at + segment.bytes});
    at += segment.bytes;
  }
}

Status ask(Engine& engine, const std::vector<std::uint64_t>& tokens, IndexedFiles& files) {
  const CachePlace place = TRY(engine.cache_place(false));
  IndexRows rows = TRY(IndexRows::open(place, false));
  const Database::Turn turn = rows.database().take_turn();
  const std::uint64_t salt = TRY(rows.salt(0));
  return rows.for_each(
      salt,
      [&](const IndexPart& part) {
        const FileStamp stamp = stamp_from(part.stamp);
        IndexedFile& file = files[std::string(part.file)];
        if (file.stamp != stamp) file.without.clear();
        file.stamp = stamp;
        add_stretches(part, tokens, salt, file.without);
      },
      [](std::int64_t) {});
}

}  // namespace

IndexedFiles ask_index(Engine& engine, const std::vector<std::uint64_t>& tokens) {
  IndexedFiles files;
  if (tokens.empty()) return files;
  // Half of an answer could be of a database that is being damaged: better none.
  if (!ask(engine, tokens, files).ok()) files.clear();
  for (auto& [name, file] : files) {
    std::sort(file.without.begin(), file.without.end(),
              [](const Stretch& a, const Stretch& b) { return a.begin < b.begin; });
  }
  return files;
}

std::vector<Stretch> stretches_to_search(const IndexedFiles& index, const SessionInfo& session) {
  const auto known = index.find(session.file_name);
  if (known == index.end() || known->second.stamp != session.stamp) return {{0, session.bytes}};
  std::vector<Stretch> stretches;
  std::uint64_t at = 0;
  for (const Stretch& without : known->second.without) {
    if (without.begin > at) stretches.push_back({at, without.begin});
    at = std::max(at, without.end);
  }
  if (at < session.bytes) stretches.push_back({at, session.bytes});
  return stretches;
}

}  // namespace everturn
