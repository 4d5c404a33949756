// SPDX-License-Identifier: Apache-2.0
// Appends on their way to their sessions. One worker writes a session for all clients: what comes
// while it writes goes into its next write, and no thread waits for another. Any number of threads.
#ifndef EVERTURN_SERVER_APPEND_QUEUE_H_
#define EVERTURN_SERVER_APPEND_QUEUE_H_

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "server/api.h"
#include "server/worker_pool.h"

namespace everturn::server {

class AppendQueue {
 public:
  // Both must outlive this, which must outlive what `pool` runs.
  AppendQueue(Api& api, WorkerPool& pool) : api_(api), pool_(pool) {}

  // Takes the response, in a worker of the pool; must not block or throw.
  using Finish = std::function<void(Response)>;
  // For a route that is answered together; `request` and `admitted` must stay until `finish` is
  // called. False: too many calls wait already, and it never is; nor if this throws bad_alloc.
  bool post(const Request& request, const Admitted& admitted, Finish finish);

 private:
  struct Waiting {
    std::vector<Asked> asked;
    std::vector<Finish> finish;  // of each
  };
  void write(const std::string& key);
  bool take(const std::string& key, Waiting& taken);

  Api& api_;
  WorkerPool& pool_;
  std::mutex mutex_;
  std::map<std::string, Waiting> sessions_;  // that a worker writes, or is about to
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_APPEND_QUEUE_H_
