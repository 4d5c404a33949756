// SPDX-License-Identifier: Apache-2.0
// Reading records into entries: how fast a dialect goes over lines that are in memory, beside
// simdjson's DOM over the same lines.
#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "bench/workplace.h"
#include "views/dialects/dialect.h"

namespace everturn::bench {
namespace {

// Lines in one piece of memory, with what simdjson needs behind them.
struct Text {
  std::string bytes;
  std::vector<std::size_t> ends;

  void add(std::string_view line) {
    bytes += line;
    ends.push_back(bytes.size());
    bytes += '\n';
  }
  template <class Use>
  void each(const Use& use) const {
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      use(std::string_view(bytes).substr(begin, end - begin));
      begin = end + 1;
    }
  }
};

// A record of the corpus as Claude Code would have written it, tool result twice and all.
std::string as_claude(std::string_view record, std::size_t number) {
  const std::string_view role = find_member(record, "role").value_or("\"user\"");
  const std::string_view content = find_member(record, "content").value_or("\"\"");
  const std::string id = std::to_string(100000000 + number);
  const std::string head =
      R"({"parentUuid":"5d7c1e0a-1f2b-4c3d-8e4f-)" + id + R"(000","isSidechain":false,)" +
      R"("userType":"external","cwd":"/home/somebody/project","sessionId":)" +
      R"("0a1b2c3d-4e5f-4061-8071-2a3b4c5d6e7f","version":"2.1.42","gitBranch":"main",)";
  const std::string tail = R"("uuid":"5d7c1e0a-1f2b-4c3d-8e4f-)" + id +
                           R"(001","timestamp":"2026-08-20T10:02:11.120Z"})";
  if (role == "\"assistant\"") {
    return head + R"("message":{"model":"claude-x","id":"msg_)" + id +
           R"(","type":"message","role":"assistant","content":[{"type":"text","text":)" +
           std::string(content) + R"(}],"stop_reason":null,"usage":{"input_tokens":3,)" +
           R"("cache_creation_input_tokens":1200,"cache_read_input_tokens":19964,)" +
           R"("output_tokens":68,"service_tier":"standard"}},"requestId":"req_)" + id +
           R"(","type":"assistant",)" + tail;
  }
  if (role == "\"tool\"") {
    return head + R"("type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_)" +
           id + R"(","type":"tool_result","content":)" + std::string(content) +
           R"(,"is_error":false}]},"toolUseResult":{"stdout":)" + std::string(content) +
           R"(,"stderr":"","interrupted":false},)" + tail;
  }
  return head + R"("type":"user","message":{"role":"user","content":)" + std::string(content) +
         "}," + tail;
}

void measure(Workplace& place, const Dialect& dialect, Text text) {
  const double bytes = static_cast<double>(text.bytes.size());
  text.bytes.append(simdjson::SIMDJSON_PADDING, ' ');
  simdjson::dom::parser parser;
  std::vector<Entry> entries;
  std::size_t seen = 0;
  const std::vector<Lane> lanes = {
      {"simdjson",
       [&] {
         text.each([&](std::string_view line) {
           seen += parser.parse(line.data(), line.size(), false).error() == simdjson::SUCCESS;
         });
       },
       {}},
      {"entries",
       [&] {
         text.each([&](std::string_view line) {
           entries.clear();
           dialect.read(line, entries);
           seen += entries.size();
         });
       },
       {}}};
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(11), 1);
  if (seen == 0) give_up("nothing was read");
  const std::string name = std::string(dialect.name) + " lines to entries";
  place.report.add(name + " / simdjson DOM streamed", of[1], of[0], at_most(1));
  // Bytes by microseconds are megabytes by seconds.
  place.report.add({name + ", of " + std::to_string(static_cast<long>(bytes / 1e6)) + " MB",
                    "MB/s",
                    bytes / of[1].typical(),
                    bytes / of[0].typical(),
                    {},
                    {}});
}

}  // namespace

void bench_entries(Workplace& place) {
  const std::size_t bytes_min = place.settings.scaled(100000000, 1000000);
  Text nanobot;
  Text claude;
  for (std::size_t i = 0; nanobot.bytes.size() < bytes_min; ++i)
    nanobot.add(place.corpus.record(i));
  for (std::size_t i = 0; claude.bytes.size() < bytes_min; ++i) {
    claude.add(as_claude(place.corpus.record(i), i));
  }
  measure(place, find_dialect("nanobot"), std::move(nanobot));
  measure(place, find_dialect("claude"), std::move(claude));
}

}  // namespace everturn::bench
