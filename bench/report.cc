// SPDX-License-Identifier: Apache-2.0
#include "bench/report.h"

#include <cstdio>
#include <utility>

#include "base/json.h"

namespace everturn::bench {
namespace {

template <class... Values>
std::string formatted(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

// How many times further away than allowed; at most 1 where the goal is met.
double excess(const Figure& figure) {
  switch (figure.goal->kind) {
    case Goal::Kind::ratio_at_most:
      return figure.ratio.median / figure.goal->limit;
    case Goal::Kind::ratio_at_least:
      return figure.goal->limit / figure.ratio.median;
    case Goal::Kind::product_at_most:
      return figure.product / figure.goal->limit;
    case Goal::Kind::product_at_least:
      return figure.goal->limit / figure.product;
  }
  return 0;
}

std::string goal_text(const Figure& figure) {
  if (!figure.goal) return "";
  switch (figure.goal->kind) {
    case Goal::Kind::ratio_at_most:
      return formatted("<= %.2fx", figure.goal->limit);
    case Goal::Kind::ratio_at_least:
      return formatted(">= %.2fx", figure.goal->limit);
    case Goal::Kind::product_at_most:
      return formatted("<= %.1f %s", figure.goal->limit, figure.unit.c_str());
    case Goal::Kind::product_at_least:
      return formatted(">= %.0f %s", figure.goal->limit, figure.unit.c_str());
  }
  return "";
}

}  // namespace

void Report::note(std::string_view name, std::string_view text) {
  if (json_) {
    std::printf("{%s:%s}\n", quote_json(name).c_str(), quote_json(text).c_str());
  } else {
    std::printf("%s: %s\n", std::string(name).c_str(), std::string(text).c_str());
  }
  std::fflush(stdout);
}

std::string Report::verdict(const Figure& figure) {
  if (!figure.goal || !verdicts_) return "";
  const double times = excess(figure);
  if (times <= 1) {
    ++met_;
    return "meets";
  }
  ++missed_;
  return formatted("misses by %.2fx", times);
}

void Report::add(const Figure& figure) {
  const std::string goal = goal_text(figure);
  const std::string judged = verdict(figure);
  const Spread& ratio = figure.ratio;
  if (json_) {
    std::printf(
        R"({"name":%s,"unit":%s,"product":%.3f,"floor":%.3f,"ratio":%.4f,"least":%.4f,"most":%.4f)",
        quote_json(figure.name).c_str(), quote_json(figure.unit).c_str(), figure.product,
        figure.floor, ratio.median, ratio.least, ratio.most);
    std::printf(",\"goal\":%s,\"verdict\":%s}\n", quote_json(goal).c_str(),
                quote_json(judged).c_str());
  } else {
    if (!std::exchange(head_printed_, true)) {
      std::printf("%-52s %10s %10s %-5s %-21s %-10s %s\n", "figure", "product", "floor", "",
                  "ratio [least..most]", "goal", "verdict");
    }
    const std::string spread =
        formatted("%.3f [%.2f..%.2f]", ratio.median, ratio.least, ratio.most);
    std::printf("%-52s %10.1f %10.1f %-5s %-21s %-10s %s\n", figure.name.c_str(), figure.product,
                figure.floor, figure.unit.c_str(), spread.c_str(), goal.c_str(), judged.c_str());
  }
  std::fflush(stdout);
}

void Report::add(std::string name, const Series& product, const Series& floor,
                 std::optional<Goal> goal, std::string unit) {
  add(Figure{std::move(name), std::move(unit), product.typical(), floor.typical(),
             ratio_of(product, floor), goal});
}

void Report::add_quantile(std::string name, const Series& product, const Series& floor,
                          double fraction, std::optional<Goal> goal) {
  add(Figure{std::move(name), "us", quantile(product.operations, fraction),
             quantile(floor.operations, fraction), quantile_ratio_of(product, floor, fraction),
             goal});
}

void Report::finish() {
  if (json_ || !verdicts_) return;
  std::printf("%d goals met, %d missed\n", met_, missed_);
}

}  // namespace everturn::bench
