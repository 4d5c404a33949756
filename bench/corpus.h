// SPDX-License-Identifier: Apache-2.0
// Synthetic records of an agent's session: questions, answers, tool calls and tool results, as JSON
// objects of about 1 KiB on average with a long tail, some of it CJK and emoji. The same seed makes
// the same records everywhere.
#ifndef EVERTURN_BENCH_CORPUS_H_
#define EVERTURN_BENCH_CORPUS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace everturn::bench {

class Corpus {
 public:
  Corpus(std::uint64_t seed, std::size_t count);

  // Record `i` modulo their count; without and with its '\n'. Lives as long as the corpus.
  [[nodiscard]] std::string_view record(std::size_t i) const {
    const std::string& line = lines_[i % lines_.size()];
    return std::string_view(line).substr(0, line.size() - 1);
  }
  [[nodiscard]] std::string_view line(std::size_t i) const { return lines_[i % lines_.size()]; }
  // `count` records from `first` on.
  [[nodiscard]] std::vector<std::string_view> records(std::size_t first, std::size_t count) const;
  [[nodiscard]] double mean_bytes() const;

 private:
  std::vector<std::string> lines_;
};

}  // namespace everturn::bench

#endif  // EVERTURN_BENCH_CORPUS_H_
