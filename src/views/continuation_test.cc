// SPDX-License-Identifier: Apache-2.0
// Wherever a session is cut: what is said of its beginning, and gone on with over the rest, is what
// an examination of all of it says; or nothing is gone on with.
#include "views/continuation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

#include "everturn/store.h"
#include "views/random_session_test_help.h"
#include "views/straight_session_test_help.h"
#include "views/test_help.h"
#include "views/usage.h"

namespace everturn::views_test {
namespace {

// What is known of a session, whether from one reading or from several.
struct Known {
  std::string dialect;
  std::string checkpoint;
  Position end;
  std::uint64_t records = 0;
  std::uint64_t in_flight_bytes = 0;
  std::uint64_t turns = 0;
  Usage tokens;
  bool is_clean = false;

  [[nodiscard]] std::string shown() const {
    std::ostringstream text;
    text << (is_clean ? "clean " : "odd ") << records << " records to " << end.offset << ", "
         << in_flight_bytes << " in flight, " << turns << " turns, tokens " << tokens.input << " "
         << tokens.output << " " << tokens.cache_read << " " << tokens.cache_write;
    return text.str();
  }
};

std::string bytes_of(const Lines& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes += line + "\n";
  return bytes;
}

class Growing : public testing::Test {
 protected:
  Growing() {
    std::string pattern = (std::filesystem::temp_directory_path() / "growing-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Growing() override { std::filesystem::remove_all(folder_); }

  void put(std::string_view bytes) {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    store_ = *open_store("file:" + path());
    key_ = store_->list()->front().key;
  }
  void append(std::string_view bytes) {
    std::ofstream(path(), std::ios::binary | std::ios::app) << bytes;
  }
  [[nodiscard]] SessionSource source() {
    return [this](const ReadOptions& how, const RecordSink& sink) {
      return store_->read(key_, how, sink);
    };
  }

  Known examined() {
    const Examination all = *examine(source(), {.secrets = false, .checkpoint = true});
    const ReadReport& report = all.report;
    const bool is_odd = report.damage_count + report.note_count + report.salvaged > 0;
    return {std::string(all.dialect),
            all.checkpoint,
            report.end,
            report.records,
            report.in_flight_bytes,
            all.turns,
            all.tokens,
            !is_odd && all.worst() == Grade::note};
  }
  // As the catalog does it.
  std::optional<Known> gone_on(Known known) {
    if (!known.is_clean) return std::nullopt;
    ReadOptions how;
    how.from = known.end;
    std::optional<Continued> more = *examine_more(source(), how, known.dialect, known.checkpoint);
    if (!more) return std::nullopt;
    known.checkpoint = std::move(more->checkpoint);
    known.end = more->report.end;
    known.records += more->report.records;
    known.in_flight_bytes = more->report.in_flight_bytes;
    known.turns += more->turns;
    add_usage(known.tokens, more->tokens);
    return known;
  }
  // Cut at these places, in order. How often it was gone on with.
  int grow(const std::string& bytes, std::vector<std::size_t> cuts) {
    int continued = 0;
    cuts.push_back(bytes.size());
    put(std::string_view(bytes).substr(0, cuts.front()));
    Known known = examined();
    for (std::size_t i = 1; i < cuts.size(); ++i) {
      append(std::string_view(bytes).substr(cuts[i - 1], cuts[i] - cuts[i - 1]));
      const Known whole = examined();
      const std::optional<Known> longer = gone_on(known);
      if (longer) {
        ++continued;
        EXPECT_EQ(longer->shown(), whole.shown()) << "cut at " << cuts[i - 1];
      }
      known = longer.value_or(whole);
    }
    return continued;
  }
  int grow(const Lines& lines, std::size_t before) {
    const std::string bytes = bytes_of(lines);
    return grow(bytes, {bytes_of(Lines(lines.begin(), lines.begin() + before)).size()});
  }

  std::filesystem::path folder_;
  std::unique_ptr<Store> store_;
  std::string key_;

 private:
  [[nodiscard]] std::string path() const { return (folder_ / "s.jsonl").string(); }
};

constexpr std::size_t kRecordsToRecognize = 16;

class StraightGrowth : public Growing, public testing::WithParamInterface<std::string> {
 protected:
  static Lines lines(int exchanges) { return StraightSession(GetParam()).write(exchanges); }
};

TEST_P(StraightGrowth, GoesOnFromAnyRecord) {
  const Lines all = lines(12);
  for (std::size_t before = kRecordsToRecognize; before < all.size(); ++before) {
    EXPECT_EQ(grow(all, before), 1) << before;
  }
}

TEST_P(StraightGrowth, GoesOnRecordByRecord) {
  const Lines all = lines(40);
  std::vector<std::size_t> cuts;
  std::size_t at = 0;
  for (const std::string& line : all) {
    at += line.size() + 1;
    if (&line - all.data() + 1 >= static_cast<std::ptrdiff_t>(kRecordsToRecognize)) {
      cuts.push_back(at);
    }
  }
  const auto steps = static_cast<int>(cuts.size()) - 1;
  cuts.pop_back();
  // A new name may seem to be an old one, now and then.
  EXPECT_GE(grow(bytes_of(all), cuts), steps - steps / 50);
}

TEST_P(StraightGrowth, GoesOnFromTheMiddleOfARecord) {
  const Lines all = lines(12);
  const std::string bytes = bytes_of(all);
  std::size_t at = bytes_of(Lines(all.begin(), all.begin() + kRecordsToRecognize)).size();
  for (std::size_t i = kRecordsToRecognize; i < all.size(); at += all[i].size() + 1, ++i) {
    EXPECT_EQ(grow(bytes, {at + 1}), 1) << i;
    EXPECT_EQ(grow(bytes, {at + all[i].size() / 2}), 1) << i;
    EXPECT_EQ(grow(bytes, {at, at + all[i].size() - 1}), 2) << i;
  }
}

TEST_P(StraightGrowth, KeepsNoMoreOfALongSession) {
  put(bytes_of(lines(3000)));
  EXPECT_LT(examined().checkpoint.size(), 16U << 10);
}

// Whatever somebody wrote into the cache.
TEST_P(StraightGrowth, TakesAnyBytesForACheckpoint) {
  const Lines all = lines(12);
  put(bytes_of(all));
  const Known known = examined();
  append(all.back() + "\n");
  for (std::size_t i = 0; i < known.checkpoint.size(); ++i) {
    Known cut = known;
    cut.checkpoint.resize(i);
    EXPECT_FALSE(gone_on(cut)) << i;
    Known changed = known;
    changed.checkpoint[i] = static_cast<char>(changed.checkpoint[i] ^ 0xFF);
    static_cast<void>(gone_on(changed));
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, StraightGrowth, testing::ValuesIn(kStraightForms),
                         [](const auto& of) { return of.param; });

// What a test wrote by hand, behind enough of the same that its dialect is settled.
TEST_F(Growing, EveryTranscriptWrittenForTheTestsIsTheSameInParts) {
  int continued = 0;
  const std::filesystem::path folder =
      std::filesystem::path(EVERTURN_SOURCE_DIR) / "tests" / "dialects";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".jsonl") continue;
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path());
    Lines records;
    for (std::string line; std::getline(file, line);) records.push_back(line);
    const std::string dialect(
        recognize_dialect(std::vector<std::string_view>(records.begin(), records.end())));
    Lines all = StraightSession(dialect).write(8);
    all.insert(all.end(), records.begin(), records.end());
    for (std::size_t before = 1; before < all.size(); ++before) continued += grow(all, before);
    for (std::size_t before = 1; before < records.size(); ++before) grow(records, before);
  }
  EXPECT_GT(continued, 100);
}

// Transcripts that agents have written, if EVERTURN_TRANSCRIPTS names a folder of them.
TEST_F(Growing, EveryRealTranscriptIsTheSameInParts) {
  const char* const root = std::getenv("EVERTURN_TRANSCRIPTS");
  if (root == nullptr) GTEST_SKIP() << "EVERTURN_TRANSCRIPTS names no folder of them";
  constexpr std::size_t kCuts = 60;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".jsonl") continue;
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const std::size_t step = 1 + bytes.size() / kCuts;
    int continued = 0;
    for (std::size_t cut = step; cut < bytes.size(); cut += step) {
      continued += grow(bytes, {cut});
      continued += grow(bytes, {bytes.find('\n', cut) + 1});
    }
    const std::string folder = entry.path().parent_path().filename().string();
    RecordProperty(folder + "_" + entry.path().stem().string(), continued);
  }
}

