// SPDX-License-Identifier: Apache-2.0
// Requests that are too large, too slow, too many or no requests at all, and how the server ends.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <thread>

#include "tests/server/event_stream.h"
#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

using std::chrono::seconds;

class Limits : public ServerTest {
 protected:
  // Sends bytes as they are.
  Reply raw(std::string_view bytes) {
    Connection connection(address());
    connection.send(bytes);
    return connection.read_reply();
  }
};

TEST_F(Limits, LongHeadersAreRefused) {
  start();
  const Reply reply = ask("GET", "/healthz", "", {{"X-Long", std::string(20'000, 'x')}});
  EXPECT_EQ(reply.status, 431);
  EXPECT_EQ(member(reply.body, "code"), "too_large");
}

TEST_F(Limits, LongBodiesAreRefusedBeforeTheyAreSent) {
  start();
  Connection connection(address());
  std::string head = text_of("POST", session("a", "/records"), "",
                             {{"Content-Length", "999999999999"},
                              {"Content-Type", "application/x-ndjson"},
                              {"Expect", "100-continue"}});
  connection.send(head);
  EXPECT_EQ(connection.read_reply().status, 413);
  EXPECT_TRUE(connection.is_closed_within(seconds(5)));
}

TEST_F(Limits, ChunkedBodiesAreCountedAsTheyCome) {
  start();
  Connection connection(address());
  connection.send(
      text_of("PATCH", session("a"), "",
              {{"Transfer-Encoding", "chunked"}, {"Content-Type", "application/json"}}));
  const std::string chunk = "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
  for (int i = 0; i < 8 && connection.send(chunk); ++i) {
  }
  EXPECT_EQ(connection.read_reply().status, 413);
}

TEST_F(Limits, ChunkedBodiesAreTaken) {
  start();
  Connection connection(address());
  connection.send(
      text_of("POST", session("a", "/records"), "",
              {{"Transfer-Encoding", "chunked"}, {"Content-Type", "application/x-ndjson"}}) +
      "4\r\n{\"n\"\r\n4\r\n:1}\n\r\n0\r\n\r\n");
  EXPECT_EQ(connection.read_reply().status, 201);
  EXPECT_EQ(get(session("a", "/records")).body, "{\"n\":1}\n");
}

TEST_F(Limits, LongRecordsAreRefused) {
  start({"--max-record", "1K"});
  const std::string record = "{\"t\":\"" + std::string(2000, 'x') + "\"}\n";
  const Reply reply = post_records(session("a", "/records"), record);
  EXPECT_EQ(reply.status, 413);
  EXPECT_NE(member(reply.body, "detail").find("record 1"), std::string::npos);
  EXPECT_EQ(get(session("a")).status, 404);
}

TEST_F(Limits, WhatIsNoRequestIsToldSo) {
  start();
  EXPECT_EQ(raw("nonsense\r\n\r\n").status, 400);
  EXPECT_EQ(raw("GET /healthz HTTP/9.9\r\n\r\n").status, 400);
  EXPECT_EQ(raw("GET http://" + address() + "/healthz HTTP/1.1\r\nHost: " + address() + "\r\n\r\n")
                .status,
            200);
  EXPECT_EQ(raw("GET http://x/ HTTP/1.1\r\nHost: " + address() + "\r\n\r\n").status, 400);
  EXPECT_EQ(raw("GET /%zz HTTP/1.1\r\nHost: " + address() + "\r\n\r\n").status, 400);
  EXPECT_EQ(ask("GET", "/v1/sessions?nonsense=1").status, 400);
  EXPECT_EQ(ask("GET", "/v1/sessions?limit=x").status, 400);
  EXPECT_EQ(ask("GET", "/v1/sessions?limit=1&limit=2").status, 400);
  EXPECT_EQ(ask("GET", "/v1/nothing").status, 404);
  const Reply put = ask("PUT", "/v1/sessions");
  EXPECT_EQ(put.status, 405);
  EXPECT_EQ(put.fields.at("allow"), "GET, HEAD");
  EXPECT_EQ(ask("POST", session("a", "/records"), "{}", {{"Content-Type", "text/plain"}}).status,
            415);
}

TEST_F(Limits, TwoLengthsAreNoRequest) {
  start();
  const std::string both = "POST /v1/logins HTTP/1.1\r\nHost: " + address() +
                           "\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  EXPECT_EQ(raw(both).status, 400);
  const std::string twice = "POST /v1/logins HTTP/1.1\r\nHost: " + address() +
                            "\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd";
  EXPECT_EQ(raw(twice).status, 400);
}

// What a proxy takes for a body must not be taken for the next request.
TEST_F(Limits, ABodyWhoseEndIsInDoubtEndsTheConnection) {
  start();
  const std::string inner = "GET /healthz HTTP/1.1\r\nHost: " + address() + "\r\n\r\n";
  const auto ask_with = [&](const std::string& fields, const std::string& version = "1.1") {
    return "POST " + session("a", "/records") + " HTTP/" + version + "\r\nHost: " + address() +
           "\r\nAuthorization: Bearer " + token("admin") + "\r\n" + fields + "\r\n\r\n" + inner;
  };
  const std::vector<std::pair<std::string, int>> cases = {
      {ask_with("Transfer-Encoding: xchunked"), 501},
      {ask_with("Transfer-Encoding: identity"), 501},
      {ask_with("Transfer-Encoding: gzip, chunked"), 501},
      {ask_with("Transfer-Encoding: chunked", "1.0"), 400},
      {ask_with("Content-Length: 0\r\nContent-Length: 0"), 400},
      {ask_with("Content-Length: 0, 0"), 400}};
  for (const auto& [text, status] : cases) {
    Connection connection(address());
    connection.send(text);
    EXPECT_EQ(connection.read_reply().status, status) << text;
    EXPECT_TRUE(connection.is_closed_within(seconds(5))) << text;
  }
}

TEST_F(Limits, ABodyThatEndsTooEarlyIsToldSo) {
  start();
  Connection connection(address());
  connection.send(text_of("POST", session("a", "/records"), "",
                          {{"Content-Length", "100"}, {"Content-Type", "application/x-ndjson"}}) +
                  "{\"n\":1}\n");
  ::shutdown(connection.descriptor(), SHUT_WR);
  EXPECT_EQ(connection.read_reply().status, 400);
  EXPECT_EQ(get(session("a")).status, 404);
}

TEST_F(Limits, WhoStillSendsItsBodyGetsTheAnswerAllTheSame) {
  start();
  Connection connection(address());
  const std::size_t size = 8 << 20;
  connection.send(text_of("POST", "/v1/nothing", "", {{"Content-Length", std::to_string(size)}}));
  EXPECT_TRUE(connection.send(std::string(size, ' ')));
  EXPECT_EQ(connection.read_reply().status, 404);
}

TEST_F(Limits, ConnectionIsKeptAndRequestsMayFollowAtOnce) {
  start();
  Connection connection(address());
  const std::string one = text_of("GET", "/healthz");
  connection.send(one + one + text_of("HEAD", "/healthz") + one);
  EXPECT_EQ(connection.read_reply().status, 200);
  EXPECT_EQ(connection.read_reply().status, 200);
  const Reply head = connection.read_reply(/*of_head=*/true);
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.fields.at("content-length"), "0");
  EXPECT_EQ(connection.read_reply().status, 200);
}

TEST_F(Limits, LongRepliesComeInPiecesWithTheirSummaryBehind) {
  start();
  std::string records;
  for (int i = 0; i < 5000; ++i) records += "{\"t\":\"" + std::string(200, 'x') + "\"}\n";
  ASSERT_EQ(post_records(session("a", "/records"), records).status, 201);
  const Reply reply = get(session("a", "/records"));
  EXPECT_TRUE(reply.complete);
  EXPECT_EQ(reply.body, records);
  EXPECT_EQ(reply.trailers.at("everturn-more"), "false");
  Connection old(address());
  old.send("GET " + session("a", "/records") + " HTTP/1.0\r\nHost: " + address() +
           "\r\nAuthorization: Bearer " + token("read") + "\r\n\r\n");
  EXPECT_FALSE(old.read_head().fields.contains("transfer-encoding"));
}

TEST_F(Limits, RewriteInTheMiddleOfAReplyEndsItUnfinished) {
  start();
  std::string records;
  for (int i = 0; i < 40'000; ++i) records += "{\"t\":\"" + std::string(500, 'x') + "\"}\n";
  ASSERT_EQ(post_records(session("a", "/records"), records).status, 201);
  Connection connection(address());
  connection.send(text_of("GET", session("a", "/records")));
  EXPECT_EQ(connection.read_head().status, 200);
  ASSERT_TRUE(connection.read_chunk().has_value());
  ASSERT_EQ(post_json(session("a", "/rewind"), "{\"count\":1}").status, 200);
  std::size_t got = 0;
  for (auto chunk = connection.read_chunk(); chunk; chunk = connection.read_chunk()) {
    got += chunk->size();
  }
  EXPECT_LT(got, records.size());
  EXPECT_TRUE(connection.is_closed_within(seconds(5)));
}

TEST_F(Limits, EndAnswersWhatIsOnItsWay) {
  start();
  Connection idle(address());
  Connection working(address());
  const std::string body = "{\"n\":1}\n";
  const std::string request =
      text_of("POST", session("a", "/records"), body,
              {{"Content-Type", "application/x-ndjson"}, {"Expect", "100-continue"}});
  working.send(request.substr(0, request.size() - 3));
  EXPECT_TRUE(working.has_come_within(seconds(5)));  // "100 Continue": it is being read
  idle.send(text_of("GET", "/healthz"));
  EXPECT_EQ(idle.read_reply().status, 200);
  kill(process(), SIGTERM);
  EXPECT_TRUE(idle.is_closed_within(seconds(5)));
  working.send(request.substr(request.size() - 3));
  const Reply reply = working.read_reply();
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.fields.at("connection"), "close");
  EXPECT_EQ(stop(SIGTERM), 0);
  EXPECT_FALSE(Connection(address()).is_open());
}

TEST_F(Limits, AddressInUseIsTold) {
  start();
  const std::string command = EVERTURN_BINARY_DIR "/everturn --store memory: serve --listen " +
                              address() + " --tokens " + folder() + "/t >/dev/null 2>&1";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 7);
  const std::string open_to_all =
      EVERTURN_BINARY_DIR "/everturn --store memory: serve --listen 0.0.0.0:0 >/dev/null 2>&1";
  EXPECT_EQ(WEXITSTATUS(std::system(open_to_all.c_str())), 2);
}

TEST_F(Limits, ServiceManagerIsToldOfBeginningAndEnd) {
  const std::string path = folder() + "/notify";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(bind(manager, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  start();
  unsetenv("NOTIFY_SOCKET");
  const auto told = [manager] {
    char bytes[100];
    const ssize_t size = recv(manager, bytes, sizeof bytes, 0);
    return std::string(bytes, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  };
  EXPECT_EQ(told(), "READY=1");
  EXPECT_EQ(stop(SIGTERM), 0);
  EXPECT_EQ(told(), "STOPPING=1");
  close(manager);
}

}  // namespace
}  // namespace everturn::server_test
