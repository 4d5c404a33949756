// SPDX-License-Identifier: Apache-2.0
// A listing looks at both ends of a file. Of a chat of ours it shows what reading all of it would.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "find/catalog_test_help.h"
#include "find/spelling_test_help.h"
#include "find/test_help.h"
#include "views/overview.h"
#include "views/straight_session_test_help.h"

namespace everturn {
namespace {

// Chats as nanobot and others write them: with blanks between the members or without, and damaged
// here and there.
class ChatMaker {
 public:
  explicit ChatMaker(std::uint64_t seed) : random_(seed) {}

  std::string chat(const std::string& key) {
    std::string bytes = about(key) + "\n" + record("user", "the first one") + "\n";
    const std::uint64_t prompts = 1 + random_.below(6);  // of ten
    for (std::uint64_t i = random_.below(90); i-- > 0;) {
      if (random_.below(10) == 0) {
        // The store begins a line of its own with it, whatever stands there.
        bytes += (bytes.ends_with('\n') ? "" : "\n") + about(key) + "\n";
        continue;
      }
      std::string line = random_.below(10) < prompts ? prompt() : other();
      if (random_.below(40) == 0) damage(line);
      bytes += line;
      if (random_.below(40) != 0) bytes += "\n";
    }
    return bytes;
  }

 private:
  std::string prompt() {
    const std::string number = std::to_string(++number_);
    switch (random_.below(4)) {
      case 0:
        return record("user", "/new");
      case 1:
        return record("user", "told by a program " + number, R"(,"injected_event":true)");
      default:
        return record("user", "prompt " + number);
    }
  }
  std::string other() {
    switch (random_.below(8)) {
      case 1:
        return record("tool", "a result", R"(,"tool_call_id":"user","name":"user")");
      case 2:
        return record("assistant", R"({\"role\":\"user\"})");
      default:
        return record("assistant", "an answer");
    }
  }
  std::string record(const std::string& role, const std::string& content,
                     const std::string& more = "") {
    // Nobody looks for a time beyond the last prompt.
    const bool is_timed = role == "user" || random_.below(3) != 0;
    const std::string time = is_timed ? R"(,"timestamp":"2026-08-20T1)" +
                                            std::to_string(random_.below(10)) + R"(:00:00")"
                                      : "";
    return spaced(R"({"role":")" + role + R"(","content":")" + content + "\"" + more + time + "}");
  }
  std::string about(const std::string& key) {
    const std::string title = random_.below(3) == 0 ? R"("title":"titled")" : "";
    return R"({"_type":"metadata","by":"everturn","key":")" + key +
           R"(","created_at":"2026-08-20T09:00:00","updated_at":"2026-08-20T09:00:00",)" +
           R"("metadata":{)" + title + R"(},"last_consolidated":0})";
  }
  // As Python writes it, or JavaScript.
  std::string spaced(std::string line) {
    if (random_.below(2) == 0) return line;
    for (const std::string mark : {R"(":)", R"(,")"}) {
      for (std::size_t at = line.find(mark); at != std::string::npos;
           at = line.find(mark, at + 2)) {
        line.insert(at + (mark[0] == ',' ? 1 : 2), " ");
      }
    }
    return line;
  }
  void damage(std::string& line) {
    switch (random_.below(3)) {
      case 0:
        line.resize(1 + random_.below(line.size()));
        break;
      case 1:
        line[random_.below(line.size())] = '\xFF';
        break;
      default:
        line.insert(0, std::string(5, '\0'));
    }
  }

  Spelling random_;
  int number_ = 0;
};

class SummaryTest : public CatalogFolderTest {
 protected:
  // As it is shown of all records.
  Overview whole(const std::string& key) {
    OverviewReader reader;
    ReadOptions how;
    how.with_metadata = true;
    must(store().read(key, how, [&](const Record& record) {
      reader.add(record.bytes);
      return true;
    }));
    return reader.finish();
  }
  SessionRow listed(const std::string& bytes) {
    put(path_of("k"), bytes);
    return row_of(plain(), "k");
  }
};

TEST_F(SummaryTest, AChatIsShownAsAReadingOfAllOfItWouldShowIt) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const std::string bytes = ChatMaker(seed).chat("k");
    const SessionRow row = listed(bytes);
    const Overview all = whole("k");
    ASSERT_EQ(row.preview, all.preview) << seed << "\n" << bytes;
    ASSERT_EQ(row.title, all.title) << seed << "\n" << bytes;
    ASSERT_EQ(row.last_time_ns, all.last_time_ns) << seed << "\n" << bytes;
    ASSERT_EQ(row.created_ns, all.created_ns) << seed;
    ASSERT_EQ(row.dialect, all.dialect) << seed;
  }
}

