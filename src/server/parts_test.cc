// SPDX-License-Identifier: Apache-2.0
// The small parts: the pool, pushed bodies, metrics, the log, the page's files, cursors, feeds.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "server/assets.h"
#include "server/hub.h"
#include "server/log_writer.h"
#include "server/metrics.h"
#include "server/pushed_body.h"
#include "server/used_ids.h"
#include "server/worker_pool.h"

namespace everturn::server {
namespace {

TEST(WorkerPool, RunsWhatWasPostedAndThenNoMore) {
  std::atomic<int> ran = 0;
  WorkerPool pool(3, 1000);
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.post([&ran] { ++ran; }));
  pool.finish();
  EXPECT_EQ(ran, 500);
  EXPECT_FALSE(pool.post([] {}));
}

TEST(WorkerPool, RefusesWhatItHasNoRoomFor) {
  // They outlive the thread that is still in set_value() when the future is ready.
  std::promise<void> started;
  std::promise<void> go;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.post([&] {
    started.set_value();
    go.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.post([] {}));
  EXPECT_FALSE(pool.post([] {}));
  go.set_value();
}

TEST(PushedBody, GivesAllThatWasPushed) {
  auto body = pushed_body([](const PushSink& sink) -> Status {
    for (int i = 0; i < 1000; ++i) sink(std::string(1000, 'x'));
    return {};
  });
  ASSERT_TRUE(body.ok());
  std::string piece;
  std::size_t size = 0;
  while (*(*body)->next(piece)) size += piece.size();
  EXPECT_EQ(size, 1'000'000U);
}

TEST(PushedBody, TellsItsMakerWhenNobodyReads) {
  std::atomic<bool> noticed = false;
  {
    auto body = pushed_body([&noticed](const PushSink& sink) -> Status {
      while (sink(std::string(1000, 'x'))) {
      }
      noticed = true;
      return {};
    });
    std::string piece;
    ASSERT_TRUE(*(*body)->next(piece));
  }
  EXPECT_TRUE(noticed);
}

TEST(PushedBody, FailureComesBehindWhatWasPushed) {
  auto body = pushed_body([](const PushSink& sink) -> Status {
    sink("abc");
    return {Code::io, "no more"};
  });
  std::string piece;
  EXPECT_TRUE(*(*body)->next(piece));
  EXPECT_EQ(piece, "abc");
  EXPECT_EQ((*body)->next(piece).status().code(), Code::io);
}

TEST(Metrics, HistogramCountsUpwards) {
  Metrics metrics;
  metrics.count_append(2, 10, 200'000, true);
  metrics.count_append(1, 10, 3'000'000, true);
  metrics.count_append(1, 10, 1'000, false);
  const std::string text = metrics.text();
  EXPECT_NE(text.find("everturn_appends_total 3\n"), std::string::npos);
  EXPECT_NE(text.find("sync_seconds_bucket{le=\"0.000250\"} 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("sync_seconds_bucket{le=\"0.005000\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("sync_seconds_sum 0.003200\n"), std::string::npos);
}

TEST(Metrics, RepairedSessionIsDamagedNoMore) {
  Metrics metrics;
  metrics.note_damage("a", 2);
  metrics.note_damage("b", 1);
  EXPECT_NE(metrics.text().find("everturn_damaged_ranges 3\n"), std::string::npos);
  metrics.note_damage("a", 0);
  EXPECT_NE(metrics.text().find("everturn_damaged_sessions 1\n"), std::string::npos);
}

TEST(LogWriter, WritesEveryLineBeforeItEnds) {
  std::string text;
  {
    LogWriter log([&text](std::string_view line) { text += std::string(line) + "\n"; });
    for (int i = 0; i < 100; ++i) log.add("{\"event\":\"audit\"}");
  }
  EXPECT_EQ(text.size(), 100 * sizeof("{\"event\":\"audit\"}"));
}

TEST(Assets, AreFoundByNameAndKnowWhatTheyAre) {
  Assets assets;
  assets.add("assets/app.js.gz", "zipped");
  ASSERT_NE(assets.find("assets/app.js"), nullptr);
  EXPECT_TRUE(assets.find("assets/app.js")->gzip);
  EXPECT_EQ(assets.find("assets/app.js")->media_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(assets.find("../app.js"), nullptr);
  EXPECT_EQ(assets.find("assets/app.js.gz"), nullptr);
}

TEST(Cursor, ComesBackFromItsText) {
  const Cursor cursor{Cursor::State::at, {0xabc, 42}, 7};
  EXPECT_EQ(Cursor::parse(cursor.to_string()), cursor);
  EXPECT_EQ(Cursor::parse(cursor.position.to_string())->position, cursor.position);
  for (const char* bad : {"", "x", "0000000000000abc.42-", "0000000000000abc.42-7"}) {
    EXPECT_FALSE(Cursor::parse(bad).has_value()) << bad;
  }
}

TEST(Feed, ChangeBetweenLookingAndWaitingIsNotMissed) {
  Feed feed;
  const std::uint64_t seen = feed.changes();
  feed.change();
  EXPECT_FALSE(feed.wait(seen, 1, [] {}));
  int woken = 0;
  EXPECT_TRUE(feed.wait(feed.changes(), 1, [&woken] { ++woken; }));
  feed.change();
  feed.change();
  EXPECT_EQ(woken, 1);
}

TEST(StoreFeed, TellsWhatCameBehindAnIdAndResetsWhereItCannot) {
  StoreFeed feed("run");
  const std::string start = feed.read("").second;
  feed.add("a");
  feed.add("b");
  const auto [text, last] = feed.read(start);
  EXPECT_NE(text.find("\"key\":\"a\""), std::string::npos);
  EXPECT_NE(text.find("\"key\":\"b\""), std::string::npos);
  EXPECT_EQ(feed.read(last).first, "");
  for (const char* unknown : {"other-1", "run-99", "run-x", "run-"}) {
    const std::string reply = feed.read(unknown).first;
    EXPECT_TRUE(reply.empty() || reply.find("event: reset") != std::string::npos) << unknown;
  }
  for (int i = 0; i < 5000; ++i) feed.add("key" + std::to_string(i));
  EXPECT_NE(feed.read(last).first.find("event: reset"), std::string::npos);
}

TEST(UsedIds, ForgetTheOldestAndWhatWasReleased) {
  using Claim = UsedIds::Claim;
  UsedIds ids(2);
  EXPECT_EQ(ids.claim("a", "1", "x"), Claim::first);
  EXPECT_EQ(ids.claim("a", "1", "x"), Claim::again);
  EXPECT_EQ(ids.claim("a", "1", "y"), Claim::other);
  EXPECT_EQ(ids.claim("b", "1", "y"), Claim::first);
  ids.release("b", "1");
  EXPECT_EQ(ids.claim("b", "1", "z"), Claim::first);
  EXPECT_EQ(ids.claim("a", "1", "y"), Claim::other);  // what was released takes no place
  EXPECT_EQ(ids.claim("c", "1", "x"), Claim::first);
  EXPECT_EQ(ids.claim("a", "1", "y"), Claim::first);
}

}  // namespace
}  // namespace everturn::server
