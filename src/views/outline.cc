// SPDX-License-Identifier: Apache-2.0
#include "views/outline.h"

#include <utility>

namespace everturn {
namespace {

constexpr std::size_t kTurnCharacters = 200;

}  // namespace

OutlineReader::OutlineReader(const Survey& survey, std::uint64_t every)
    : every_(every), reader_(survey, [this](const Block& block) { return take(block); }) {}

bool OutlineReader::add(const Record& record) {
  if (outline_.records % every_ == 0) outline_.positions.push_back(record.position);
  if (record.kind == RecordKind::metadata) ++outline_.metadata;
  return reader_.add(record.bytes, outline_.records++, record.position);
}

bool OutlineReader::take(const Block& block) {
  const bool is_turn = block.kind == BlockKind::words && block.speaker == Speaker::user;
  if (!is_turn || block.is_sub_agent) return true;
  ++outline_.turn_count;
  if (outline_.turns.size() == kTurnsListed) outline_.turns.pop_front();
  outline_.turns.push_back(
      {block.record, block.position, block.time, cut_line(block.text, kTurnCharacters)});
  return true;
}

Outline OutlineReader::finish() {
  reader_.flush();
  return std::exchange(outline_, {});
}

}  // namespace everturn
