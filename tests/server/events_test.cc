// SPDX-License-Identifier: Apache-2.0
// Following: each record once, in order, whatever happens in between.
#include <sys/resource.h>

#include <csignal>
#include <memory>
#include <thread>

#include "everturn/store.h"
#include "tests/server/event_stream.h"
#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

constexpr std::string_view kKey = "telegram:12345";

class Events : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start({"--log", "audit"});
  }
  void append(int from, int to) {
    std::string records;
    for (int i = from; i < to; ++i) records += "{\"i\":" + std::to_string(i) + "}\n";
    ASSERT_EQ(post_records(session(kKey, "/records"), records).status / 100, 2);
  }
  std::string request(std::string_view query = "", const std::string& last_id = "") {
    Headers headers;
    if (!last_id.empty()) headers.emplace_back("Last-Event-ID", last_id);
    return text_of("GET", session(kKey, "/events" + std::string(query)), "", headers);
  }
  EventStream follow(std::string_view query = "", const std::string& last_id = "") {
    return {address(), request(query, last_id)};
  }
  static std::string number_in(const std::string& data) {
    return member(member(data, "record"), "i");
  }
  // Expects records i = from … to - 1 next.
  static void expect_records(EventStream& events, int from, int to) {
    for (int i = from; i < to; ++i) ASSERT_EQ(number_in(events.next_record()), std::to_string(i));
  }
};

TEST_F(Events, BeginWithWhatIsThereAndGoOn) {
  append(0, 3);
  EventStream events = follow();
  EXPECT_EQ(events.status(), 200);
  expect_records(events, 0, 3);
  EXPECT_EQ(events.next().type, "ready");
  append(3, 5);
  expect_records(events, 3, 5);
}

TEST_F(Events, BeginWhereTheyAreAskedTo) {
  append(0, 3);
  EventStream last = follow("?last=1");
  EXPECT_EQ(number_in(last.next_record()), "2");
  EventStream end = follow("?from=end");
  EXPECT_EQ(end.next().type, "ready");
  append(3, 4);
  EXPECT_EQ(number_in(end.next_record()), "3");
  EXPECT_EQ(number_in(last.next().type == "ready" ? last.next_record() : ""), "3");
  EXPECT_EQ(get(session("none", "/events")).status, 404);
}

TEST_F(Events, GoOnAfterAReconnectAndARestart) {
  append(0, 2);
  std::string id;
  {
    EventStream events = follow();
    expect_records(events, 0, 2);
    id = events.last_id();
  }
  append(2, 4);
  {
    EventStream events = follow("", id);
    expect_records(events, 2, 4);
    id = events.last_id();
  }
  stop(SIGKILL);
  start();
  append(4, 6);
  EventStream events = follow("", id);
  expect_records(events, 4, 6);
}

TEST_F(Events, TellWhatOtherProcessesWrite) {
  append(0, 1);
  EventStream events = follow();
  expect_records(events, 0, 1);
  EXPECT_EQ(events.next().type, "ready");
  const auto store = open_store("dir:" + store_path());
  ASSERT_TRUE(store.ok());
  for (int i = 1; i < 50; ++i) {
    ASSERT_TRUE((*store)->append(kKey, {"{\"i\":" + std::to_string(i) + "}"}).ok());
  }
  expect_records(events, 1, 50);
}

TEST_F(Events, RewriteIsOneResetAndThenAllOfIt) {
  append(0, 3);
  EventStream events = follow();
  expect_records(events, 0, 3);
  EXPECT_EQ(events.next().type, "ready");
  const std::string id = events.last_id();
  ASSERT_EQ(post_json(session(kKey, "/rewind"), "{\"count\":1}").status, 200);
  EXPECT_EQ(events.next().type, "reset");
  expect_records(events, 0, 2);
  EventStream later = follow("", id);
  EXPECT_EQ(later.next().type, "reset");
  expect_records(later, 0, 2);
}

TEST_F(Events, EditOfTheLastRecordIsNoticedByItsHash) {
  append(0, 2);
  std::string id;
  {
    EventStream events = follow();
    expect_records(events, 0, 2);
    id = events.last_id();
  }
  FILE* file = std::fopen(session_file().c_str(), "r+");
  std::fseek(file, -3, SEEK_END);
  std::fputc('7', file);
  std::fclose(file);
  EventStream events = follow("", id);
  EXPECT_EQ(events.next().type, "reset");
  EXPECT_EQ(number_in(events.next_record()), "0");
  EXPECT_EQ(number_in(events.next_record()), "7");
}

