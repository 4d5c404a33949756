// SPDX-License-Identifier: Apache-2.0
// Sixteen writers at once, every append durable before it returns.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/bare.h"
#include "bench/workplace.h"

namespace everturn::bench {
namespace {

constexpr std::size_t kWriters = 16;

struct Crowd {
  std::function<void(std::size_t thread, std::size_t count)> operation;
};

// Operations per second of each, round by round.
std::vector<Series> compete(const Workplace& place, const std::vector<Crowd>& crowds) {
  const std::chrono::milliseconds block(place.settings.scaled(250, 20));
  std::vector<Series> series(crowds.size());
  for (const Crowd& crowd : crowds) throughput(kWriters, block / 5, crowd.operation);
  for (std::size_t round = 0; round < place.settings.rounds_or(13); ++round) {
    for (std::size_t i = 0; i < crowds.size(); ++i) {
      const std::size_t turn = (round + i) % crowds.size();
      series[turn].rounds.push_back(throughput(kWriters, block, crowds[turn].operation));
    }
  }
  return series;
}

// Another stretch of the corpus for each thread.
std::size_t pick(std::size_t thread, std::size_t count) { return thread * 251 + count * 17; }

}  // namespace

void bench_many_sessions(Workplace& place) {
  std::vector<std::unique_ptr<BareFile>> files;
  std::vector<std::unique_ptr<Writer>> writers;
  for (std::size_t i = 0; i < kWriters; ++i) {
    files.push_back(std::make_unique<BareFile>(place.path("many" + std::to_string(i) + ".jsonl")));
    writers.push_back(place.open_writer(place.fresh_key("many")));
  }
  const std::vector<Series> of =
      compete(place, {{[&](std::size_t thread, std::size_t count) {
                        files[thread]->write_durably(place.corpus.line(pick(thread, count)));
                      }},
                      {[&](std::size_t thread, std::size_t count) {
                        const std::string_view record = place.corpus.record(pick(thread, count));
                        expect_ok(writers[thread]->append({&record, 1}, {}).status());
                      }}});
  place.report.add("16 writers, 16 sessions / 16 bare files", of[1], of[0], at_least(0.9), "/s");
}

void bench_shared_session(Workplace& place) {
  const BareFile alone(place.path("shared.jsonl"));
  GroupFile group(place.path("group.jsonl"));
  const auto writer = place.open_writer(place.fresh_key("shared"));
  const std::string key = place.fresh_key("shared");
  const std::vector<Series> of =
      compete(place, {{[&](std::size_t thread, std::size_t count) {
                        alone.write_durably(place.corpus.line(pick(thread, count)));
                      }},
                      {[&](std::size_t thread, std::size_t count) {
                        group.write_durably(place.corpus.line(pick(thread, count)));
                      }},
                      {[&](std::size_t thread, std::size_t count) {
                        const std::string_view record = place.corpus.record(pick(thread, count));
                        expect_ok(writer->append({&record, 1}, {}).status());
                      }},
                      {[&](std::size_t thread, std::size_t count) {
                        const std::string_view record = place.corpus.record(pick(thread, count));
                        expect_ok(place.store().append(key, {&record, 1}, {}).status());
                      }}});
  Report& report = place.report;
  report.add("16 threads, one Writer / sync per writer", of[2], of[0], at_least(1.3), "/s");
  report.add("16 threads, Store::append / sync per writer", of[3], of[0], at_least(1.3), "/s");
  report.add("16 threads, one Writer / bare group commit", of[2], of[1], at_least(0.9), "/s");
  report.add("  bare group commit / sync per writer", of[1], of[0], {}, "/s");
}

}  // namespace everturn::bench
