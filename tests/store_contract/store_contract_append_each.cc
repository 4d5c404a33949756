// SPDX-License-Identifier: Apache-2.0
// Several appends at once: each is what it would be alone.
#include <algorithm>
#include <thread>
#include <utility>

#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

struct Part {
  Texts records;
  WriteOptions how = {};
};

std::vector<Result<Appended>> append_each(Store& store, const std::vector<Part>& parts) {
  std::vector<std::vector<std::string_view>> views;
  for (const Part& part : parts) views.emplace_back(part.records.begin(), part.records.end());
  std::vector<AppendCall> calls;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    calls.push_back({.records = views[i], .how = parts[i].how});
  }
  store.append_each(kKey, calls);
  std::vector<Result<Appended>> replies;
  for (AppendCall& call : calls) replies.push_back(std::move(call.reply));
  return replies;
}

TEST_P(StoreContract, AppendsAtOnceAreWrittenInTheirOrder) {
  const auto replies = append_each(store(), {{texts(1, 2)}, {texts(3, 3)}, {texts(4, 6)}});
  EXPECT_EQ(records(kKey), texts(1, 6));
  restart();
  EXPECT_EQ(records(kKey), texts(1, 6));
  EXPECT_EQ(records(kKey, from(value_of(replies[1]).first)), texts(3, 6));
  EXPECT_EQ(value_of(replies[2]).version, version(kKey));
}

TEST_P(StoreContract, OneOfSeveralAppendsIsRefusedAlone) {
  append(kKey, {text(1)});
  const Version stale = version(kKey);
  append(kKey, {text(2)});
  const auto replies = append_each(store(), {{texts(3, 3)},
                                             {{"no JSON"}},
                                             {texts(8, 8), expecting(stale)},
                                             {texts(8, 8), creating(Create::must)},
                                             {texts(4, 4)}});
  EXPECT_EQ(code_of(replies[1]), Code::invalid);
  EXPECT_EQ(code_of(replies[2]), Code::conflict);
  EXPECT_EQ(code_of(replies[3]), Code::conflict);
  EXPECT_EQ(value_of(replies[0]).reached, Level::power);
  EXPECT_EQ(value_of(replies[4]).version, version(kKey));
  EXPECT_EQ(records(kKey), texts(1, 4));
}

TEST_P(StoreContract, OfTwoAppendsAtOnceToOneVersionTheFirstWins) {
  append(kKey, {text(1)});
  const WriteOptions how = expecting(version(kKey));
  const auto replies = append_each(store(), {{texts(2, 2), how}, {texts(3, 3), how}});
  value_of(replies[0]);
  EXPECT_EQ(code_of(replies[1]), Code::conflict);
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, AnOperationThatComesTwiceAtOnceIsDoneOnce) {
  const WriteOptions how = once_by_operation("op");
  const auto replies =
      append_each(store(), {{texts(1, 1)}, {texts(2, 3), how}, {texts(2, 3), how}, {texts(4, 4)}});
  EXPECT_EQ(value_of(replies[1]).already_there, 0U);
  EXPECT_EQ(value_of(replies[2]).already_there, 2U);
  EXPECT_EQ(records(kKey), texts(1, 4));
}

TEST_P(StoreContract, AppendsAtOnceToABadKeyAreAllInvalid) {
  const std::string record = text(1);
  const std::string_view view = record;
  std::vector<AppendCall> calls(2);
  for (AppendCall& call : calls) call.records = {&view, 1};
  store().append_each("", calls);
  for (const AppendCall& call : calls) EXPECT_EQ(code_of(call.reply), Code::invalid);
}

TEST_P(StoreContract, LargeAppendsAtOnceComeBack) {
  std::vector<Part> parts;
  Texts all;
  for (int i = 1; i <= 5; ++i) parts.push_back({{long_text(i, 6 << 20)}, {}});
  for (const Part& part : parts) all = all + part.records;
  for (const auto& reply : append_each(store(), parts)) value_of(reply);
  EXPECT_EQ(records(kKey), all);
}

TEST_P(StoreContract, ThreadsThatAppendSeveralAtOnceLoseNothing) {
  store();  // opened on first use
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 10; ++i) {
        const int number = 1 + thread * 20 + i * 2;
        for (const auto& reply :
             append_each(store(), {{texts(number, number)}, {texts(number + 1, number + 1)}})) {
          value_of(reply);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Texts found = records(kKey);
  Texts expected = texts(1, 80);
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace everturn::contract
