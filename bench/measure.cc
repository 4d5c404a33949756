// SPDX-License-Identifier: Apache-2.0
#include "bench/measure.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace everturn::bench {
namespace {

constexpr std::size_t kWarmUp = 20;

void run_block(const Lane& lane, std::size_t operations, std::vector<double>& block_us) {
  if (lane.before_block) lane.before_block();
  block_us.clear();
  for (std::size_t i = 0; i < operations; ++i) {
    const Clock::time_point start = Clock::now();
    lane.operation();
    block_us.push_back(microseconds_since(start));
  }
}

// The quantile within each round.
Series quantiles_by_round(const Series& series, double fraction) {
  Series result;
  const std::size_t rounds = series.rounds.size();
  const std::size_t block = series.operations.size() / std::max<std::size_t>(rounds, 1);
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto begin = series.operations.begin() + static_cast<std::ptrdiff_t>(i * block);
    result.rounds.push_back(
        quantile({begin, begin + static_cast<std::ptrdiff_t>(block)}, fraction));
  }
  return result;
}

}  // namespace

double microseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

double quantile(std::vector<double> values, double fraction) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size()));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

double median(const std::vector<double>& values) { return quantile(values, 0.5); }

Spread spread_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {median(values), *least, *most};
}

Spread ratio_of(const Series& product, const Series& floor) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(product.rounds.size(), floor.rounds.size()); ++i) {
    ratios.push_back(product.rounds[i] / floor.rounds[i]);
  }
  return spread_of(ratios);
}

Spread quantile_ratio_of(const Series& product, const Series& floor, double fraction) {
  Spread ratio =
      ratio_of(quantiles_by_round(product, fraction), quantiles_by_round(floor, fraction));
  ratio.median = quantile(product.operations, fraction) / quantile(floor.operations, fraction);
  return ratio;
}

std::vector<Series> alternate(const std::vector<Lane>& lanes, std::size_t rounds,
                              std::size_t operations_per_block) {
  std::vector<Series> series(lanes.size());
  std::vector<double> block_us;
  for (const Lane& lane : lanes) {
    run_block(lane, std::min(kWarmUp, operations_per_block), block_us);
  }
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      const std::size_t turn = (round + i) % lanes.size();
      run_block(lanes[turn], operations_per_block, block_us);
      series[turn].rounds.push_back(median(block_us));
      series[turn].operations.insert(series[turn].operations.end(), block_us.begin(),
                                     block_us.end());
    }
  }
  return series;
}

double throughput(std::size_t threads, std::chrono::milliseconds duration,
                  const std::function<void(std::size_t thread, std::size_t count)>& operation) {
  std::atomic<bool> stop = false;
  std::atomic<std::size_t> total = 0;
  std::vector<std::thread> workers;
  const Clock::time_point start = Clock::now();
  for (std::size_t thread = 0; thread < threads; ++thread) {
    workers.emplace_back([&, thread] {
      std::size_t count = 0;
      for (; !stop.load(std::memory_order_relaxed); ++count) operation(thread, count);
      total += count;
    });
  }
  std::this_thread::sleep_for(duration);
  stop = true;
  for (std::thread& worker : workers) worker.join();
  return static_cast<double>(total) * 1e6 / microseconds_since(start);
}

}  // namespace everturn::bench
