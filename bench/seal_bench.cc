// SPDX-License-Identifier: Apache-2.0
// What seals cost an append, and how fast they are compared with the bytes.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/session_name.h"
#include "bench/bare.h"
#include "bench/workplace.h"

namespace everturn::bench {
namespace {

Lane append_lane(const Workplace& place, std::string name, Writer& writer) {
  return {std::move(name),
          [&place, &writer, number = std::size_t{0}]() mutable {
            const std::string_view record = place.corpus.record(number++);
            expect_ok(writer.append({&record, 1}, {}).status());
          },
          {}};
}

std::unique_ptr<Store> store_without_seals(const Workplace& place) {
  StoreOptions options;
  options.seals = false;
  return expect(open_store("dir:" + place.store_path(), options));
}

}  // namespace

void bench_seals(Workplace& place) {
  const auto unsealed = store_without_seals(place);
  const auto open = [&](Store& store, const char* stem, Tail tail) {
    WriterOptions how;
    how.tail = tail;
    return expect(store.open_writer(place.fresh_key(stem), how));
  };
  const BareFile bare(place.path("seals.jsonl"));
  const auto without = open(*unsealed, "without", Tail::plain);
  const auto with = open(place.store(), "with", Tail::plain);
  const auto padded_without = open(*unsealed, "padded", Tail::padded);
  const auto padded_with = open(place.store(), "padded", Tail::padded);
  const std::vector<Lane> lanes = {
      {"write+fdatasync",
       [&, number = std::size_t{0}]() mutable { bare.write_durably(place.corpus.line(number++)); },
       {}},
      append_lane(place, "without", *without),
      append_lane(place, "with", *with),
      append_lane(place, "padded without", *padded_without),
      append_lane(place, "padded with", *padded_with)};
  const std::vector<Series> of =
      alternate(lanes, place.settings.rounds_or(21), place.settings.scaled(300, 20));
  Report& report = place.report;
  report.add("append with seals / without, p50", of[2], of[1], at_most(1.1));
  report.add_quantile("append with seals / without, p99", of[2], of[1], 0.99, {});
  report.add("padded append with seals / without, p50", of[4], of[3], at_most(1.1));
  report.add("  append without seals / write+fdatasync, p50", of[1], of[0], {});
  report.add("  append with seals / write+fdatasync, p50", of[2], of[0], {});
}

// The same of a save, whose lines are hashed while the disk takes them.
void bench_sealed_save(Workplace& place) {
  const std::size_t count = place.settings.scaled(10'000, 100);
  const auto unsealed = store_without_seals(place);
  const auto records = place.corpus.records(0, count);
  std::vector<Lane> lanes;
  for (Store* store : {unsealed.get(), &place.store()}) {
    const std::string key = place.fresh_key("sealed_save");
    WriteOptions how;
    how.expected = Version::none();
    lanes.push_back(
        {"save",
         [=, &records]() mutable { how.expected = expect(store->save(key, records, how)).version; },
         {}});
  }
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(15), 3);
  place.report.add("save " + std::to_string(count) + " records with seals / without", of[1], of[0],
                   at_most(1.1));
}

// A session that is sealed to its end, against one hash of its bytes.
void bench_verify(Workplace& place) {
  constexpr std::size_t kRecords = 100'000;
  const std::string key = place.session_of(place.settings.scaled(kRecords, 1000));
  Store& store = place.store();
  expect(store.seal(key));
  const std::string path = place.store_path() + "/" + session_file_name(key, false);
  const double bytes = static_cast<double>(std::filesystem::file_size(path));
  const std::vector<Lane> lanes = {
      {"SHA-256",
       [&] {
         Sha256Stream hash;
         std::ifstream file(path, std::ios::binary);
         std::string piece(1 << 20, '\0');
         while (file.read(piece.data(), 1 << 20) || file.gcount() > 0) {
           hash.update(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
         }
         if (hash.digest() == Sha256{}) give_up("no digest");
       },
       {}},
      {"verify",
       [&] {
         const SealReport report = expect(store.verify(key));
         if (report.unsealed_bytes > 0) give_up("it is not sealed");
       },
       {}}};
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(15), 1);
  place.report.add("verify / SHA-256 of the same bytes", of[1], of[0], at_most(1.35));
  // 1 GB/s.
  place.report.add("verify, its time", of[1], of[0], product_at_most(bytes / 1000));
}

}  // namespace everturn::bench
