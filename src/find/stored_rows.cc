// SPDX-License-Identifier: Apache-2.0
#include "find/stored_rows.h"

#include <algorithm>
#include <new>
#include <unordered_map>

namespace everturn {
namespace {

constexpr std::uint64_t kMostBytes = 1ULL << 30;  // whatever somebody has put there
constexpr std::size_t kAhead = 8;

}  // namespace

void StoredRows::load(CatalogFile& file) {
  const auto keep = [this](std::string_view name, std::string_view facts) {
    rows_.push_back({bytes_.size(), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(facts.size())});
    bytes_ += name;
    bytes_ += facts;
    return true;
  };
  try {
    bytes_.reserve(static_cast<std::size_t>(std::min(file.bytes(), kMostBytes)));
    if (!file.load(keep).ok()) rows_.clear();
  } catch (const std::bad_alloc&) {
    rows_.clear();
  }
}

std::string_view StoredRows::name(std::size_t number) const {
  const Row& row = rows_[number];
  return std::string_view(bytes_).substr(row.offset, row.name_size);
}

std::string_view StoredRows::bytes(std::size_t number) const {
  const Row& row = rows_[number];
  return std::string_view(bytes_).substr(row.offset + row.name_size, row.size);
}

// Rows were made in the order in which the files were looked at, which is the order of this list
// too: nearly always the next row is the one. The others are looked up.
std::vector<std::int32_t> StoredRows::numbers_of(const ListedNames& listed) const {
  std::vector<std::int32_t> numbers(listed.size(), -1);
  std::vector<std::uint32_t> strays;
  std::size_t next = 0;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const std::size_t end = std::min(next + kAhead, rows_.size());
    std::size_t at = next;
    while (at < end && name(at) != listed[i].name) ++at;
    if (at == end) {
      strays.push_back(static_cast<std::uint32_t>(i));
      continue;
    }
    numbers[i] = static_cast<std::int32_t>(at);
    next = at + 1;
  }
  if (!strays.empty() && !rows_.empty()) look_up(listed, strays, numbers);
  return numbers;
}

void StoredRows::look_up(const ListedNames& listed, std::span<const std::uint32_t> strays,
                         std::vector<std::int32_t>& numbers) const {
  std::unordered_map<std::string_view, std::uint32_t> wanted;
  wanted.reserve(strays.size());
  for (const std::uint32_t stray : strays) wanted.emplace(listed[stray].name, stray);
  std::vector<char> is_taken(rows_.size());
  for (const std::int32_t number : numbers) {
    if (number >= 0) is_taken[static_cast<std::size_t>(number)] = 1;
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (is_taken[i] != 0) continue;
    const auto found = wanted.find(name(i));
    if (found != wanted.end()) numbers[found->second] = static_cast<std::int32_t>(i);
  }
}

}  // namespace everturn
