// SPDX-License-Identifier: Apache-2.0
// One writer: durable, unsynced, one-shot, and at all lengths of a session.
#include <memory>
#include <string>
#include <vector>

#include "bench/bare.h"
#include "bench/sqlite_log.h"
#include "bench/workplace.h"

namespace everturn::bench {
namespace {

WriteOptions unsynced() {
  WriteOptions how;
  how.durability.level = Level::kernel;
  return how;
}

// Counts through the corpus, so that all lanes write the same bytes in the same order.
class Counter {
 public:
  std::size_t next() { return value_++; }

 private:
  std::size_t value_ = 0;
};

Lane append_lane(const Workplace& place, std::string name, Writer& writer, WriteOptions how = {}) {
  return {std::move(name),
          [&place, &writer, how, counter = Counter()]() mutable {
            const std::string_view record = place.corpus.record(counter.next());
            expect_ok(writer.append({&record, 1}, how).status());
          },
          {}};
}

// A lane whose operation takes the next line of the corpus.
template <class Write>
Lane line_lane(const Workplace& place, std::string name, Write write) {
  return {
      std::move(name),
      [&place, write, counter = Counter()]() mutable { write(place.corpus.line(counter.next())); },
      {}};
}

}  // namespace

void bench_durable(Workplace& place) {
  const BareFile bare(place.path("durable.jsonl"));
  ZeroedFile zeroed(place.path("zeroed"));
  SqliteLog sqlite(place.path("durable.db"), "FULL");
  const auto plain = place.open_writer(place.fresh_key("durable"));
  const auto padded = place.open_writer(place.fresh_key("padded"), Tail::padded);
  const std::vector<Lane> lanes = {
      line_lane(place, "write+fdatasync", [&](auto line) { bare.write_durably(line); }),
      append_lane(place, "plain", *plain),
      append_lane(place, "padded", *padded),
      line_lane(place, "zeroed", [&](auto line) { zeroed.write_durably(line); }),
      line_lane(place, "SQLite",
                [&](auto line) { sqlite.append(line.substr(0, line.size() - 1)); }),
  };
  const std::vector<Series> of =
      alternate(lanes, place.settings.rounds_or(21), place.settings.scaled(300, 20));
  Report& report = place.report;
  report.add("durable append / write+fdatasync, p50", of[1], of[0], at_most(1.08));
  report.add_quantile("durable append / write+fdatasync, p99", of[1], of[0], 0.99, at_most(1.25));
  report.add("padded append / write+fdatasync, p50", of[2], of[0], at_most(0.72));
  report.add_quantile("padded append / write+fdatasync, p99", of[2], of[0], 0.99, {});
  report.add("padded append / SQLite WAL FULL, p50", of[2], of[4], at_most(1.0));
  report.add("padded append / pre-zeroed overwrite, p50", of[2], of[3], {});
  report.add("plain append / SQLite WAL FULL, p50", of[1], of[4], at_most(1.35));
  report.add("  pre-zeroed overwrite / write+fdatasync, p50", of[3], of[0], {});
  report.add("  SQLite WAL FULL / write+fdatasync, p50", of[4], of[0], {});
}

void bench_turn(Workplace& place) {
  const BareFile bare(place.path("turn.jsonl"));
  const auto together = place.open_writer(place.fresh_key("turn"));
  const auto apart = place.open_writer(place.fresh_key("turn"));
  Counter counter;
  const auto two = [&] { return place.corpus.records(counter.next() * 2, 2); };
  std::string lines;
  const std::vector<Lane> lanes = {
      {"floor",
       [&] {
         lines.clear();
         for (const std::string_view record : two()) lines.append(record).append("\n");
         bare.write_durably(lines);
       },
       {}},
      {"batch of two", [&] { expect_ok(together->append(two(), {}).status()); }, {}},
      {"two appends",
       [&] {
         for (const std::string_view record : two()) {
           expect_ok(apart->append({&record, 1}, {}).status());
         }
       },
       {}}};
  const std::vector<Series> of =
      alternate(lanes, place.settings.rounds_or(15), place.settings.scaled(250, 20));
  place.report.add("turn of 2 / one write+fdatasync of both", of[1], of[0], at_most(1.1));
  place.report.add("two appends / one batch of 2", of[2], of[1], at_least(1.7));
}

void bench_one_shot(Workplace& place) {
  const std::string path = place.path("one_shot.jsonl");
  { const BareFile made(path); }
  const std::string key = place.fresh_key("one_shot");
  const std::string by_key = place.fresh_key("by_key");
  place.fill(key, 1);
  place.fill(by_key, 1);
  Store& store = place.store();
  const auto open_append_close = [&](const WriteOptions& how) {
    return Lane{"one-shot",
                [&place, &key, how, counter = Counter()]() mutable {
                  const std::string_view record = place.corpus.record(counter.next());
                  const auto writer = place.open_writer(key);
                  expect_ok(writer->append({&record, 1}, how).status());
                  expect_ok(writer->close());
                },
                {}};
  };
  const auto append_by_key = [&](const WriteOptions& how) {
    return Lane{"by key",
                [&place, &store, &by_key, how, counter = Counter()]() mutable {
                  const std::string_view record = place.corpus.record(counter.next());
                  expect_ok(store.append(by_key, {&record, 1}, how).status());
                },
                {}};
  };
  const auto bare = [&](bool durably) {
    return line_lane(place, "bare",
                     [&path, durably](auto line) { write_and_close(path, line, durably); });
  };
  const std::size_t rounds = place.settings.rounds_or(21);
  const std::vector<Series> of = alternate({bare(true), open_append_close({}), append_by_key({})},
                                           rounds, place.settings.scaled(300, 20));
  place.report.add("one-shot / open+write+fdatasync+close, p50", of[1], of[0], at_most(1.08));
  place.report.add("Store::append / open+write+fdatasync+close, p50", of[2], of[0], at_most(1.08));
  const std::vector<Series> fast =
      alternate({bare(false), append_by_key(unsynced())}, rounds, place.settings.scaled(300, 20));
  place.report.add("unsynced Store::append / open+write+close, p50", fast[1], fast[0],
                   at_most(2.0));
}

// All sessions are made before the first block: an append to a file that was made a moment ago is
// cheaper, whatever its length. Short ones would outgrow their size, so each round has its own.
void bench_flat(Workplace& place) {
  constexpr std::size_t kGrowsUpTo = 1000;
  const std::size_t rounds = place.settings.rounds_or(31);
  std::vector<std::size_t> sizes = {10, 100, 1000};
  if (!place.settings.smoke) sizes.insert(sizes.end(), {10000, 100000});
  std::vector<std::vector<std::string>> keys(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] > kGrowsUpTo) {
      keys[i].push_back(place.session_of(sizes[i]));
      continue;
    }
    for (std::size_t round = 0; round < rounds + 2; ++round) {
      keys[i].push_back(place.fresh_key("flat"));
      place.fill(keys[i].back(), sizes[i]);
    }
  }
  std::vector<std::unique_ptr<Writer>> writers(sizes.size());
  std::vector<Lane> lanes;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Lane lane{std::to_string(sizes[i]), {}, {}};
    lane.before_block = [&, i, block = std::size_t{0}]() mutable {
      if (writers[i] != nullptr && keys[i].size() == 1) return;
      writers[i] = place.open_writer(keys[i][block++ % keys[i].size()]);
      const std::string_view first = place.corpus.record(0);
      expect_ok(writers[i]->append({&first, 1}, {}).status());
    };
    lane.operation = [&, i, counter = Counter()]() mutable {
      const std::string_view record = place.corpus.record(counter.next());
      expect_ok(writers[i]->append({&record, 1}, {}).status());
    };
    lanes.push_back(std::move(lane));
  }
  const std::vector<Series> of = alternate(lanes, rounds, place.settings.scaled(60, 10));
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    place.report.add("append at " + lanes[i].name + " records / at 10, p50", of[i], of[0],
                     at_most(1.1));
  }
}

void bench_unsynced(Workplace& place) {
  const BareFile bare(place.path("unsynced.jsonl"));
  SqliteLog sqlite(place.path("unsynced.db"), "NORMAL");
  const auto writer = place.open_writer(place.fresh_key("unsynced"));
  const std::vector<Lane> lanes = {
      line_lane(place, "write", [&](auto line) { bare.write(line); }),
      append_lane(place, "unsynced", *writer, unsynced()),
      line_lane(place, "SQLite",
                [&](auto line) { sqlite.append(line.substr(0, line.size() - 1)); }),
  };
  const std::vector<Series> of =
      alternate(lanes, place.settings.rounds_or(31), place.settings.scaled(1000, 50));
  place.report.add("unsynced append / write, p50", of[1], of[0], product_at_most(2.5));
  place.report.add("SQLite WAL NORMAL / unsynced append, p50", of[2], of[1], at_least(4.0));
}

}  // namespace everturn::bench
