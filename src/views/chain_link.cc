// SPDX-License-Identifier: Apache-2.0
#include "views/chain_link.h"

#include "base/digest.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

bool has(const Entry& entry, EntryFlags flags) { return (entry.flags & flags) != 0; }

bool is_spoken(const Entry& entry) {
  return entry.kind <= EntryKind::tool_result || entry.kind == EntryKind::summary;
}

}  // namespace

std::optional<ChainLink> chain_link(std::string_view dialect, std::span<const Entry> entries,
                                    std::uint64_t offset) {
  const bool is_claude = dialect == "claude";
  if (entries.empty() || (!is_claude && dialect != "pi")) return std::nullopt;
  const Entry& entry = entries.front();
  if (!is_string(entry.id) || (is_claude && entry.title != TitleRank::none)) return std::nullopt;
  // A link of the chain, whatever the sub-agent says in it.
  const bool is_embedded = has(entry, kEmbedded);
  const bool is_answer =
      !is_embedded && entry.kind >= EntryKind::assistant && entry.kind <= EntryKind::tool_result;
  ChainLink link;
  link.id = hash64(entry.id);
  link.offset = offset;
  link.has_parent = is_string(entry.parent);
  if (link.has_parent) link.parent = hash64(entry.parent);
  // An answer without a parent has lost it; in pi the header has none, and nor need the first.
  link.is_root = !link.has_parent && (!is_claude || !is_answer);
  link.is_sidechain = has(entry, kSidechain) && !is_embedded;
  link.is_spoken = is_spoken(entry) && !has(entry, kQueued) && !is_embedded;
  link.is_leaf = is_claude ? link.is_spoken : true;
  link.is_injected = has(entry, kInjected) && entry.kind != EntryKind::tool_result;
  const bool is_boundary = has(entry, kBoundary) && is_text(entry.name, "compact_boundary");
  link.ends_here = is_claude && !is_embedded && (is_boundary || entry.kind == EntryKind::summary);
  return link;
}

void add_call_names(std::string_view dialect, std::span<const Entry> entries,
                    std::vector<std::uint64_t>& names) {
  if (dialect != "pi") return;
  for (const Entry& one : entries) {
    const bool is_call = one.kind == EntryKind::tool_call && is_string(one.call_id);
    if (is_call) names.push_back(hash64(one.call_id));
  }
}

}  // namespace everturn
