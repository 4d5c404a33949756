// SPDX-License-Identifier: Apache-2.0
// What a run prints: one line a figure, as a table or as JSON.
#ifndef EVERTURN_BENCH_REPORT_H_
#define EVERTURN_BENCH_REPORT_H_

#include <optional>
#include <string>
#include <string_view>

#include "bench/measure.h"

namespace everturn::bench {

struct Goal {
  enum class Kind {
    ratio_at_most,
    ratio_at_least,
    product_at_most,   // in the figure's unit
    product_at_least,  // likewise
  };
  Kind kind = Kind::ratio_at_most;
  double limit = 0;
};

struct Figure {
  std::string name;
  std::string unit = "us";
  double product = 0;
  double floor = 0;
  Spread ratio;
  std::optional<Goal> goal;  // none: for information
};

class Report {
 public:
  // Without `verdicts`, figures are only printed: the run was too short to judge.
  Report(bool json, bool verdicts) : json_(json), verdicts_(verdicts) {}

  // A line about the run: the machine, a warning.
  void note(std::string_view name, std::string_view text);
  void add(const Figure& figure);
  // The usual figure: medians of the rounds and their ratios.
  void add(std::string name, const Series& product, const Series& floor, std::optional<Goal> goal,
           std::string unit = "us");
  // Of all operations.
  void add_quantile(std::string name, const Series& product, const Series& floor, double fraction,
                    std::optional<Goal> goal);
  void finish();

 private:
  [[nodiscard]] std::string verdict(const Figure& figure);

  bool json_;
  bool verdicts_;
  bool head_printed_ = false;
  int met_ = 0;
  int missed_ = 0;
};

inline Goal at_most(double ratio) { return {Goal::Kind::ratio_at_most, ratio}; }
inline Goal at_least(double ratio) { return {Goal::Kind::ratio_at_least, ratio}; }
inline Goal product_at_least(double value) { return {Goal::Kind::product_at_least, value}; }
inline Goal product_at_most(double value) { return {Goal::Kind::product_at_most, value}; }

}  // namespace everturn::bench

#endif  // EVERTURN_BENCH_REPORT_H_
