// SPDX-License-Identifier: Apache-2.0
#include "cli/agent_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "find/project_beside.h"

namespace everturn::cli {
namespace {

constexpr std::uint64_t kHeadRecords = 40;
constexpr std::size_t kHeadBytes = 256 << 10;
constexpr std::uint64_t kTailRecords = 20;

}  // namespace

Overview overview_of(Store& store, const SessionInfo& session) {
  OverviewReader reader;
  std::size_t bytes = 0;
  Position behind;
  ReadOptions how;
  how.limit = kHeadRecords;
  const Result<ReadReport> head = store.read(session.key, how, [&](const Record& record) {
    reader.add(record.bytes);
    bytes += record.bytes.size();
    behind = record.next;
    return bytes < kHeadBytes;
  });
  if (!head.ok()) return {};
  how.from = behind;
  how.last = kTailRecords;
  const Result<ReadReport> tail = store.read(session.key, how, [&](const Record& record) {
    reader.add(record.bytes);
    return true;
  });
  static_cast<void>(tail.ok());  // a session that changes meanwhile has a title all the same
  Overview overview = reader.finish();
  if (overview.project.empty()) overview.project = project_beside(session);
  return overview;
}

std::string age_text(std::int64_t then_ns, std::int64_t now_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t seconds = std::max<std::int64_t>(now_ns - then_ns, 0) / kSecond;
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr std::array kUnits = {Unit{86400, " d"}, Unit{3600, " h"}, Unit{60, " min"}};
  for (const Unit& unit : kUnits) {
    if (seconds >= unit.seconds) return std::to_string(seconds / unit.seconds) + unit.name;
  }
  return "now";
}

std::string clipped(std::string_view text, std::size_t width) {
  std::string shown = printable(text);
  if (display_width(shown) <= width) return shown;
  std::string cut;
  std::string_view rest = shown;
  while (!rest.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8_step(rest).length, 1);
    if (display_width(cut) + display_width(rest.substr(0, length)) + 1 > width) break;
    cut += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return cut + "\u2026";
}

}  // namespace everturn::cli
