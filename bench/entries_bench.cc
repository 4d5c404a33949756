// SPDX-License-Identifier: Apache-2.0
// Reading records into entries: how fast a dialect goes over lines that are in memory, beside
// simdjson's DOM over the same lines and a scan of them; and how fast the doctor goes over a file.
#include <simdjson.h>

#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "bench/bare.h"
#include "bench/workplace.h"
#include "views/dialects/dialect.h"
#include "views/examination.h"

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

// Bytes by microseconds are megabytes by seconds; more is better.
void add_rate(Workplace& place, const std::string& name, std::size_t bytes, const Series& product,
              const Series& floor, std::optional<Goal> goal) {
  const double size = static_cast<double>(bytes);
  place.report.add({name + ", " + std::to_string(bytes / 1000000) + " MB", "MB/s",
                    size / product.typical(), size / floor.typical(), ratio_of(floor, product),
                    goal});
}

void measure(Workplace& place, const Dialect& dialect, Text text) {
  const std::size_t bytes = text.bytes.size();
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
       {}},
      // What reading the memory costs that has to be read: each line looked through for its end.
      {"scan",
       [&] { text.each([&](std::string_view line) { seen += line.find('\n') == line.npos; }); },
       {}}};
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(11), 1);
  if (seen == 0) give_up("nothing was read");
  const std::string name = std::string(dialect.name) + " lines to entries";
  place.report.add(name + " / simdjson DOM streamed", of[1], of[0], at_most(1));
  add_rate(place, name + " / memory scan", bytes, of[1], of[2], product_at_least(1000));
}

Text claude_lines(const Workplace& place, std::size_t bytes_min) {
  Text text;
  for (std::size_t i = 0; text.bytes.size() < bytes_min; ++i) {
    text.add(as_claude(place.corpus.record(i), i));
  }
  return text;
}

}  // namespace

void bench_entries(Workplace& place) {
  const std::size_t bytes_min = place.settings.scaled(100000000, 1000000);
  Text nanobot;
  for (std::size_t i = 0; nanobot.bytes.size() < bytes_min; ++i)
    nanobot.add(place.corpus.record(i));
  measure(place, find_dialect("nanobot"), std::move(nanobot));
  measure(place, find_dialect("claude"), claude_lines(place, bytes_min));
}

// One file, examined as `everturn doctor` does: read, checked, its chain, calls, sizes, secrets.
void bench_doctor(Workplace& place) {
  const std::size_t usual = place.settings.scaled(100000000, 1000000);
  const std::size_t bytes_min = place.settings.large ? 1000000000 : usual;
  const std::string path = place.path("doctor.jsonl");
  std::size_t bytes = 0;
  {
    const Text text = claude_lines(place, bytes_min);
    bytes = text.bytes.size();
    std::ofstream(path, std::ios::binary) << text.bytes;
  }
  const std::unique_ptr<Store> store = expect(open_store("file:" + path));
  const std::string key = expect(store->list()).front().key;
  BareReader bare;
  const std::vector<Lane> lanes = {{"floor", [&] { bare.read_all(path); }, {}},
                                   {"doctor",
                                    [&] {
                                      if (expect(examine(*store, key)).records == 0)
                                        give_up("nothing was examined");
                                    },
                                    {}}};
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(5), 1);
  // 1 GB in ten seconds.
  add_rate(place, "doctor / simdjson DOM streamed", bytes, of[1], of[0], product_at_least(100));
}

}  // namespace everturn::bench
