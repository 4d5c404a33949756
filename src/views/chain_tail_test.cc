// SPDX-License-Identifier: Apache-2.0
// However a chain goes on: if its tail took every link that came, nothing is hidden in all of it.
#include "views/chain_tail.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "views/chain_check.h"

namespace everturn {
namespace {

// A record whose ids are few: parents are gone, or its own, or come again.
class Links {
 public:
  Links(std::string_view dialect, std::uint32_t seed, unsigned ids) : random_(seed), ids_(ids) {
    with_sidechains_ = one_in(3) && dialect == "claude";  // pi has no such records
    odd_ = 1 + random_() % 6;
  }

  // Valid until the next one.
  std::vector<Entry> next() {
    id_ = one_in(odd_ * 4) ? any() : "\"n" + std::to_string(++count_) + "\"";
    parent_ = one_in(odd_ * 4) ? any() : last_;
    Entry entry;
    entry.kind = static_cast<EntryKind>(random_() % 8);
    entry.id = id_;
    if (!parent_.empty()) entry.parent = parent_;
    if (with_sidechains_ && one_in(2)) entry.flags |= kSidechain;
    if (one_in(12)) entry.flags |= kInjected;
    std::vector<Entry> entries = {entry};
    if (one_in(3)) {
      call_ = any();
      entries.push_back(entry);
      entries.back().kind = EntryKind::tool_call;
      entries.back().call_id = call_;
    }
    last_ = one_in(10) ? "\"gone\"" : entries.size() > 1 && one_in(2) ? call_ : id_;
    return entries;
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  std::string any() { return "\"n" + std::to_string(1 + random_() % ids_) + "\""; }

  std::mt19937 random_;
  unsigned ids_;
  unsigned odd_ = 1;
  bool with_sidechains_ = false;
  unsigned count_ = 0;
  std::string id_;
  std::string parent_;
  std::string call_;
  std::string last_;
};

class ChainTailOf : public testing::TestWithParam<const char*> {};

TEST_P(ChainTailOf, WhatItTookHidesNothing) {
  constexpr int kLinks = 12;
  int taken = 0;
  for (std::uint32_t seed = 1; seed <= 20'000; ++seed) {
    Links links(GetParam(), seed, 2 + seed % 12);
    ChainCheck check;
    std::optional<ChainTail> tail;
    NameFilter told;
    for (int i = 0; i < kLinks; ++i) {
      const std::vector<Entry> entries = links.next();
      check.add(GetParam(), entries, static_cast<std::uint64_t>(i));
      std::vector<std::uint64_t> calls;
      add_call_names(GetParam(), entries, calls);
      const bool is_taken = tail && tail->add(*chain_link(GetParam(), entries, 0), calls, told);
      const ChainState state = check.state(true);
      if (is_taken) {
        ++taken;
        ASSERT_TRUE(state.breaks.empty()) << "seed " << seed << " link " << i;
        continue;
      }
      tail = state.breaks.empty() ? state.tail : std::nullopt;
      told = NameFilter(check.call_names());
      check.tell_call_names(told);
    }
  }
  EXPECT_GT(taken, 1000);
}

// The first that had the name is far back; and the last record has that one's id, so that it is
// its own parent.
TEST(ChainTailTest, ACallThatWasNamedFarBackLeadsThere) {
  NameFilter told;
  ChainTail tail({.has_main = true, .is_whole = true}, {});
  const std::vector<std::uint64_t> call = {1000};
  ChainLink link;
  link.is_root = true;
  for (link.id = 1; link.id <= 2 * ChainTail::kNames; ++link.id) {
    const bool is_either_end = link.id == 1 || link.id == 2 * ChainTail::kNames;
    EXPECT_TRUE(tail.add(link, is_either_end ? call : std::vector<std::uint64_t>(), told));
  }
  ChainLink last;
  last.id = 1;
  last.has_parent = true;
  last.parent = 1000;
  EXPECT_FALSE(tail.add(last, {}, told));
}

INSTANTIATE_TEST_SUITE_P(Dialects, ChainTailOf, testing::Values("claude", "pi"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace everturn