// As the author leaves them they have used nothing.
std::string with_usage(std::string line, std::mt19937& random) {
  const std::string used = R"({"input_tokens":)" + std::to_string(random() % 90) +
                           R"(,"output_tokens":)" + std::to_string(random() % 90) + "}";
  for (const auto& [mark, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("model":"m")", "usage"},
           {R"("stopReason")", "usage"},
           {R"("type":"gemini")", "tokens"},
           {R"("role":"assistant")", "usage"}}) {
    const std::size_t at = line.find(mark);
    if (at == std::string::npos) continue;
    return line.insert(at, q(name) + ":" + used + ",");
  }
  return line;
}

// Sessions of an author who loses parents, compacts, rolls back and interrupts; put one behind the
// other, where ids come again; with records lost, told twice or moved.
Lines odd_session(const std::string& form, std::uint32_t seed) {
  std::mt19937 random(seed);
  Lines all = StraightSession(Author::dialect_of(form)).write(random() % 8);
  for (std::uint32_t part = 0; part < 2 + random() % 3; ++part) {
    for (const std::string& line : Author(form, random()).write()) {
      if (random() % 40 == 0 || line.starts_with(R"({"_type")")) continue;
      all.push_back(with_usage(line, random));
      if (random() % 30 == 0) all.push_back(with_usage(all[random() % all.size()], random));
      if (random() % 40 == 0) std::swap(all.back(), all[random() % all.size()]);
      if (random() % 60 == 0) {
        const std::string total = R"({"total_tokens":)" + std::to_string(random() % 3) + "}";
        all.push_back(codex("event_msg", R"({"type":"token_count","info":{"total_token_usage":)" +
                                             total + R"(,"last_token_usage":)" + total + "}}"));
      }
    }
  }
  return all;
}

class OddGrowth : public Growing, public testing::WithParamInterface<const char*> {};

TEST_P(OddGrowth, IsTheSameInParts) {
  int continued = 0;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::string bytes = bytes_of(odd_session(GetParam(), seed));
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < bytes.size();) {
      at += random() % (1 + bytes.size() / 12);
      if (random() % 6 != 0) at = bytes.find('\n', at) + 1;
      if (at == 0 || at >= bytes.size()) break;
      cuts.push_back(at);
    }
    if (!cuts.empty()) continued += grow(bytes, cuts);
  }
  EXPECT_GT(continued, 20);
}

INSTANTIATE_TEST_SUITE_P(Forms, OddGrowth,
                         testing::Values("claude", "codex", "pi", "pi_v1", "gemini", "nanobot",
                                         "openai"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace everturn::views_test
