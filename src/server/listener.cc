// SPDX-License-Identifier: Apache-2.0
#include "server/listener.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <csignal>
#include <cstring>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/try.h"
#include "server/connection.h"

namespace everturn::server {
namespace {

using Error = boost::system::error_code;
constexpr net::use_awaitable_t<Executor> kAwait;
constexpr auto kTuple = net::as_tuple(kAwait);
using Clock = std::chrono::steady_clock;

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n";

// One thread with its connections.
class IoThread {
 public:
  IoThread(Shared& shared, std::size_t number)
      : shared_(shared), number_(number), io_(1), acceptor_(io_) {}

  // With `is_probe`, fails where anybody listens there, which sharing the port would hide.
  Status listen_on(const net::ip::tcp::endpoint& endpoint, bool is_probe) {
    Error error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
    if (!error && !is_probe) acceptor_.set_option(ReusePort(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
    if (error) return {Code::unavailable, "cannot listen there: " + error.message(), error.value()};
    return {};
  }

  Status listen_on(const std::string& unix_path) {
    Error error;
    const Protocol::endpoint endpoint{net::local::stream_protocol::endpoint(unix_path)};
    acceptor_.open({AF_UNIX, 0}, error);
    const mode_t others = ::umask(0177);  // only its user may connect, from the first moment on
    if (!error) acceptor_.bind(endpoint, error);
    ::umask(others);
    if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
    if (error) return {Code::unavailable, "cannot listen there: " + error.message(), error.value()};
    return {};
  }

  [[nodiscard]] std::uint16_t port() const {
    net::ip::tcp::endpoint endpoint;
    const Protocol::endpoint local = acceptor_.local_endpoint();
    if (local.size() > endpoint.capacity()) return 0;
    std::memcpy(endpoint.data(), local.data(), local.size());
    return endpoint.port();
  }

  // `share`: threads that take connections from this one's acceptor in turn.
  void serve(std::vector<IoThread*> share, Transport transport) {
    net::co_spawn(io_, accept(std::move(share), transport), net::detached);
  }
  net::io_context& io() { return io_; }

  // Any thread.
  void begin_drain() {
    net::post(io_, [this] {
      Error ignored;
      acceptor_.close(ignored);
      drain();
    });
  }

 private:
  using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

  Task<void> accept(std::vector<IoThread*> share, Transport transport) {
    std::size_t turn = 0;
    while (true) {
      IoThread& taker = *share[turn++ % share.size()];
      auto [error, socket] = co_await acceptor_.async_accept(taker.io_, kTuple);
      if (shared_.stopping || error == net::error::operation_aborted) co_return;
      if (error) {
        // No descriptors, or no memory: others will end.
        net::steady_timer pause(io_, std::chrono::milliseconds(50));
        co_await pause.async_wait(kTuple);
        continue;
      }
      if (&taker == this) {
        start(std::move(socket), transport);
      } else {
        net::post(taker.io_,
                  [&taker, transport, taken = std::make_shared<Socket>(std::move(socket))] {
                    taker.start(std::move(*taken), transport);
                  });
      }
    }
  }

  void start(Socket socket, Transport transport) {
    Error ignored;
    if (connections_.size() >= shared_.options.max_connections / shared_.options.threads) {
      socket.non_blocking(true, ignored);
      socket.write_some(net::buffer(kTooMany), ignored);
      return;
    }
    if (transport == Transport::tcp) socket.set_option(net::ip::tcp::no_delay(true), ignored);
    Request place;
    place.transport = transport;
    place.thread = number_;
    start_connection(shared_, std::move(socket), place, connections_);
  }

  // Until the last connection has gone, or the time is over.
  void drain() {
    const auto deadline = Clock::now() + shared_.options.drain_time;
    for (Connection* connection : connections_) connection->stop();
    net::co_spawn(
        io_,
        [this, deadline]() -> Task<void> {
          net::steady_timer timer(io_);
          while (!connections_.empty() && Clock::now() < deadline) {
            timer.expires_after(std::chrono::milliseconds(5));
            co_await timer.async_wait(kTuple);
          }
          io_.stop();
        },
        net::detached);
  }

  Shared& shared_;
  const std::size_t number_;
  std::set<Connection*> connections_;  // outlives the io_context, whose end destroys coroutines
  net::io_context io_;
  net::basic_socket_acceptor<Protocol, Executor> acceptor_;
};

class BeastListener final : public Listener {
 public:
  BeastListener(Api& api, WorkerPool& pool, ListenOptions options, Log log)
      : shared_{api, pool, {api, pool}, std::move(options), std::move(log)} {
    for (std::size_t i = 0; i < shared_.options.threads; ++i) {
      threads_.push_back(std::make_unique<IoThread>(shared_, i));
    }
  }

  Status bind() {
    if (!shared_.options.unix_path.empty())
      return threads_[0]->listen_on(shared_.options.unix_path);
    Error error;
    const auto address = net::ip::make_address(shared_.options.host, error);
    if (error) {
      return {Code::invalid, "\"" + shared_.options.host + "\" is no IP address to listen on"};
    }
    net::ip::tcp::endpoint endpoint(address, shared_.options.port);
    if (endpoint.port() != 0) {
      CHECK_OK(IoThread(shared_, 0).listen_on(endpoint, /*is_probe=*/true));
    }
    for (const auto& thread : threads_) {
      CHECK_OK(thread->listen_on(endpoint, /*is_probe=*/false));
      port_ = thread->port();
      endpoint.port(port_);
    }
    return {};
  }

  [[nodiscard]] bool is_ended_by_signals() const { return shared_.options.by_signals; }
  // From now on they wait for run().
  void catch_signals() { signals_.emplace(threads_[0]->io(), SIGTERM, SIGINT); }

  [[nodiscard]] std::uint16_t port() const override { return port_; }

  void run(bool on_signals) override {
    std::vector<IoThread*> all;
    all.reserve(threads_.size());
    for (const auto& thread : threads_) all.push_back(thread.get());
    if (shared_.options.unix_path.empty()) {
      for (IoThread* thread : all) thread->serve({thread}, Transport::tcp);
    } else {
      all[0]->serve(all, Transport::unix_socket);
    }
    if (on_signals) {
      if (!signals_) catch_signals();
      signals_->async_wait([this](const Error& error, int) {
        if (!error) stop();
      });
    }
    std::vector<net::executor_work_guard<Executor>> guards;
    guards.reserve(all.size());
    std::vector<std::thread> running;
    for (IoThread* thread : all) guards.push_back(net::make_work_guard(thread->io()));
    for (std::size_t i = 1; i < all.size(); ++i) {
      running.emplace_back([thread = all[i]] { thread->io().run(); });
    }
    all[0]->io().run();
    for (std::thread& thread : running) thread.join();
    shared_.pool.finish();  // what still runs refers to connections
    if (!shared_.options.unix_path.empty()) ::unlink(shared_.options.unix_path.c_str());
  }

  void stop() override {
    if (shared_.stopping.exchange(true)) return;
    shared_.api.set_ready(false);
    if (shared_.options.on_stop) shared_.options.on_stop();
    for (const auto& thread : threads_) thread->begin_drain();
  }

 private:
  Shared shared_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::optional<net::signal_set> signals_;
};

// A socket that a server which was killed left behind.
Status remove_dead_socket(const std::string& path) {
  net::io_context io;
  net::local::stream_protocol::socket socket(io);
  Error error;
  socket.connect(net::local::stream_protocol::endpoint(path), error);
  if (!error) return {Code::unavailable, "another server listens on " + path};
  if (error == net::error::connection_refused) ::unlink(path.c_str());
  return {};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Api& api, WorkerPool& pool, ListenOptions options,
                                                 Log log) {
  try {
    if (!options.unix_path.empty()) CHECK_OK(remove_dead_socket(options.unix_path));
    auto listener = std::make_unique<BeastListener>(api, pool, std::move(options), std::move(log));
    CHECK_OK(listener->bind());
    if (listener->is_ended_by_signals()) listener->catch_signals();
    return std::unique_ptr<Listener>(std::move(listener));
  } catch (const boost::system::system_error& error) {
    return Status(Code::unavailable, std::string("cannot listen: ") + error.what());
  }
}

}  // namespace everturn::server
