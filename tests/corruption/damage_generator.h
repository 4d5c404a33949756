// SPDX-License-Identifier: Apache-2.0
// Damaged transcripts from a seed, with the truth about each byte: which original it came from.
//
// A transcript is generated, or a stretch of a real one; then one to three things happen to it: it
// is cut, bytes are flipped, inserted, deleted, zeroed, swapped or duplicated, or its head is
// spliced to the tail of another; at any byte, or in whole sectors or pages.
#ifndef EVERTURN_TESTS_CORRUPTION_DAMAGE_GENERATOR_H_
#define EVERTURN_TESTS_CORRUPTION_DAMAGE_GENERATOR_H_

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace everturn::corruption_test {

// Where a byte came from: the original's number in the high bits, the offset in it below.
using Origin = std::uint32_t;
inline constexpr Origin kForeign = 0xFFFFFFFF;  // from no original

struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  auto operator<=>(const TextRange&) const = default;
};

// A record of an original that came through whole.
struct Untouched {
  TextRange at;  // in the damaged file
  bool is_clear =
      false;  // where it begins and ends cannot be doubted: whoever reads must return it
};

struct DamagedFile {
  std::string bytes;
  std::vector<Origin> origins;  // one a byte
  std::string what_happened;    // for messages
  std::vector<Untouched> untouched;

  // What bytes[range], returned as a record, is. Blanks at its ends do not count.
  enum class Verdict : std::uint8_t {
    original,   // a whole record of an original
    altered,    // from the beginning of a record to the end of one, with something else in it, or
                // nothing but foreign bytes: valid JSON by chance, as no reader can tell
    by_chance,  // valid JSON by chance too, but it begins or ends where no record did
    invented,   // a part of a record, unchanged
  };
  [[nodiscard]] Verdict judge(TextRange range) const;

  std::vector<std::vector<TextRange>> records;  // of each original
};

class DamageGenerator {
 public:
  // `transcripts`: real ones to draw from besides those that are generated.
  explicit DamageGenerator(std::uint64_t seed, std::vector<std::string> transcripts = {})
      : random_(seed), transcripts_(std::move(transcripts)) {}

  DamagedFile next();
  // A transcript without damage: lines that are all records.
  std::string transcript();

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  std::string text();
  std::string value(int depth);
  std::string object(int depth);
  std::string record();
  std::string stretch_of_real_transcript();
  std::string foreign_bytes(std::size_t size);
  TextRange range_in(std::size_t size);
  void damage(DamagedFile& file, std::uint32_t other);

  std::mt19937_64 random_;
  std::vector<std::string> transcripts_;
  std::vector<std::string> originals_;
  std::uint64_t number_ = 0;
};

// The transcripts (*.jsonl) below the folder that EVERTURN_TRANSCRIPTS names; none if it is unset.
std::vector<std::string> real_transcripts();

}  // namespace everturn::corruption_test

#endif  // EVERTURN_TESTS_CORRUPTION_DAMAGE_GENERATOR_H_
