// SPDX-License-Identifier: Apache-2.0
// The ways in which a power cut leaves one data operation.
#include <algorithm>

#include "fs/sim_disk.h"

namespace everturn {
namespace {

constexpr std::uint64_t kCountableSectors = 16;
constexpr std::uint64_t kSampledMasks = std::uint64_t{1} << kCountableSectors;

std::uint64_t sector_count(const DataOperation& operation) {
  if (operation.bytes.empty()) return 0;
  const std::uint64_t first = operation.offset / kSectorBytes;
  const std::uint64_t last = (operation.offset + operation.bytes.size() - 1) / kSectorBytes;
  return last - first + 1;
}

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

// Whether subset number `mask` keeps `sector` (counted from the first one touched). Up to 16
// sectors the bits are the number itself; beyond, all prefixes and suffixes come first, then noise.
bool mask_keeps(std::uint64_t mask, std::uint64_t sector, std::uint64_t sectors) {
  if (sectors <= kCountableSectors) return ((mask >> sector) & 1) != 0;
  if (mask < sectors) return sector < mask;
  if (mask < 2 * sectors) return sector >= mask - sectors + 1;
  return (mix(mask * 0x9e3779b97f4a7c15ULL + sector) & 1) != 0;
}

std::uint64_t prefix_mask(std::uint64_t kept, std::uint64_t sectors) {
  return sectors <= kCountableSectors ? (std::uint64_t{1} << kept) - 1 : kept;
}

std::uint64_t suffix_mask(std::uint64_t lost, std::uint64_t sectors) {
  if (sectors > kCountableSectors) return sectors + lost - 1;
  return ((std::uint64_t{1} << sectors) - 1) & ~((std::uint64_t{1} << lost) - 1);
}

// Calls use(begin, end, kept) for each sector's share of the operation's bytes.
template <class Use>
void for_each_sector(const DataOperation& operation, std::uint64_t mask, Use use) {
  const std::uint64_t sectors = sector_count(operation);
  const std::uint64_t first = operation.offset / kSectorBytes;
  for (std::uint64_t sector = 0; sector < sectors; ++sector) {
    const std::uint64_t start = std::max((first + sector) * kSectorBytes, operation.offset);
    const std::uint64_t stop =
        std::min((first + sector + 1) * kSectorBytes, operation.offset + operation.bytes.size());
    use(start - operation.offset, stop - operation.offset, mask_keeps(mask, sector, sectors));
  }
}

void put(std::string& content, std::uint64_t offset, std::string_view bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  content.replace(offset, bytes.size(), bytes);
}

void apply_append(const DataOperation& operation, std::uint64_t outcome, std::string& content) {
  const std::uint64_t size = operation.bytes.size();
  if (outcome == kOutcomeWhole) return put(content, operation.offset, operation.bytes);
  if (outcome <= size) {  // torn
    return put(content, operation.offset, std::string_view(operation.bytes).substr(0, outcome - 1));
  }
  std::string bytes(size, '\0');
  for_each_sector(operation, outcome - size - 1,
                  [&](std::uint64_t begin, std::uint64_t end, bool kept) {
                    if (kept)
                      bytes.replace(begin, end - begin, operation.bytes, begin, end - begin);
                  });
  put(content, operation.offset, bytes);
}

// Never changes the size: a block behind the end of the file is not seen.
void apply_overwrite(const DataOperation& operation, std::uint64_t outcome, std::string& content) {
  for_each_sector(operation, outcome - 1, [&](std::uint64_t begin, std::uint64_t end, bool kept) {
    if (!kept && outcome != kOutcomeWhole) return;
    const std::uint64_t start = operation.offset + begin;
    if (start >= content.size()) return;
    const std::uint64_t count = std::min(end - begin, content.size() - start);
    content.replace(start, count, operation.bytes, begin, count);
  });
}

std::string mask_text(const DataOperation& operation, std::uint64_t mask) {
  std::string text = "sectors ";
  for_each_sector(operation, mask,
                  [&](std::uint64_t, std::uint64_t, bool kept) { text += kept ? '+' : '0'; });
  return text;
}

}  // namespace

void apply_same_sectors(const DataOperation& earlier, const DataOperation& later,
                        std::uint64_t outcome, Stored& file) {
  const bool append = later.kind == DataOperation::Kind::append;
  if (earlier.bytes.empty() || (!append && later.kind != DataOperation::Kind::overwrite)) return;
  const std::uint64_t size = later.bytes.size();
  const bool torn = append && outcome != kOutcomeWhole && outcome <= size;
  const std::uint64_t mask = outcome - (append ? size : 0) - 1;
  for_each_sector(later, mask, [&](std::uint64_t begin, std::uint64_t, bool kept) {
    if (torn ? begin >= outcome - 1 : !kept && outcome != kOutcomeWhole) return;
    const std::uint64_t sector = (later.offset + begin) / kSectorBytes * kSectorBytes;
    std::string& content = file.own_content();
    const std::uint64_t start = std::max(sector, earlier.offset);
    const std::uint64_t stop =
        std::min({sector + kSectorBytes, earlier.offset + earlier.bytes.size(), content.size()});
    if (start >= stop) return;
    content.replace(start, stop - start, earlier.bytes, start - earlier.offset, stop - start);
  });
}

std::uint64_t outcome_count(const DataOperation& operation) {
  const bool append = operation.kind == DataOperation::Kind::append;
  if (!append && operation.kind != DataOperation::Kind::overwrite) return 2;
  const std::uint64_t sectors = sector_count(operation);
  if (sectors > kCountableSectors) return kUncountable;
  return (std::uint64_t{1} << sectors) + (append ? operation.bytes.size() : 0);
}

std::uint64_t sampled_outcomes(const DataOperation& operation) {
  const std::uint64_t count = outcome_count(operation);
  if (count != kUncountable) return count;
  const bool append = operation.kind == DataOperation::Kind::append;
  return kSampledMasks + (append ? operation.bytes.size() + 1 : 1);
}

std::uint64_t zeros_outcome(const DataOperation& operation) { return operation.bytes.size() + 1; }

std::vector<std::uint64_t> notable_outcomes(const DataOperation& operation) {
  std::vector<std::uint64_t> notable;
  if (operation.kind == DataOperation::Kind::truncate ||
      operation.kind == DataOperation::Kind::attributes) {
    return notable;
  }
  const std::uint64_t size = operation.bytes.size();
  const std::uint64_t sectors = sector_count(operation);
  std::uint64_t masks = 1;  // number of the outcome that is mask 0
  if (operation.kind == DataOperation::Kind::append) {
    masks = size + 1;
    notable.push_back(zeros_outcome(operation));
    std::set<std::uint64_t> tears = {1, size / 2, size - 1};
    for (std::uint64_t at = 0; at + 1 < size && tears.size() < 24; ++at) {
      if (operation.bytes[at] == '\n') tears.insert(at + 1);
    }
    for (const std::uint64_t tear : tears) {
      if (tear > 0 && tear < size) notable.push_back(tear + 1);
    }
  }
  const std::uint64_t step = std::max<std::uint64_t>(1, sectors / 8);
  for (std::uint64_t sector = 1; sector < sectors; sector += step) {
    notable.push_back(masks + prefix_mask(sector, sectors));
    notable.push_back(masks + suffix_mask(sector, sectors));
  }
  return notable;
}

void apply_data(const DataOperation& operation, std::uint64_t outcome, Stored& file) {
  if (outcome == kOutcomeLost) return;
  switch (operation.kind) {
    case DataOperation::Kind::append:
      apply_append(operation, outcome, file.own_content());
      break;
    case DataOperation::Kind::overwrite:
      return apply_overwrite(operation, outcome, file.own_content());
    case DataOperation::Kind::truncate:
      file.own_content().resize(operation.offset, '\0');
      break;
    case DataOperation::Kind::attributes:
      file.attributes = operation.attributes;
      break;
  }
  // A sync for data need not save the time of an overwrite: only a new size carries it along.
  file.modified_ns = operation.modified_ns;
}

std::string outcome_text(const DataOperation& operation, std::uint64_t outcome) {
  if (outcome == kOutcomeLost) return "lost";
  if (outcome == kOutcomeWhole) return "whole";
  if (operation.kind == DataOperation::Kind::overwrite) return mask_text(operation, outcome - 1);
  const std::uint64_t size = operation.bytes.size();
  if (outcome <= size) return "torn after " + std::to_string(outcome - 1) + " bytes";
  return mask_text(operation, outcome - size - 1);
}

}  // namespace everturn
