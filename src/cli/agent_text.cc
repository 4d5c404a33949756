// SPDX-License-Identifier: Apache-2.0
#include "cli/agent_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agents/folders.h"
#include "base/utf8.h"

namespace everturn::cli {
namespace {

constexpr std::uint64_t kHeadRecords = 40;
constexpr std::size_t kHeadBytes = 256 << 10;
constexpr std::uint64_t kTailRecords = 20;

bool is_plain(std::string_view id) {
  const auto is_letter = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !id.empty() && is_letter(id.front()) && std::all_of(id.begin(), id.end(), [&](char c) {
    return is_letter(c) || c == '-' || c == '.';
  });
}

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
  return reader.finish();
}

std::string resume_command(const SessionInfo& session, const Overview& overview) {
  const std::string_view key = session.key;
  const std::size_t colon = std::min(key.find(':'), key.size());
  const auto agent = agent_of_name(key.substr(0, colon));
  if (!agent || colon == key.size() || !session.part_of.empty()) return {};
  const std::string_view id = key.substr(colon + 1);
  std::string command;
  if (*agent == Agent::claude && is_plain(id)) command = "claude --resume " + std::string(id);
  if (*agent == Agent::codex && is_plain(id)) command = "codex resume " + std::string(id);
  if (*agent == Agent::gemini && is_plain(id)) command = "gemini --resume " + std::string(id);
  if (*agent == Agent::pi && printable(session.file_name) == session.file_name) {
    command = "pi --session " + shell_word(session.file_name);
  }
  const bool has_project =
      overview.project.starts_with('/') && printable(overview.project) == overview.project;
  if (command.empty() || !has_project) return command;
  return "cd " + shell_word(overview.project) + " && " + command;
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
