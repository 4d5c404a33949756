// SPDX-License-Identifier: Apache-2.0
// Measuring contenders beside one another: absolute times drift on a shared machine within seconds,
// so blocks of operations alternate, and what counts is the ratio within one round.
#ifndef EVERTURN_BENCH_MEASURE_H_
#define EVERTURN_BENCH_MEASURE_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace everturn::bench {

using Clock = std::chrono::steady_clock;
double microseconds_since(Clock::time_point start);

// 0 <= fraction < 1; 0 where there are no values.
double quantile(std::vector<double> values, double fraction);
double median(const std::vector<double>& values);

// The values of one contender: one a round, and of all its operations.
struct Series {
  std::vector<double> rounds;
  std::vector<double> operations;
  [[nodiscard]] double typical() const { return median(rounds); }
};

struct Spread {
  double median = 0;
  double least = 0;
  double most = 0;
};
Spread spread_of(const std::vector<double>& values);
// Of `product` divided by `floor`, round by round.
Spread ratio_of(const Series& product, const Series& floor);
// Of all operations, the given quantile; its spread is that of the rounds' own quantiles.
Spread quantile_ratio_of(const Series& product, const Series& floor, double fraction);

struct Lane {
  std::string name;
  std::function<void()> operation;     // what is timed, again and again
  std::function<void()> before_block;  // not timed; may be empty
};

// Runs the lanes' blocks in turn, each round beginning with another lane, after one short block
// each to warm up. Returns a series per lane: microseconds, and the medians of the rounds.
std::vector<Series> alternate(const std::vector<Lane>& lanes, std::size_t rounds,
                              std::size_t operations_per_block);

// Runs `threads` threads for `duration`, each calling `operation` with its number and a count,
// again and again; returns operations per second.
double throughput(std::size_t threads, std::chrono::milliseconds duration,
                  const std::function<void(std::size_t thread, std::size_t count)>& operation);

}  // namespace everturn::bench

#endif  // EVERTURN_BENCH_MEASURE_H_
