// SPDX-License-Identifier: Apache-2.0
// Threads, on one Store and on several. Each writer numbers its records, so that a lost, doubled or
// overtaken one shows.
#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "base/json.h"
#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

std::string numbered(int writer, int number) {
  return R"({"writer":)" + std::to_string(writer) + R"(,"number":)" + std::to_string(number) +
         R"(,"content":")" + std::string(static_cast<std::size_t>(number % 50), 'x') + R"("})";
}

std::int64_t integer_of(std::string_view record, std::string_view name) {
  const auto raw = find_member(record, name);
  return raw ? decode_json_integer(*raw).value_or(-1) : -1;
}

// Each writer's records are there once and in order, from 0 to count - 1.
void expect_complete(const Texts& records, int writers, int count) {
  std::map<std::int64_t, std::int64_t> next;
  for (const std::string& record : records) {
    EXPECT_EQ(integer_of(record, "number"), next[integer_of(record, "writer")]++) << record;
  }
  ASSERT_EQ(next.size(), static_cast<std::size_t>(writers));
  for (const auto& [writer, numbers] : next) EXPECT_EQ(numbers, count) << "writer " << writer;
}

// Runs `work` in so many threads at once and waits for them.
void in_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int index = 0; index < count; ++index) threads.emplace_back(work, index);
  for (std::thread& thread : threads) thread.join();
}

// Waits for a busy lock longer than any of these tests takes: a simulated clock may run fast.
StoreOptions patient() {
  StoreOptions options;
  options.lock_wait = std::chrono::hours(1);
  return options;
}

TEST_P(StoreContract, EightThreadsOnOneSessionLoseNothing) {
  open_with(patient());
  in_threads(8, [this](int writer) {
    for (int number = 0; number < 25; ++number) append(kKey, {numbered(writer, number)});
  });
  expect_complete(records(kKey), 8, 25);
}

TEST_P(StoreContract, EightStoresOnOneSessionLoseNothing) {
  open_with(patient());
  in_threads(8, [this](int writer) {
    const std::shared_ptr<Store> mine = open_another(patient());
    for (int number = 0; number < 15; ++number) {
      value_of(append_to(*mine, kKey, {numbered(writer, number)}));
    }
  });
  expect_complete(records(kKey), 8, 15);
}

TEST_P(StoreContract, ThreadsThatShareAWriterLoseNothing) {
  open_with(patient());
  const auto shared = open_writer(kKey, {Create::if_missing, Tail::padded});
  in_threads(8, [&shared](int writer) {
    for (int number = 0; number < 25; ++number) {
      value_of(append_to(*shared, {numbered(writer, number)}));
    }
  });
  expect_complete(records(kKey), 8, 25);
}

TEST_P(StoreContract, SixteenThreadsOnSixteenSessions) {
  open_with(patient());
  const auto key_of = [](int writer) { return "session:" + std::to_string(writer); };
  in_threads(16, [&](int writer) {
    for (int number = 0; number < 10; ++number) append(key_of(writer), {numbered(0, number)});
  });
  EXPECT_EQ(keys().size(), 16U);
  for (int writer = 0; writer < 16; ++writer) expect_complete(records(key_of(writer)), 1, 10);
}

TEST_P(StoreContract, BatchesOfDifferentThreadsAreNotMixed) {
  open_with(patient());
  constexpr int kInBatch = 5;
  in_threads(4, [this](int writer) {
    for (int first = 0; first < 50; first += kInBatch) {
      Texts batch;
      for (int i = 0; i < kInBatch; ++i) batch.push_back(numbered(writer, first + i));
      append(kKey, batch);
    }
  });
  const Texts all = records(kKey);
  expect_complete(all, 4, 50);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string& first = all[i - i % kInBatch];
    EXPECT_EQ(integer_of(all[i], "writer"), integer_of(first, "writer"));
  }
}

