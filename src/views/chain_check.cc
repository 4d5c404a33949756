// SPDX-License-Identifier: Apache-2.0
#include "views/chain_check.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/digest.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

bool has(const Entry& entry, EntryFlags flags) { return (entry.flags & flags) != 0; }

bool is_spoken(const Entry& entry) {
  return entry.kind <= EntryKind::tool_result || entry.kind == EntryKind::summary;
}

}  // namespace

void ChainCheck::add(std::string_view dialect, std::span<const Entry> entries,
                     std::uint64_t offset) {
  is_claude_ = dialect == "claude";
  if (entries.empty() || (!is_claude_ && dialect != "pi")) return;
  const Entry& entry = entries.front();
  if (!is_string(entry.id) || (is_claude_ && entry.title != TitleRank::none)) return;
  // A link of the chain, whatever the sub-agent says in it.
  const bool is_embedded = has(entry, kEmbedded);
  const bool is_answer =
      !is_embedded && entry.kind >= EntryKind::assistant && entry.kind <= EntryKind::tool_result;
  Link link;
  link.id = hash64(entry.id);
  link.offset = offset;
  link.has_parent = is_string(entry.parent);
  if (link.has_parent) link.parent = hash64(entry.parent);
  // An answer without a parent has lost it; in pi the header has none, and nor need the first.
  link.is_root = !link.has_parent && (!is_claude_ || !is_answer);
  link.is_sidechain = has(entry, kSidechain) && !is_embedded;
  link.is_spoken = is_spoken(entry) && !has(entry, kQueued) && !is_embedded;
  link.is_leaf = is_claude_ ? link.is_spoken : true;
  link.is_injected = has(entry, kInjected) && entry.kind != EntryKind::tool_result;
  const bool is_boundary = has(entry, kBoundary) && is_text(entry.name, "compact_boundary");
  link.ends_here = is_claude_ && !is_embedded && (is_boundary || entry.kind == EntryKind::summary);
  if (!is_claude_) {
    for (const Entry& one : entries) {
      const bool is_call = one.kind == EntryKind::tool_call && is_string(one.call_id);
      if (is_call) calls_.emplace_back(hash64(one.call_id), links_.size());
    }
  }
  links_.push_back(link);
}

// The way of the agent, and what would be on it if no parent were gone.
class ChainCheck::Walk {
 public:
  explicit Walk(const ChainCheck& check) : links_(check.links_) {
    const bool all_sidechain = std::all_of(links_.begin(), links_.end(), [](const Link& link) {
      return link.is_sidechain || !link.is_spoken;
    });
    for (std::size_t i = 0; i < links_.size(); ++i) {
      if (!all_sidechain && links_[i].is_sidechain) continue;
      place_[links_[i].id] = order_.size();
      order_.push_back(i);
    }
    for (const auto& [call, index] : check.calls_) {
      const auto found = place_.find(links_[index].id);
      if (found != place_.end()) place_.emplace(call, found->second);
    }
  }

  std::vector<ChainBreak> breaks() {
    std::vector<ChainBreak> found;
    std::vector<bool> seen(order_.size(), false);
    for (std::optional<std::size_t> at = leaf(); at && !seen[*at];) {
      seen[*at] = true;
      const Link& link = this->link(*at);
      if (!found.empty() && link.is_spoken) ++found.back().hidden;
      if (link.ends_here || link.is_root) break;
      const auto parent = link.has_parent ? place_.find(link.parent) : place_.end();
      const bool is_there = parent != place_.end() && parent->second != *at;
      if (!is_there) {
        found.push_back({link.offset, 0, *at == 0 ? 0 : this->link(*at - 1).offset});
      }
      at = is_there ? std::optional(parent->second) : before(*at);
    }
    // Those that nothing is hidden by: nothing stands before them. One that has nothing of its own
    // before it still hides what is before the next.
    while (!found.empty() && found.back().hidden == 0) found.pop_back();
    std::reverse(found.begin(), found.end());
    return found;
  }

  [[nodiscard]] std::uint64_t missing_parents() const {
    return static_cast<std::uint64_t>(
        std::count_if(order_.begin(), order_.end(), [&](std::size_t index) {
          return links_[index].has_parent && !place_.contains(links_[index].parent);
        }));
  }

 private:
  [[nodiscard]] const Link& link(std::size_t at) const { return links_[order_[at]]; }
  static std::optional<std::size_t> before(std::size_t at) {
    return at == 0 ? std::nullopt : std::optional(at - 1);
  }
  [[nodiscard]] std::optional<std::size_t> leaf() const {
    std::optional<std::size_t> injected;
    for (std::size_t at = order_.size(); at-- > 0;) {
      if (!link(at).is_leaf) continue;
      if (!link(at).is_injected) return at;
      if (!injected) injected = at;
    }
    return injected;
  }

  const std::vector<Link>& links_;
  std::vector<std::size_t> order_;                        // of the links that count
  std::unordered_map<std::uint64_t, std::size_t> place_;  // by id, the last one of it
};

std::vector<ChainBreak> ChainCheck::breaks() const { return Walk(*this).breaks(); }
std::uint64_t ChainCheck::missing_parents() const { return Walk(*this).missing_parents(); }

}  // namespace everturn
