// SPDX-License-Identifier: Apache-2.0
// Small replies that were read before, for as long as nobody changed their session: asked for by
// the threads that serve connections, which must not wait for a disk. Where the store's watch tells
// at once of what others wrote, a kept reply is never older than a reading would be; elsewhere
// nothing is kept. Any number of threads.
#ifndef EVERTURN_SERVER_PAGE_CACHE_H_
#define EVERTURN_SERVER_PAGE_CACHE_H_

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "everturn/store.h"
#include "server/http.h"

namespace everturn::server {

class PageCache {
 public:
  // `watch`: of the store, this cache's own; null: nothing is kept.
  PageCache(std::unique_ptr<StoreWatch> watch, std::size_t max_bytes);

  // The reply to this target; null if it is not known to be still true.
  std::shared_ptr<const Response> find(std::string_view target);
  // To be called before the reading of which put() is told.
  std::uint64_t begin();
  // Keeps a copy, unless something changed since begin(), or it is long or no plain success.
  void put(std::string_view target, std::string_view key, const Response& response,
           std::uint64_t begun);

 private:
  struct Kept {
    std::string target;
    std::string key;
    std::shared_ptr<const Response> response;
    std::size_t bytes = 0;
  };
  using Order = std::list<Kept>;  // the one that was asked for last comes first

  void look_for_changes();
  void drop(Order::iterator kept);
  void drop_session(std::string_view key);

  std::mutex mutex_;
  std::unique_ptr<StoreWatch> watch_;
  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t changes_ = 0;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> by_target_;
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_PAGE_CACHE_H_
