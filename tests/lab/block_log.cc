// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/block_log.h"

#include <algorithm>
#include <random>

namespace everturn::lab {

void BlockLog::read(std::uint64_t offset, char* into, std::size_t length) const {
  while (length > 0) {
    const std::uint64_t within = offset % kBlock;
    const std::size_t part = std::min<std::size_t>(length, kBlock - within);
    const std::string* bytes = nullptr;
    for (const Blocks* const blocks : {&base_, &changed_}) {
      const auto found = blocks->find(offset / kBlock);
      if (found != blocks->end()) bytes = &found->second;
    }
    if (bytes != nullptr) {
      bytes->copy(into, part, within);
    } else {
      std::fill_n(into, part, '\0');
    }
    offset += part;
    into += part;
    length -= part;
  }
}

std::string& BlockLog::block(std::uint64_t index) {
  const auto [place, is_new] = changed_.try_emplace(index);
  if (!is_new) return place->second;
  const auto base = base_.find(index);
  place->second = base == base_.end() ? std::string(kBlock, '\0') : base->second;
  return place->second;
}

void BlockLog::put(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::uint64_t within = offset % kBlock;
    const std::size_t part = std::min<std::size_t>(bytes.size(), kBlock - within);
    block(offset / kBlock).replace(within, part, bytes.substr(0, part));
    offset += part;
    bytes.remove_prefix(part);
  }
}

void BlockLog::write(std::uint64_t offset, std::string_view bytes) {
  put(offset, bytes);
  if (logs_) log_.push_back({false, offset, std::string(bytes)});
}

void BlockLog::flush() {
  if (logs_) log_.push_back({true, 0, {}});
}

void BlockLog::make_blank() {
  base_.clear();
  changed_.clear();
  log_.clear();
  logs_ = false;
}

void BlockLog::start_log() {
  for (auto& [index, bytes] : changed_) base_[index] = std::move(bytes);
  changed_.clear();
  log_.clear();
  logs_ = true;
}

void BlockLog::show(std::uint64_t entries, Kept kept, std::uint64_t seed) {
  const std::size_t torn = kept == Kept::some ? 512 : 4096;
  logs_ = false;
  changed_.clear();
  std::mt19937_64 random(seed);
  std::uint64_t flushed = 0;
  for (std::uint64_t i = 0; i < entries; ++i) flushed = log_[i].is_flush ? i : flushed;
  for (std::uint64_t i = 0; i < entries; ++i) {
    const Entry& entry = log_[i];
    if (i < flushed || kept == Kept::all) {
      put(entry.offset, entry.bytes);
      continue;
    }
    const std::uint64_t fate = kept == Kept::none ? 0 : random() % 8;
    if (fate >= 5) put(entry.offset, entry.bytes);
    if (fate != 3 && fate != 4) continue;
    for (std::size_t at = 0; at < entry.bytes.size(); at += torn) {
      const std::string_view piece = std::string_view(entry.bytes).substr(at, torn);
      if (random() % 2 == 0) put(entry.offset + at, piece);
    }
  }
}

}  // namespace everturn::lab
