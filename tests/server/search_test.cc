// SPDX-License-Identifier: Apache-2.0
// Search over a real socket, and what its hits lead to.
#include <filesystem>

#include "tests/server/event_stream.h"
#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

constexpr std::string_view kKey = "talk";
constexpr std::string_view kFirst = "{\"role\":\"user\",\"content\":\"the first\"}\n";
constexpr std::string_view kSecond = "{\"role\":\"user\",\"content\":\"the needle\"}\n";

std::vector<std::string> files_with(const std::string& folder, std::string_view text) {
  std::vector<std::string> found;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    const bool holds =
        file.is_regular_file() && whole_file(file.path().string()).find(text) != std::string::npos;
    if (holds) found.push_back(file.path().string());
  }
  return found;
}

class SearchRoute : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
    ASSERT_EQ(append(kKey), 201);
  }
  int append(std::string_view key) {
    return post_records(session(key, "/records"), std::string(kFirst) + std::string(kSecond))
        .status;
  }
  // The first hit of a query, as an object.
  std::string first_hit(std::string_view query) {
    const std::string hits = member(get("/v1/search?q=" + std::string(query)).body, "hits");
    return hits.size() < 2 ? "" : hits.substr(1, hits.size() - 2);
  }
};

TEST_F(SearchRoute, EveryReadingBeginsAtThePlaceOfAHit) {
  const std::string hit = first_hit("needle");
  EXPECT_EQ("/v1/sessions/" + member(hit, "id"), session(kKey));
  const std::string from = "from=" + member(hit, "position");
  EXPECT_EQ(get(session(kKey, "/records?" + from)).body, kSecond);
  const std::string blocks = get(session(kKey, "/blocks?" + from)).body;
  EXPECT_EQ(member(blocks, "records"), "1");
  EXPECT_NE(blocks.find("the needle"), std::string::npos);
  EventStream events(address(), text_of("GET", session(kKey, "/events?" + from)));
  EXPECT_EQ(events.status(), 200);
  EXPECT_NE(events.next_record().find("the needle"), std::string::npos);
}

TEST_F(SearchRoute, EveryChangeTakesThePlaceOfAHit) {
  const std::string place = member(first_hit("needle"), "position");
  EXPECT_EQ(get(session(kKey, "/records?backwards=true&before=" + place)).body, kFirst);
  const std::string fork = R"({"key":"copy","before":")" + place + "\"}";
  EXPECT_EQ(post_json(session(kKey, "/fork"), fork).status, 201);
  EXPECT_EQ(get(session("copy", "/records")).body, kFirst);
  const std::string rewind = R"({"to":")" + place + "\"}";
  EXPECT_EQ(member(post_json(session(kKey, "/rewind"), rewind).body, "removed_records"), "1");
  EXPECT_EQ(get(session(kKey, "/records")).body, kFirst);
}

TEST_F(SearchRoute, DamageThatMayHoldItIsTold) {
  const std::string whole = whole_file(session_file());
  write_file(session_file(), whole + "{\"role\":\"user\",\"content\":\"buried\n");
  const std::string body = get("/v1/search?q=buried").body;
  EXPECT_EQ(member(body, "hits"), "[]");
  EXPECT_NE(member(body, "unsearched_damage").find("\"offset\":" + std::to_string(whole.size())),
            std::string::npos)
      << body;
  EXPECT_EQ(member(get("/v1/search?q=needle").body, "unsearched_damage"), "[]");
}

TEST_F(SearchRoute, PurgeLeavesNothingOfATitleThatWasListed) {
  const std::string_view secret = "{\"role\":\"user\",\"content\":\"hush hush\"}\n";
  ASSERT_EQ(post_records(session("secret", "/records"), secret).status, 201);
  EXPECT_NE(get("/v1/sessions").body.find("hush hush"), std::string::npos);
  const std::string entry = member(ask("DELETE", session("secret")).body, "id");
  EXPECT_GT(files_with(folder(), "hush hush").size(), 1U);
  EXPECT_EQ(ask("DELETE", "/v1/trash/" + entry).status, 204);
  EXPECT_EQ(get("/v1/sessions").body.find("hush hush"), std::string::npos);
  EXPECT_EQ(files_with(folder(), "hush hush"), std::vector<std::string>());
  const std::string audit = whole_file(store_path() + "/.everturn/audit.jsonl");
  EXPECT_NE(audit.find("\"action\":\"purge\",\"by\":\"serve: admin"), std::string::npos) << audit;
}

}  // namespace
}  // namespace everturn::server_test
