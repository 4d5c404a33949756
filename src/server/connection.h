// SPDX-License-Identifier: Apache-2.0
// One connection: reads requests, has them answered, writes the responses. Belongs to the thread of
// its io_context.
#ifndef EVERTURN_SERVER_CONNECTION_H_
#define EVERTURN_SERVER_CONNECTION_H_

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>

#include "server/api.h"
#include "server/append_queue.h"
#include "server/listener.h"
#include "server/worker_pool.h"

namespace everturn::server {

namespace net = boost::asio;
using Protocol = net::generic::stream_protocol;  // TCP and sockets of this machine alike
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<Protocol, Executor>;
template <class T>
using Task = net::awaitable<T, Executor>;

// What all connections share.
struct Shared {
  Api& api;
  WorkerPool& pool;
  AppendQueue appends;
  const ListenOptions options;
  const Log log;
  std::atomic<std::size_t> bodies_bytes{0};
  std::atomic<bool> stopping{false};
};

class Connection {
 public:
  virtual ~Connection() = default;
  // Ends what waits for a client; what is being answered goes on.
  virtual void stop() = 0;
};

// Serves the connection until it ends; until then it is one of `siblings`. All must outlive it.
// `place` has what every request of it has: transport and thread.
void start_connection(Shared& shared, Socket socket, const Request& place,
                      std::set<Connection*>& siblings);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_CONNECTION_H_
