// SPDX-License-Identifier: Apache-2.0
// Appends of many clients to one session, which the server writes together.
#include <atomic>
#include <set>
#include <thread>

#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

constexpr int kClients = 8;
constexpr int kAppends = 40;

class Appends : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start({"--log", "none"});
  }
  // On a thread for each client.
  template <class Client>
  static void at_once(Client client) {
    std::vector<std::thread> threads;
    for (int number = 0; number < kClients; ++number) {
      threads.emplace_back([&client, number] { client(number); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  Reply send(Connection& connection, std::string_view body, const Headers& more = {}) {
    Headers headers = more;
    headers.emplace_back("Content-Type", "application/x-ndjson");
    connection.send(text_of("POST", session("one", "/records"), body, headers));
    return connection.read_reply();
  }
};

std::string record(int client, int number) {
  return "{\"name\":\"" + std::to_string(client) + "." + std::to_string(number) + "\"}\n";
}

TEST_F(Appends, OfManyClientsAreEachAnsweredWithTheirOwnPosition) {
  at_once([this](int client) {
    Connection connection(address());
    for (int i = 0; i < kAppends; ++i) {
      const Reply reply = send(connection, record(client, i));
      ASSERT_EQ(reply.status, 201) << reply.body;
      const std::string at = "/records?limit=1&from=" + member(reply.body, "first");
      EXPECT_EQ(get(session("one", at)).body, record(client, i));
    }
  });
  const auto lines = split_lines(get(session("one", "/records?limit=1000")).body);
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(),
            static_cast<std::size_t>(kClients) * kAppends);
}

TEST_F(Appends, ThatAreRefusedTakeNoOtherWithThem) {
  at_once([this](int client) {
    Connection connection(address());
    for (int i = 0; i < kAppends; ++i) {
      const bool is_bad = (client + i) % 3 == 0;
      const Reply reply = send(connection, is_bad ? "{\"torn\":\n" : record(client, i));
      EXPECT_EQ(reply.status, is_bad ? 400 : 201) << reply.body;
    }
  });
}

TEST_F(Appends, OfManyToOneVersionAreWonByOne) {
  std::string version = post_records(session("one", "/records"), record(0, 0)).fields.at("etag");
  for (int round = 0; round < 10; ++round) {
    std::atomic<int> won = 0;
    at_once([&](int client) {
      Connection connection(address());
      const Reply reply = send(connection, record(client, round), {{"If-Match", version}});
      EXPECT_TRUE(reply.status == 201 || reply.status == 412) << reply.body;
      won += reply.status == 201 ? 1 : 0;
    });
    EXPECT_EQ(won, 1);
    version = get(session("one")).fields.at("etag");
  }
}

TEST_F(Appends, OfManyUnderOneIdempotencyKeyAreWrittenOnce) {
  at_once([this](int) {
    Connection connection(address());
    const Reply reply = send(connection, record(0, 0), {{"Idempotency-Key", "turn"}});
    EXPECT_TRUE(reply.status == 201 || reply.status == 200) << reply.body;
  });
  EXPECT_EQ(get(session("one", "/records")).body, record(0, 0));
}

}  // namespace
}  // namespace everturn::server_test