TEST_P(StoreContract, CountersWithExpectedVersionsLoseNoStep) {
  open_with(patient());
  append(kKey, {numbered(0, 0)});
  std::atomic<int> conflicts = 0;
  in_threads(4, [&](int) {
    for (int steps = 0; steps < 8;) {
      Texts seen;
      const ReadReport report = value_of(store().read(kKey, last(1), [&](const Record& record) {
        seen.emplace_back(record.bytes);
        return true;
      }));
      if (seen.empty()) return;  // a failed reading has failed the test
      const auto next = static_cast<int>(integer_of(seen[0], "number")) + 1;
      const Result<Appended> reply =
          append_to(store(), kKey, {numbered(0, next)}, expecting(report.version));
      // Found rather than added: another thread had the same idea, and its record counts as ours.
      if (reply.ok() && reply->already_there == 0) ++steps;
      if (reply.ok()) continue;
      EXPECT_EQ(code_of(reply), Code::conflict) << reply.status().message();
      if (code_of(reply) != Code::conflict) return;
      ++conflicts;
    }
  });
  expect_complete(records(kKey), 1, 33);
  RecordProperty("conflicts", conflicts.load());
}

TEST_P(StoreContract, RetriesThatMeetAddNothingTwice) {
  open_with(patient());
  append(kKey, {text(0)});
  for (int round = 1; round <= 20; ++round) {
    const Texts batch = {R"({"uuid":")" + std::to_string(round) + R"("})"};
    const WriteOptions how =
        round % 2 == 0 ? once_by_member("uuid") : once_by_operation("op-" + std::to_string(round));
    std::atomic<std::uint64_t> added = 0;
    in_threads(6, [&](int) { added += 1 - append(kKey, batch, how).already_there; });
    EXPECT_EQ(added, 1U);
  }
  EXPECT_EQ(records(kKey).size(), 21U);
}

TEST_P(StoreContract, OneOfManyCreatesTheSession) {
  open_with(patient());
  std::atomic<int> created = 0;
  in_threads(8, [&](int writer) {
    const Result<Appended> reply =
        append_to(store(), kKey, {numbered(writer, 0)}, creating(Create::must));
    EXPECT_EQ(code_of(reply), reply.ok() ? Code::ok : Code::conflict);
    if (reply.ok()) ++created;
  });
  EXPECT_EQ(created, 1);
  EXPECT_EQ(records(kKey).size(), 1U);
}

TEST_P(StoreContract, ReadingWhileWritingSeesOnlyWholeRecords) {
  open_with(patient());
  append(kKey, {numbered(0, 0)});
  std::atomic<bool> done = false;
  std::thread writer([&] {
    const auto appending = open_writer(kKey, {Create::if_missing, Tail::padded});
    for (int number = 1; number < 150; ++number) {
      value_of(append_to(*appending, {numbered(0, number)}));
    }
    done = true;
  });
  std::size_t seen = 1;
  while (!done && !HasFailure()) {
    const Texts all = records(kKey);  // expects no damage
    EXPECT_GE(all.size(), seen) << "a record that was seen is gone";
    seen = all.size();
    expect_complete(all, 1, static_cast<int>(seen));
  }
  writer.join();
  expect_complete(records(kKey), 1, 150);
}

TEST_P(StoreContract, ReadingWhileRewritingSeesTheOldOrTheNew) {
  open_with(patient());
  append(kKey, texts(1, 20));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int round = 0; round < 20; ++round) {
      replace(kKey, round % 2 == 0 ? texts(101, 140) : texts(1, 20));
    }
    done = true;
  });
  while (!done && !HasFailure()) {
    const Texts all = records(kKey);
    EXPECT_TRUE(all == texts(1, 20) || all == texts(101, 140)) << all.size() << " records";
  }
  writer.join();
  EXPECT_EQ(records(kKey), texts(1, 20));
}

TEST_P(StoreContract, DeletingWhileWritingLosesNoAcknowledgedRecord) {
  open_with(patient());
  std::thread remover([this] {
    for (int rounds = 0; rounds < 10; ++rounds) {
      const Result<TrashEntry> entry = store().remove(kKey);
      EXPECT_EQ(code_of(entry), entry.ok() ? Code::ok : Code::not_found);
    }
  });
  for (int number = 0; number < 60; ++number) append(kKey, {numbered(0, number)});
  remover.join();
  Texts all;
  if (version(kKey) != Version::none()) remove(kKey);
  for (const TrashEntry& entry : value_of(store().trash())) {
    EXPECT_TRUE(store().undelete(entry.id).ok());
    all = all + records(kKey);
    value_of(store().rename(kKey, "kept:" + entry.id));
  }
  EXPECT_EQ(all.size(), 60U);
  std::sort(all.begin(), all.end(), [](const std::string& a, const std::string& b) {
    return integer_of(a, "number") < integer_of(b, "number");
  });
  expect_complete(all, 1, 60);
}

}  // namespace
}  // namespace everturn::contract
