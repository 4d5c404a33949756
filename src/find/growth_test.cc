// SPDX-License-Identifier: Apache-2.0
// A session that only grew is read from where it grew, and its row then says what a reading of all
// of it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "everturn/listing.h"
#include "find/catalog_test_help.h"
#include "find/test_help.h"
#include "store/test_help.h"
#include "views/straight_session_test_help.h"

namespace everturn {
namespace {

class GrowthTest : public CatalogFolderTest {
 protected:
  enum class Whose : std::uint8_t { ours, an_agents };
  explicit GrowthTest(Whose whose = Whose::ours) : counted_(open(whose)) {}

  Store open(Whose whose) {
    if (whose == Whose::an_agents) {
      std::filesystem::remove_all(folder() + "/.everturn");
      put(folder() + "/other.jsonl", R"({"type":"user","uuid":"u1","parentUuid":null})");
    }
    reopen();
    StoreOptions options;
    options.cache_folder = folder() + "-cache";
    return Store(must(open_dir_engine(fs_, folder(), options)));
  }

  static std::string said(const std::string& role, const std::string& what,
                          const std::string& more = "") {
    return R"({"role":")" + role + R"(","content":")" + what +
           R"(","timestamp":"2026-08-20T10:02:)" + std::to_string(10 + what.size() % 50) + R"(Z")" +
           more + "}\n";
  }
  static std::string used(int tokens, const std::string& id = "") {
    return R"(,"usage":{"prompt_tokens":)" + std::to_string(tokens) + R"(,"completion_tokens":7})" +
           (id.empty() ? "" : R"(,"id":")" + id + R"(")");
  }
  static std::string about(const std::string& title) {
    return R"({"_type":"metadata","by":"everturn","key":"k","created_at":"2026-08-20T10:02:11",)"
           R"("updated_at":"2026-08-20T10:02:11","metadata":{"title":")" +
           title + R"("},"last_consolidated":0})" + "\n";
  }
  // A chat of so many exchanges.
  static std::string chat(int exchanges) {
    std::string bytes = about("Chosen");
    for (int i = 0; i < exchanges; ++i) {
      const std::string number = std::to_string(i);
      bytes += said("user", "question " + number) +
               said("assistant", "answer " + number + std::string(300, 'a'), used(i));
    }
    return bytes;
  }
  ListPage examined() {
    ListQuery query;
    query.examine_bytes = 1U << 30;
    return must(Catalog(counted_).list(query));
  }
  void expect_true() { EXPECT_EQ(shown(examined()), shown(plain(everything()))); }
  std::uint64_t bytes_to_examine() {
    fs_.bytes_read = 0;
    examined();
    return fs_.bytes_read;
  }

  CountingFs fs_;
  Store counted_;
};

TEST_F(GrowthTest, OnlyWhatCameIsReadOfALongSession) {
  put(path_of("k"), chat(4000));
  const std::uint64_t all = bytes_to_examine();
  append_bytes("k", said("user", "one more") + said("assistant", "yes", used(5)));
  EXPECT_LT(bytes_to_examine(), 64U << 10);
  EXPECT_GT(all, 1U << 20);
  expect_true();
  EXPECT_EQ(row_of(examined(), "k").title, "Chosen");
}

// As each agent writes them, in its own folder.
class AgentGrowthTest : public GrowthTest, public testing::WithParamInterface<std::string> {
 protected:
  AgentGrowthTest() : GrowthTest(Whose::an_agents) {}
  static std::string session(int exchanges) {
    std::string bytes;
    for (const std::string& line : views_test::StraightSession(GetParam(), 300).write(exchanges)) {
      bytes += line + "\n";
    }
    return bytes;
  }
};

TEST_P(AgentGrowthTest, OnlyWhatCameIsReadOfALongSession) {
  const std::string longer = session(2001);
  const std::string bytes = session(2000);
  put(path_of("k"), bytes);
  const std::uint64_t all = bytes_to_examine();
  append_bytes("k", longer.substr(bytes.size()));
  EXPECT_LT(bytes_to_examine(), 256U << 10);  // both ends too, for title and preview
  EXPECT_GT(all, 1U << 20);
  expect_true();
}