TEST_F(SummaryTest, TheLastPromptIsFoundBeforeALongAnswer) {
  std::string bytes = session_bytes("k", 7);
  for (int i = 0; i < 400; ++i) {
    bytes +=
        R"({"role": "tool", "tool_call_id": "c", "content": ")" + std::string(300, 'x') + "\"}\n";
  }
  EXPECT_EQ(listed(bytes).preview, "and again 7");
}

TEST_F(SummaryTest, EveryAgentsLastPromptIsFoundBeforeManyRecords) {
  for (const std::string& form : views_test::kStraightForms) {
    std::vector<std::string> lines = views_test::StraightSession(form, 100).write(30);
    lines.insert(lines.end(), 200, lines.back());
    std::string bytes;
    for (const std::string& line : lines) bytes += line + "\n";
    const SessionRow row = listed(bytes);
    const Overview all = whole("k");
    EXPECT_EQ(row.preview, all.preview) << form;
    EXPECT_EQ(row.title, all.title) << form;
    EXPECT_EQ(row.preview.empty(), form == "sub_agent") << form;
  }
}

std::string about(const std::string& metadata) {
  return R"({"_type":"metadata","by":"everturn","key":"k","created_at":"2026-08-20T09:00:00",)"
         R"("updated_at":"2026-08-20T09:00:00","metadata":)" +
         metadata + R"(,"last_consolidated":0})";
}
std::string said(const std::string& role, const std::string& what) {
  return R"({"role":")" + role + R"(","content":")" + what + "\"}\n";
}
std::string many(int count, const std::string& text) {
  std::string all;
  for (; count > 0; --count) all += text;
  return all;
}

TEST_F(SummaryTest, TheStoresLastRecordTakesTheTitleBackAndACallersDoesNot) {
  const std::string chat = about(R"({"title":"A"})") + "\n" + said("user", "first");
  const std::string more = said("user", "p") + many(20, said("assistant", "x"));
  for (const std::string title : {R"({})", R"({"title":null})", R"({"title":7})"}) {
    EXPECT_EQ(listed(chat + about(title) + "\n" + more).title, "first") << title;
    EXPECT_EQ(listed(chat + more + about(title) + "\n").title, "first") << title;
    EXPECT_EQ(whole("k").title, "first") << title;
  }
  EXPECT_EQ(listed(chat + more + R"({"_type":"metadata","x":1})" + "\n").title, "A");
  EXPECT_EQ(whole("k").title, "A");
}

TEST_F(SummaryTest, ATitleIsFoundWhateverTheLineBeginsWith) {
  const std::string chat = about(R"({"title":"A"})") + "\n" + said("user", "first");
  const std::string more = "\n" + said("user", "p") + many(20, said("assistant", "x"));
  for (const std::string before : {" ", "\t\t", R"({"role":"assistant","content":"x"})"}) {
    EXPECT_EQ(listed(chat + before + about(R"({"title":"B"})") + more).title, "B") << before;
    EXPECT_EQ(whole("k").title, "B") << before;
  }
}

TEST_F(SummaryTest, PromptsThatBeginLateAreFound) {
  const std::string bytes =
      many(45, R"({"type":"file-history-snapshot","messageId":"m"})"
               "\n") +
      R"({"type":"user","uuid":"u","message":{"role":"user","content":"hi"}})"
      "\n" +
      many(30, R"({"type":"assistant","uuid":"v","message":{"role":"assistant","content":"x"}})"
               "\n");
  EXPECT_EQ(listed(bytes).preview, "hi");
}

TEST_F(SummaryTest, AHumansWordsArePrompts) {
  const auto from = [](const std::string& who, const std::string& what) {
    return R"({"from":")" + who + R"(","value":")" + what + "\"}\n";
  };
  const std::string bytes = from("human", "one") + many(300, from("gpt", "x")) +
                            from("human", "three") + many(25, from("gpt", "x"));
  EXPECT_EQ(listed(bytes).preview, "three");
}

TEST_F(SummaryTest, ManyDamagedLinesBehindALargeRecordCostNoMoreThanThemselves) {
  const std::string nested = std::string(30'000, '[') + std::string(30'000, ']');
  const std::string bytes = session_bytes("k", 7) + R"({"role":"assistant","content":)" + nested +
                            "}\n" + many(60'000, "xx\n");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(listed(bytes).title, "question 7");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST_F(SummaryTest, ACommandIsNoPrompt) {
  EXPECT_EQ(listed(session_bytes("k", 7) + R"({"role": "user", "content": "/new"})" + "\n").preview,
            "and again 7");
}

}  // namespace
}  // namespace everturn
