// SPDX-License-Identifier: Apache-2.0
// What every group of figures works with: the options of the run, a temporary folder with a store
// and room for bare files, and the records.
#ifndef EVERTURN_BENCH_WORKPLACE_H_
#define EVERTURN_BENCH_WORKPLACE_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "bench/corpus.h"
#include "bench/report.h"
#include "everturn/store.h"

namespace everturn::bench {

struct Settings {
  bool smoke = false;  // as little as shows that everything runs
  bool large = false;
  bool json = false;
  std::size_t rounds = 0;  // 0: as each group likes
  std::string only;
  std::string folder = ".";

  [[nodiscard]] std::size_t rounds_or(std::size_t usual) const {
    return smoke ? 2 : rounds != 0 ? rounds : usual;
  }
  // Operations in a block, records in a session and the like.
  [[nodiscard]] std::size_t scaled(std::size_t usual, std::size_t in_smoke) const {
    return smoke ? in_smoke : usual;
  }
};

// A failure ends the run: a benchmark of calls that fail measures nothing.
[[noreturn]] void give_up(const std::string& what);
void expect_ok(const Status& status);
template <class T>
T expect(Result<T> result) {
  expect_ok(result.status());
  return *std::move(result);
}

// Removes its temporary folder when it goes.
class Workplace {
 public:
  explicit Workplace(const Settings& run_settings);
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  const Settings settings;
  const Corpus corpus;
  Report report;

  Store& store() { return *store_; }
  // A path for a bare file or a rival's; the name is not used twice.
  [[nodiscard]] std::string path(std::string_view name) const;
  [[nodiscard]] std::string store_path() const { return folder_ + "/store"; }
  // A key that was not used before.
  std::string fresh_key(std::string_view stem);
  // Adds records of the corpus until the session holds `count` more, not durably.
  void fill(std::string_view key, std::size_t count);
  // A session of `count` records, made when first asked for; for groups that share long sessions.
  std::string session_of(std::size_t count);
  std::unique_ptr<Writer> open_writer(std::string_view key, Tail tail = Tail::plain);

 private:
  void describe_machine();

  std::string folder_;
  std::unique_ptr<Store> store_;
  std::size_t keys_ = 0;
};

// Each prints its figures.
void bench_durable(Workplace& place);
void bench_turn(Workplace& place);
void bench_one_shot(Workplace& place);
void bench_flat(Workplace& place);
void bench_unsynced(Workplace& place);
void bench_many_sessions(Workplace& place);
void bench_shared_session(Workplace& place);
void bench_rewrite(Workplace& place);
void bench_load(Workplace& place);
void bench_last(Workplace& place);
void bench_large(Workplace& place);
void bench_entries(Workplace& place);
void bench_list(Workplace& place);
void bench_doctor(Workplace& place);
void bench_seals(Workplace& place);
void bench_sealed_save(Workplace& place);
void bench_verify(Workplace& place);
void bench_search(Workplace& place);

}  // namespace everturn::bench

#endif  // EVERTURN_BENCH_WORKPLACE_H_