TEST_P(AgentGrowthTest, HoweverItIsCutTheRowIsThatOfAFreshReading) {
  const std::string bytes = session(30);
  for (unsigned seed = 1; seed <= 3; ++seed) {
    std::mt19937 random(seed);
    put(path_of("k"), "");
    for (std::size_t at = 0; at < bytes.size();) {
      std::size_t end = std::min<std::size_t>(bytes.size(), at + 1 + random() % 6000);
      if (random() % 3 != 0) end = bytes.find('\n', end - 1) + 1;
      append_bytes("k", bytes.substr(at, end - at));
      at = end;
      ASSERT_EQ(shown(examined()), shown(plain(everything()))) << "seed " << seed << " at " << at;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, AgentGrowthTest, testing::ValuesIn(views_test::kStraightForms),
                         [](const auto& of) { return of.param; });

TEST_F(GrowthTest, TokensThatWereToldBeforeAreNotCountedAgain) {
  put(path_of("k"), chat(20) + said("assistant", "x", used(5, "resp_1")));
  examined();
  append_bytes("k", said("assistant", "xy", used(9, "resp_1")));
  expect_true();
}

TEST_F(GrowthTest, ABlockThatIsWrittenTwiceIsNoted) {
  const std::string block =
      said("user", std::string(400, 'q')) + said("assistant", std::string(400, 'a'));
  put(path_of("k"), chat(20) + block);
  examined();
  append_bytes("k", block);
  EXPECT_EQ(row_of(examined(), "k").session.note_count, 1U);
  expect_true();
}

TEST_F(GrowthTest, ATitleThatCameLaterIsShown) {
  put(path_of("k"), chat(2000));
  examined();
  append_bytes("k", about("Another"));
  for (int i = 0; i < 300; ++i) append_bytes("k", said("assistant", std::string(400, 'a')));
  EXPECT_EQ(row_of(examined(), "k").title, "Another");
  expect_true();
}

TEST_F(GrowthTest, AnEditInTheMiddleOfWhatGrewIsSeenByACheckOfAll) {
  std::string bytes = chat(2000);
  put(path_of("k"), bytes);
  examined();
  bytes.replace(bytes.find("question 3"), 8, "\"uestion");
  put(path_of("k"), bytes + said("user", "one more"));
  examined();
  EXPECT_EQ(row_of(must(Catalog(counted_).list(everything())), "k").session.damage_count, 1U);
}

TEST_F(GrowthTest, ATitleIsNotLookedForAgainWhereItWasLookedFor) {
  std::string bytes = chat(4000);
  bytes.insert(bytes.find('\n', bytes.size() / 2) + 1, about("Another"));
  put(path_of("k"), bytes);
  EXPECT_EQ(row_of(examined(), "k").title, "Another");
  for (const char* const title : {"Third", "Fourth"}) {
    append_bytes("k", about(title));
    fs_.bytes_read = 0;
    const ListPage page = must(Catalog(counted_).list({}));
    EXPECT_LT(fs_.bytes_read, 64U << 10) << title;
    EXPECT_EQ(row_of(page, "k").title, row_of(plain(), "k").title);
    append_bytes("k", chat(3).substr(about("Chosen").size()));
    EXPECT_EQ(shown(must(Catalog(counted_).list({}))), shown(plain())) << title;
    examined();
  }
}

TEST_F(GrowthTest, NoTitleIsLookedForInTheMiddleOfAnAgentsSession) {
  std::string bytes = about("Chosen");
  views_test::Lines lines = views_test::StraightSession("claude", 300).write(500);
  for (const std::string& line : lines) bytes += line + "\n";
  put(path_of("k"), bytes);
  examined();
  append_bytes("k", R"({"type":"system","subtype":"turn_duration","uuid":"x1","parentUuid":null})"
                    "\n");
  EXPECT_LT(bytes_to_examine(), 256U << 10);
  EXPECT_GT(bytes.size(), 1U << 20);
  expect_true();
}

// What may come behind a session.
class Growth {
 public:
  explicit Growth(unsigned seed) : random_(seed) {}

  std::string next(const std::string& so_far) {
    const std::string number = std::to_string(++count_);
    switch (random_() % 16) {
      case 0:
        return "{\"torn\":";
      case 1:
        return "\n";
      case 2:
        return so_far.substr(so_far.size() - std::min<std::size_t>(so_far.size(), 900));
      case 3:
        return R"({"_type":"metadata","by":"everturn","key":"k","metadata":{"title":"T)" + number +
               R"("},"last_consolidated":)" + std::to_string(random_() % 40) + "}\n";
      case 4:
        return R"({"role":"user","content":"glued )" + number +
               R"("}{"role":"user","content":"x"})" + "\n";
      case 5:
        return R"({"role":"user","content":"crlf )" + number + "\"}\r\n";
      case 6:
        return R"({"role":"assistant","content":NaN})"
               "\n";
      case 7:
        return R"({"type":"user","uuid":"u)" + number +
               R"(","parentUuid":"gone","sessionId":"s",)" +
               R"("message":{"role":"user","content":"claude"}})" + "\n";
      default:
        return some_chat(number);
    }
  }

 private:
  std::string some_chat(const std::string& number) {
    std::string bytes;
    for (unsigned i = 0; i < 1 + random_() % 30; ++i) {
      bytes += R"({"role":")" + std::string(random_() % 2 == 0 ? "user" : "assistant") +
               R"(","content":")" + number + " " + std::string(random_() % 300, 'c') +
               R"(","timestamp":"2026-08-20T10:02:11Z","usage":{"prompt_tokens":)" +
               std::to_string(random_() % 100) + R"(,"completion_tokens":3})";
      if (random_() % 20 == 0) bytes += R"(,"id":"r)" + std::to_string(random_() % 3) + R"(")";
      bytes += "}\n";
    }
    return bytes;
  }

  std::mt19937 random_;
  int count_ = 0;
};

TEST_F(GrowthTest, HoweverItGrowsTheRowIsThatOfAFreshReading) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    Growth growth(seed);
    std::string bytes = chat(static_cast<int>(seed) * 5);
    put(path_of("k"), bytes);
    examined();
    for (int step = 0; step < 20; ++step) {
      const std::string more = growth.next(bytes);
      bytes += more;
      append_bytes("k", more);
      ASSERT_EQ(shown(examined()), shown(plain(everything())))
          << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace everturn
