// SPDX-License-Identifier: Apache-2.0
// Clients that take too long, against a listener in this process whose patience is short.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "server/hub.h"
#include "server/listener.h"
#include "tests/server/event_stream.h"
#include "tests/server/http_client.h"

namespace everturn::server {
namespace {

using server_test::Connection;
using server_test::EventStream;
using server_test::Reply;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kGet = "GET /healthz HTTP/1.1\r\nHost: x\r\n";

class Times : public testing::Test {
 protected:
  void TearDown() override {
    if (listener_ != nullptr) listener_->stop();
    if (thread_.joinable()) thread_.join();
    if (hub_ != nullptr) hub_->stop();
    std::filesystem::remove_all(folder_);
  }

  void serve(ListenOptions options) {
    std::string pattern = (std::filesystem::temp_directory_path() / "everturn_tim_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    store_ = *open_store("memory:");
    tokens_ = *Tokens::open(posix_fs(), folder_, "tokens");
    hub_ = std::make_unique<Hub>(*store_, "run", [](const Status&) {});
    ASSERT_TRUE(hub_->start().ok());
    api_ = std::make_unique<Api>(
        Api::Parts{*store_, posix_fs(), *tokens_, metrics_, hub_.get(), nullptr, {}}, ApiOptions{});
    options.unix_path = folder_ + "/socket";
    auto listener = Listener::open(*api_, pool_, options, {});
    ASSERT_TRUE(listener.ok()) << listener.status().message();
    listener_ = *std::move(listener);
    thread_ = std::thread([this] { listener_->run(/*on_signals=*/false); });
  }
  [[nodiscard]] std::string address() const { return folder_ + "/socket"; }

  std::string folder_;
  Metrics metrics_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Api> api_;
  WorkerPool pool_{4, 64};
  std::unique_ptr<Listener> listener_;
  std::thread thread_;
};

TEST_F(Times, SlowHeaderIsGivenUp) {
  ListenOptions options;
  options.header_time = milliseconds(100);
  serve(options);
  Connection connection(address());
  connection.send(kGet);
  EXPECT_EQ(connection.read_reply().status, 408);
  EXPECT_TRUE(connection.is_closed_within(seconds(5)));
}

TEST_F(Times, HeaderThatComesByteByByteIsGivenUpToo) {
  ListenOptions options;
  options.header_time = milliseconds(100);
  serve(options);
  Connection connection(address());
  connection.set_receive_time(milliseconds(5));
  Reply reply;
  for (int i = 0; i < 2000 && reply.status == 0; ++i) {
    if (!connection.send("G")) break;
    reply = connection.read_reply();
  }
  EXPECT_EQ(reply.status, 408);
}

TEST_F(Times, SlowBodyIsGivenUp) {
  ListenOptions options;
  options.body_time = milliseconds(100);
  serve(options);
  Connection connection(address());
  connection.send(
      "POST /v1/sessions/YQ/records HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"n\":");
  EXPECT_EQ(connection.read_reply().status, 408);
  EXPECT_TRUE(connection.is_closed_within(seconds(5)));
}

TEST_F(Times, IdleConnectionIsClosed) {
  ListenOptions options;
  options.idle_time = milliseconds(100);
  serve(options);
  Connection connection(address());
  connection.send(std::string(kGet) + "\r\n");
  EXPECT_EQ(connection.read_reply().status, 200);
  EXPECT_TRUE(connection.is_closed_within(seconds(5)));
}

TEST_F(Times, ReaderThatTakesNothingIsDropped) {
  ListenOptions options;
  options.write_time = milliseconds(200);
  serve(options);
  const std::string record = "{\"t\":\"" + std::string(1 << 20, 'x') + "\"}";
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(store_->append("a", {record}).ok());
  EventStream events(address(), "GET /v1/sessions/YQ/events HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(events.status(), 200);
  while (metrics_.followers > 0) std::this_thread::yield();
  int got = 0;
  while (events.next().type == "record") ++got;
  EXPECT_LT(got, 16);
}

TEST_F(Times, HeartbeatKeepsAStreamAlive) {
  ListenOptions options;
  options.heartbeat_time = milliseconds(20);
  serve(options);
  ASSERT_TRUE(store_->append("a", {"{}"}).ok());
  Connection connection(address());
  connection.send("GET /v1/sessions/YQ/events?from=end HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(connection.read_head().status, 200);
  EXPECT_NE(connection.read_chunk().value_or("").find("ready"), std::string::npos);
  EXPECT_EQ(connection.read_chunk().value_or(""), ":\n\n");
  EXPECT_EQ(connection.read_chunk().value_or(""), ":\n\n");
}

TEST_F(Times, ConnectionOverTheLimitIsToldToComeBack) {
  ListenOptions options;
  options.threads = 1;
  options.max_connections = 1;
  serve(options);
  Connection first(address());
  first.send(std::string(kGet) + "\r\n");
  EXPECT_EQ(first.read_reply().status, 200);
  Connection second(address());
  const Reply reply = second.read_reply();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.fields.contains("retry-after"));
}

TEST_F(Times, BodiesTogetherHaveALimit) {
  ListenOptions options;
  options.max_bodies_bytes = 100'000;
  serve(options);
  Connection connection(address());
  connection.send(
      "POST /v1/sessions/YQ/records HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n");
  connection.send(std::string(400'000, ' '));
  EXPECT_EQ(connection.read_reply().status, 503);
}

}  // namespace
}  // namespace everturn::server
