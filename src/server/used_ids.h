// SPDX-License-Identifier: Apache-2.0
// The bodies that came under an Idempotency-Key. The store adds the same records under an id once;
// that other ones come under it is a mistake of the client, and only told where somebody remembers.
// Any number of threads.
#ifndef EVERTURN_SERVER_USED_IDS_H_
#define EVERTURN_SERVER_USED_IDS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/digest.h"

namespace everturn::server {

class UsedIds {
 public:
  explicit UsedIds(std::size_t most = 16384) : most_(most) {}

  enum class Claim : std::uint8_t {
    first,  // the id was free, and is no more
    again,  // this body came under it before
    other,  // another one did
  };
  // `body` comes under `id`, for the session `key`.
  Claim claim(std::string_view key, std::string_view id, std::string_view body);
  // Nothing was written by the first: the id is free again.
  void release(std::string_view key, std::string_view id);

 private:
  using Name = std::pair<std::uint64_t, std::uint64_t>;
  static Name name_of(std::string_view key, std::string_view id);

  const std::size_t most_;
  std::mutex mutex_;
  std::map<Name, Digest128> bodies_;
  std::deque<Name> order_;  // the oldest first
};

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_USED_IDS_H_
