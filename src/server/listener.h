// SPDX-License-Identifier: Apache-2.0
// Connections: bytes to requests, responses to bytes. An io_context and an acceptor a thread, so
// nothing is shared between them; what may block runs in the worker pool.
#ifndef EVERTURN_SERVER_LISTENER_H_
#define EVERTURN_SERVER_LISTENER_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/api.h"
#include "server/worker_pool.h"

namespace everturn::server {

struct ListenOptions {
  std::string host = "127.0.0.1";  // an IP address
  std::uint16_t port = 7717;       // 0: any that is free
  std::string unix_path;           // in place of both
  std::size_t threads = 2;
  std::size_t max_connections = 16'384;
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_bodies_bytes = 512 << 20;  // of all requests that are being received
  // A request must be there whole in `header_time` and, for its body, `body_time` and a second for
  // each 16 KiB of it; a client must take something of a reply in `write_time`.
  std::chrono::milliseconds header_time{10'000};
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds write_time{30'000};
  std::chrono::milliseconds idle_time{75'000};       // between two requests
  std::chrono::milliseconds heartbeat_time{15'000};  // of streams of events
  std::chrono::milliseconds drain_time{10'000};      // for what is on its way when the end comes
  std::function<void()> on_stop;
  bool by_signals = false;  // SIGTERM and SIGINT are caught from open() on, for run()
};

class Listener {
 public:
  // Binds. `unavailable` where the address is taken. All must outlive it.
  static Result<std::unique_ptr<Listener>> open(Api& api, WorkerPool& pool, ListenOptions options,
                                                Log log);
  virtual ~Listener() = default;

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  // Serves until stop() or, with `on_signals`, SIGTERM or SIGINT; then answers what is on its way,
  // and returns. Once.
  virtual void run(bool on_signals) = 0;
  // Any thread, any number of times.
  virtual void stop() = 0;
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_LISTENER_H_
