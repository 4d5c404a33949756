// SPDX-License-Identifier: Apache-2.0
// Whatever happens to a transcript, its rescued copy is sound: no damage, nothing hidden, and every
// whole record in it, in order.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include "views/examination.h"
#include "views/lost_records.h"
#include "views/random_session_test_help.h"
#include "views/rescue.h"
#include "views/test_help.h"

namespace everturn::views_test {
namespace {

constexpr std::uint64_t kRounds = 300;

class Mishaps {
 public:
  explicit Mishaps(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>(random_() % limit);
  }

  // A conversation with calls, branches, sub-agents and compactions.
  Lines conversation() {
    Lines lines;
    std::vector<std::string> ids = {""};
    const std::size_t count = 4 + below(20);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string id = "r" + std::to_string(i);
      const Claude at = {id, below(8) == 0 ? ids[below(ids.size())] : ids.back()};
      const std::string call = "c" + std::to_string(i);
      switch (below(6)) {
        case 0:
          lines.push_back(at.user("question " + id));
          break;
        case 1:
          lines.push_back(at.assistant("m" + std::to_string(i / 2), use_block(call)));
          break;
        case 2:
          lines.push_back(at.result("c" + std::to_string(below(i + 1)), "result"));
          break;
        case 3:
          lines.push_back(at.record("system", "\"subtype\":\"info\",\"content\":\"x\""));
          break;
        case 4:
          lines.push_back(at.user("aside " + id, "\"isSidechain\":true,"));
          break;
        default:
          lines.push_back(at.assistant("m" + std::to_string(i), text_block("answer " + id)));
      }
      ids.push_back(id);
    }
    return lines;
  }

  // The same as nanobot keeps one, a part of it consolidated.
  Lines nanobot_conversation() {
    const std::size_t count = 4 + below(20);
    Lines lines = {nanobot_metadata(below(count + 2))};
    for (std::size_t i = 0; i < count; ++i) {
      const std::string text = "text " + std::to_string(i);
      lines.push_back(chat(below(3) == 0 ? "assistant" : "user", text));
    }
    return lines;
  }

  std::string damaged(Lines lines) {
    for (std::size_t mishap = 1 + below(4); mishap > 0; --mishap) happen_to(lines);
    std::string bytes;
    for (const std::string& line : lines) bytes += line + (below(12) == 0 ? "" : "\n");
    if (below(4) == 0) bytes.resize(bytes.size() - below(bytes.size() / 4));
    if (below(6) == 0) bytes.insert(below(bytes.size()), std::string(1 + below(64), '\0'));
    return bytes;
  }

 private:
  void happen_to(Lines& lines) {
    if (lines.size() < 2) return;
    const std::size_t at = below(lines.size());
    switch (below(4)) {
      case 0:
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        lines[at].resize(below(lines[at].size()));
        break;
      case 2:
        lines[at][below(lines[at].size())] = static_cast<char>(below(256));
        break;
      default:
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), "");
    }
  }

  std::mt19937_64 random_;
};

class RescueProperty : public testing::Test {
 protected:
  RescueProperty() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "everturn-prop-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~RescueProperty() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Store> store_of(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary | std::ios::trunc) << bytes;
    return *open_store("file:" + (folder_ / name).string());
  }
  static std::uint64_t count_records(Store& store, const std::string& key) {
    ReadOptions how;
    how.with_metadata = true;
    return store.read(key, how, [](const Record&) { return true; })->records;
  }

  // As `everturn history` reads it.
  static Lines history_of(Store& store, const std::string& key, std::string_view dialect) {
    ReadOptions how;
    how.with_metadata = true;
    const ReadReport report = *store.read(key, how, [](const Record&) { return true; });
    LostRecords lost(report, false);
    Transcript transcript({.dialect = std::string(dialect)});
    EXPECT_TRUE(store
                    .read(key, how,
                          [&](const Record& record) {
                            transcript.add_lost(lost.before(record.position.offset));
                            transcript.add(record.bytes);
                            return true;
                          })
                    .ok());
    HistoryOptions options;
    options.strict_boundary = dialect == "nanobot";
    return told(*transcript.history(options));
  }

  struct Copy {
    RescueReport report;
    std::string bytes;
  };
  // nullopt where nothing in the session is whole.
  static std::optional<Copy> copy_of(Store& store) {
    Copy copy;
    const auto take = [&](std::string_view piece) {
      copy.bytes += piece;
      return Status();
    };
    const auto done = rescue(store, "s.jsonl", {}, take, [](const auto&) { return Status(); });
    if (!done.ok()) {
      EXPECT_EQ(done.status().code(), Code::invalid);
      EXPECT_EQ(count_records(store, "s.jsonl"), 0U);
      return std::nullopt;
    }
    copy.report = *done;
    return copy;
  }

  void expect_sound(const std::string& bytes) {
    const auto store = store_of("s.jsonl", bytes);
    ASSERT_TRUE(examine(*store, "s.jsonl").ok());
    const std::optional<Copy> copy = copy_of(*store);
    if (!copy) return;
    const auto copied = store_of("copy.jsonl", copy->bytes);
    const Result<Examination> examined = examine(*copied, "copy.jsonl");
    ASSERT_TRUE(examined.ok());
    EXPECT_EQ(examined->records, count_records(*store, "s.jsonl"));
    EXPECT_EQ(examined->count(Grade::damage), 0U) << copy->bytes;
    EXPECT_EQ(examined->count(Grade::hides_messages), 0U) << copy->bytes;
  }

  std::filesystem::path folder_;
};

TEST_F(RescueProperty, TheCopyOfANanobotSessionHasTheSameHistory) {
  for (std::uint64_t seed = 1; seed <= kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Mishaps mishaps(seed);
    const auto store = store_of("s.jsonl", mishaps.damaged(mishaps.nanobot_conversation()));
    const std::optional<Copy> copy = copy_of(*store);
    if (!copy || copy->report.dialect != "nanobot") continue;
    const auto copied = store_of("copy.jsonl", copy->bytes);
    EXPECT_EQ(history_of(*copied, "copy.jsonl", "nanobot"),
              history_of(*store, "s.jsonl", "nanobot"))
        << copy->bytes;
  }
}

TEST_F(RescueProperty, TheCopyOfAnyTranscriptIsSound) {
  for (std::uint64_t seed = 1; seed <= kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Mishaps mishaps(seed);
    expect_sound(mishaps.damaged(mishaps.conversation()));
  }
}

// Of each agent, as it writes.
class RescueOfAgent : public RescueProperty, public testing::WithParamInterface<const char*> {};

TEST_P(RescueOfAgent, TheCopyIsSoundAndHasTheSameHistory) {
  for (std::uint32_t seed = 1; seed <= kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::string bytes = Mishaps(seed).damaged(Author(GetParam(), seed).write());
    expect_sound(bytes);
    const auto store = store_of("s.jsonl", bytes);
    const std::optional<Copy> copy = copy_of(*store);
    if (!copy) continue;
    const auto copied = store_of("copy.jsonl", copy->bytes);
    const std::string_view dialect = copy->report.dialect;
    EXPECT_EQ(history_of(*copied, "copy.jsonl", dialect), history_of(*store, "s.jsonl", dialect))
        << bytes << "\nbecame\n"
        << copy->bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Agents, RescueOfAgent,
                         testing::Values("nanobot", "claude", "codex", "pi", "pi_v1", "gemini"),
                         [](const auto& parameter) { return std::string(parameter.param); });

}  // namespace
}  // namespace everturn::views_test
