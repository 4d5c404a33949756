// SPDX-License-Identifier: Apache-2.0
#include "server/used_ids.h"

#include <string>

namespace everturn::server {

UsedIds::Name UsedIds::name_of(std::string_view key, std::string_view id) {
  const Digest128 hash =
      hash128(std::to_string(key.size()) + ":" + std::string(key) + std::string(id));
  return {hash.high, hash.low};
}

UsedIds::Claim UsedIds::claim(std::string_view key, std::string_view id, std::string_view body) {
  const Name name = name_of(key, id);
  const Digest128 hash = hash128(body);
  const std::lock_guard guard(mutex_);
  const auto [place, is_new] = bodies_.emplace(name, hash);
  if (!is_new) return place->second == hash ? Claim::again : Claim::other;
  order_.push_back(name);
  if (order_.size() > most_) {
    bodies_.erase(order_.front());
    order_.pop_front();
  }
  return Claim::first;
}

void UsedIds::release(std::string_view key, std::string_view id) {
  const Name name = name_of(key, id);
  const std::lock_guard guard(mutex_);
  bodies_.erase(name);
  std::erase(order_, name);
}

}  // namespace everturn::server