TEST_F(Events, RemovedSessionIsToldAndItsReturnIsAReset) {
  append(0, 1);
  EventStream events = follow();
  expect_records(events, 0, 1);
  EXPECT_EQ(events.next().type, "ready");
  ASSERT_EQ(ask("DELETE", session(kKey)).status, 200);
  EXPECT_EQ(events.next().type, "removed");
  append(7, 8);
  EXPECT_EQ(events.next().type, "reset");
  EXPECT_EQ(number_in(events.next_record()), "7");
}

// Whoever does not read for long is dropped, and goes on where it was.
TEST_F(Events, SlowReaderMissesNothingAndHoldsUpNobody) {
  append(0, 1);
  auto slow = std::make_unique<EventStream>(address(), request());
  expect_records(*slow, 0, 1);
  EventStream quick = follow("?from=end");
  EXPECT_EQ(quick.next().type, "ready");
  constexpr int kRecords = 10'000;
  std::string records;
  for (int i = 1; i < kRecords; ++i) {
    records += "{\"i\":" + std::to_string(i) + ",\"p\":\"" + std::string(1000, 'x') + "\"}\n";
  }
  ASSERT_EQ(post_records(session(kKey, "/records"), records).status, 201);
  expect_records(quick, 1, kRecords);
  int next = 1;
  while (next < kRecords) {
    const std::string id = slow->last_id();
    const Event event = slow->next();
    if (event.type.empty()) slow = std::make_unique<EventStream>(address(), request("", id));
    if (event.type != "record") continue;
    ASSERT_EQ(number_in(event.data), std::to_string(next++));
  }
}

TEST_F(Events, OfTheStoreTellWhichSessionsChange) {
  EventStream events(address(), text_of("GET", "/v1/events"));
  const Event ready = events.next();
  EXPECT_EQ(ready.type, "ready");
  // While the store is new, nobody can tell which session it was that made it.
  std::string key = "null";
  for (int i = 0; key == "null"; ++i) {
    append(i, i + 1);
    const Event event = events.next();
    ASSERT_EQ(event.type, "changed");
    key = member(event.data, "key");
  }
  EXPECT_EQ(key, kKey);
  EventStream again(address(), text_of("GET", "/v1/events", "", {{"Last-Event-ID", ready.id}}));
  EXPECT_EQ(again.next().type, "changed");
  EventStream other(address(), text_of("GET", "/v1/events", "", {{"Last-Event-ID", "old-7"}}));
  EXPECT_EQ(other.next().type, "reset");
}

TEST_F(Events, EndWithTheServer) {
  append(0, 1);
  EventStream events = follow();
  expect_records(events, 0, 1);
  EXPECT_EQ(events.next().type, "ready");
  EXPECT_EQ(stop(SIGTERM), 0);
  EXPECT_EQ(events.next().type, "");
}

TEST_F(Events, EntriesAreFollowedToo) {
  ASSERT_EQ(
      post_records(session(kKey, "/records"), "{\"role\":\"user\",\"content\":\"hi\"}\n").status,
      201);
  EventStream events = follow("?format=entries&dialect=openai");
  const std::string data = events.next_record();
  EXPECT_EQ(member(data, "schema"), "everturn.readable/1");
  EXPECT_NE(data.find("\"text\":\"hi\""), std::string::npos);
}

// In kilobytes, of the server.
std::size_t memory_of(pid_t process) {
  for (const std::string& line :
       split_lines(whole_file("/proc/" + std::to_string(process) + "/status"))) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

TEST_F(Events, FiveThousandIdleFollowersTakeLittleMemory) {
#ifdef EVERTURN_SANITIZED
  GTEST_SKIP() << "a sanitizer's memory is not the server's";
#endif
  constexpr std::size_t kFollowers = 5000;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < kFollowers + 100) GTEST_SKIP() << "needs 5,100 descriptors";
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  append(0, 1);
  std::vector<std::unique_ptr<EventStream>> followers;
  for (std::size_t i = 0; i < kFollowers; ++i) {
    followers.push_back(std::make_unique<EventStream>(address(), request("?from=end")));
    ASSERT_EQ(followers.back()->next().type, "ready") << i;
  }
  RecordProperty("kilobytes", static_cast<int>(memory_of(process())));
  EXPECT_LT(memory_of(process()), 100'000U);
  append(1, 2);
  for (const auto& follower : followers) ASSERT_EQ(number_in(follower->next_record()), "1");
}

}  // namespace
}  // namespace everturn::server_test
