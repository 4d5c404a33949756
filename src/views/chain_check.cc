// SPDX-License-Identifier: Apache-2.0
#include "views/chain_check.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace everturn {

void ChainCheck::add(std::string_view dialect, std::span<const Entry> entries,
                     std::uint64_t offset) {
  const std::optional<ChainLink> link = chain_link(dialect, entries, offset);
  if (!link) return;
  names_.clear();
  add_call_names(dialect, entries, names_);
  for (const std::uint64_t name : names_) calls_.emplace_back(name, links_.size());
  links_.push_back(*link);
}

void ChainCheck::tell_call_names(NameFilter& told) const {
  for (const auto& [name, link] : calls_) told.add(name);
}

// The way of the agent, and what would be on it if no parent were gone.
class ChainCheck::Walk {
 public:
  explicit Walk(const ChainCheck& check) : links_(check.links_), calls_(check.calls_) {
    has_main_ = std::any_of(links_.begin(), links_.end(), [](const ChainLink& link) {
      return link.is_spoken && !link.is_sidechain;
    });
    for (std::size_t i = 0; i < links_.size(); ++i) {
      if (has_main_ && links_[i].is_sidechain) continue;
      place_[links_[i].id] = order_.size();
      order_.push_back(i);
    }
    for (const auto& [call, index] : calls_) {
      const auto found = place_.find(links_[index].id);
      if (found != place_.end()) place_.emplace(call, found->second);
    }
  }

  std::vector<ChainBreak> breaks() {
    std::vector<ChainBreak> found;
    std::vector<bool> seen(order_.size(), false);
    for (std::optional<std::size_t> at = leaf(); at && !seen[*at];) {
      seen[*at] = true;
      const ChainLink& link = this->link(*at);
      if (!found.empty() && link.is_spoken) ++found.back().hidden;
      if (link.ends_here || link.is_root) break;
      const std::optional<std::size_t> parent = parent_of(*at);
      if (!parent) found.push_back({link.offset, 0, *at == 0 ? 0 : this->link(*at - 1).offset});
      at = parent ? parent : before(*at);
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

  // As long as all ways back meet no break, whatever they come to be in a longer file.
  [[nodiscard]] std::optional<ChainTail> tail() const {
    const std::vector<Way> ways = this->ways();
    const std::optional<std::size_t> newest = leaf();
    if (newest && ways[*newest] == Way::broken) return std::nullopt;
    const bool is_whole = std::find(ways.begin(), ways.end(), Way::broken) == ways.end();
    return ChainTail({has_main_, is_whole}, last_names(ways));
  }

 private:
  [[nodiscard]] const ChainLink& link(std::size_t at) const { return links_[order_[at]]; }
  static std::optional<std::size_t> before(std::size_t at) {
    return at == 0 ? std::nullopt : std::optional(at - 1);
  }
  [[nodiscard]] std::optional<std::size_t> parent_of(std::size_t at) const {
    if (!link(at).has_parent) return std::nullopt;
    const auto found = place_.find(link(at).parent);
    return found == place_.end() || found->second == at ? std::nullopt
                                                        : std::optional(found->second);
  }
  // The way back from a link.
  enum class Way : std::uint8_t { unknown, begun, whole, broken };
  [[nodiscard]] std::vector<Way> ways() const {
    std::vector<Way> ways(order_.size(), Way::unknown);
    std::vector<std::size_t> passed;
    for (std::size_t begin = 0; begin < order_.size(); ++begin) {
      Way way = Way::whole;  // also in a circle
      for (std::optional<std::size_t> at = begin; at;) {
        if (ways[*at] == Way::broken) way = Way::broken;
        if (ways[*at] != Way::unknown) break;
        ways[*at] = Way::begun;
        passed.push_back(*at);
        if (link(*at).ends_here || link(*at).is_root) break;
        const std::optional<std::size_t> parent = parent_of(*at);
        if (!parent && *at > 0) way = Way::broken;  // before the first nothing is hidden
        at = parent;
      }
      for (const std::size_t at : passed) ways[at] = way;
      passed.clear();
    }
    return ways;
  }
  // As ChainTail takes them. Of calls only those that lead to their link, and to no earlier one.
  [[nodiscard]] std::vector<std::uint64_t> last_names(const std::vector<Way>& ways) const {
    std::vector<std::uint64_t> names;
    const std::size_t first = order_.size() - std::min(order_.size(), ChainTail::kNames);
    if (first == order_.size()) return names;
    auto call = std::partition_point(calls_.begin(), calls_.end(),
                                     [&](const auto& one) { return one.second < order_[first]; });
    for (std::size_t at = first; at < order_.size(); ++at) {
      const bool is_whole = ways[at] == Way::whole && place_.at(link(at).id) == at;
      for (; call != calls_.end() && call->second <= order_[at]; ++call) {
        const bool is_of_link = call->second == order_[at] && place_.at(call->first) == at;
        if (is_whole && is_of_link) names.push_back(call->first);
      }
      if (is_whole) names.push_back(link(at).id);
    }
    return names;
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

  const std::vector<ChainLink>& links_;
  const std::vector<std::pair<std::uint64_t, std::size_t>>& calls_;
  bool has_main_ = false;
  std::vector<std::size_t> order_;                        // of the links that count
  std::unordered_map<std::uint64_t, std::size_t> place_;  // by id, the last one of it
};

ChainState ChainCheck::state(bool with_tail) const {
  Walk walk(*this);
  return {walk.breaks(), walk.missing_parents(), with_tail ? walk.tail() : std::nullopt};
}

}  // namespace everturn
