// SPDX-License-Identifier: Apache-2.0
// A session as the page reads it: its outline, and its blocks by parts that fit together.
#include <algorithm>

#include "base/json.h"
#include "tests/server/served_store.h"
#include "views/json_text.h"

namespace everturn::server_test {
namespace {

constexpr std::string_view kKey = "telegram:12345";
constexpr int kStep = 50;  // records between two positions of the outline
const std::string kTorn = "{\"role\":\"user\",\"content\":\"torn\n";

std::string said(int number) {
  return "{\"role\":\"user\",\"content\":\"number " + std::to_string(number) + "\"}\n";
}
std::string called(std::string_view id) {
  return "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"" + std::string(id) +
         "\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}\n";
}
std::string answered(std::string_view id) {
  return "{\"role\":\"tool\",\"tool_call_id\":\"" + std::string(id) + "\",\"content\":\"came\"}\n";
}
std::string image(std::size_t bytes) {
  return "{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
         "\"data:image/png;base64," +
         std::string(bytes, 'A') + "\"}}]}\n";
}

// The elements of a list of objects, or, without the quotes, of strings.
std::vector<std::string> elements(const std::string& list) {
  std::vector<std::string> all;
  for_each_element(list, [&](std::string_view element) {
    all.push_back(decode_json_string(element).value_or(std::string(element)));
    return true;
  });
  return all;
}

class Outlines : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
  }
  // The store's own metadata is record 0: the first of these is record 1.
  void append(const std::string& records) {
    ASSERT_EQ(post_records(session(kKey, "/records"), records).status, 201);
  }
  void append_said(int begin, int end) {
    std::string records;
    for (int i = begin; i < end; ++i) records += said(i);
    append(records);
  }
  void write_raw(const std::string& bytes) {
    FILE* file = std::fopen(session_file().c_str(), "a");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
  }
  std::string outline() { return get(session(kKey, "/outline")).body; }
  std::vector<std::string> positions() { return elements(member(outline(), "positions")); }
  std::string page(const std::string& query) {
    const Reply reply = get(session(kKey, "/blocks?" + query));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.body;
  }
  std::string page_from(const std::string& position) { return page("from=" + position); }
  // Position by position, as long as there is more.
  std::vector<std::string> all_blocks(int limit) {
    std::vector<std::string> all;
    std::string query = "limit=" + std::to_string(limit);
    for (std::string more = "true"; more == "true";) {
      const std::string body = page(query);
      for (const std::string& block : elements(member(body, "blocks"))) all.push_back(block);
      more = member(body, "more");
      query = "limit=" + std::to_string(limit) + "&from=" + member(body, "end");
    }
    return all;
  }
};

std::ptrdiff_t count_kind(const std::vector<std::string>& blocks, std::string_view kind) {
  return std::count_if(blocks.begin(), blocks.end(),
                       [kind](const std::string& block) { return member(block, "kind") == kind; });
}
std::ptrdiff_t count_kind(const std::string& page, std::string_view kind) {
  return count_kind(elements(member(page, "blocks")), kind);
}

TEST_F(Outlines, TellLengthTurnsAndPositions) {
  append_said(1, 120);
  const std::string body = outline();
  EXPECT_EQ(member(body, "schema"), "everturn.outline/1");
  EXPECT_EQ(member(body, "records"), "119");
  EXPECT_EQ(member(body, "turn_count"), "119");
  EXPECT_EQ(member(body, "every"), std::to_string(kStep));
  ASSERT_EQ(positions().size(), 3U);
  const std::string second = page_from(positions()[1]);
  EXPECT_EQ(member(second, "begin"), positions()[1]);
  EXPECT_EQ(member(second, "end"), positions()[2]);
  EXPECT_EQ(member(elements(member(second, "blocks"))[0], "text"), "number 50");
}

TEST_F(Outlines, AreUnchangedUntilTheSessionIs) {
  append_said(1, 3);
  const Headers known = {
      {"If-None-Match", get(session(kKey, "/outline")).fields.at("etag")},
  };
  EXPECT_EQ(ask("GET", session(kKey, "/outline"), "", known).status, 304);
  append_said(3, 4);
  EXPECT_EQ(ask("GET", session(kKey, "/outline"), "", known).status, 200);
  EXPECT_EQ(get(session("none", "/outline")).status, 404);
}

TEST_F(Outlines, OfASessionWithNothingButMetadataAreEmpty) {
  append_said(1, 2);
  ASSERT_EQ(post_json(session(kKey, "/rewind"), "{\"count\":1}").status, 200);
  EXPECT_EQ(member(outline(), "records"), "0");
  EXPECT_EQ(member(outline(), "turn_count"), "0");
  EXPECT_EQ(member(page("limit=50"), "more"), "false");
  EXPECT_EQ(count_kind(page("limit=50"), "words"), 0);
}

TEST_F(Outlines, DamageStandsInItsPlaceOnOnePageAlone) {
  append_said(1, kStep);
  write_raw(kTorn);
  append_said(kStep, 2 * kStep + 10);
  const std::vector<std::string> damage = elements(member(outline(), "damage"));
  ASSERT_EQ(damage.size(), 1U);
  EXPECT_EQ(member(damage[0], "position"), positions()[1]);
  EXPECT_EQ(count_kind(page_from(positions()[0]), "damage"), 0);
  const std::vector<std::string> second = elements(member(page_from(positions()[1]), "blocks"));
  EXPECT_EQ(member(second[0], "kind"), "damage");
  EXPECT_EQ(member(second[1], "text"), "number 50");
}

TEST_F(Outlines, DamageAtTheEndIsTheLastBlock) {
  append_said(1, 5);
  write_raw(kTorn);
  outline();
  EXPECT_EQ(member(elements(member(page("limit=50"), "blocks")).back(), "kind"), "damage");
  EXPECT_EQ(member(elements(member(page("last=2"), "blocks")).back(), "kind"), "damage");
}

TEST_F(Outlines, DamageBehindAFullLastPageIsOnTheNextOneAlone) {
  append_said(1, kStep);
  write_raw(kTorn);
  const std::string full = page_from(positions()[0]);
  EXPECT_EQ(count_kind(full, "damage"), 0);
  EXPECT_EQ(member(full, "more"), "true");
  const std::string rest = page_from(member(full, "end"));
  EXPECT_EQ(count_kind(rest, "damage"), 1);
  EXPECT_EQ(member(rest, "more"), "false");
}

TEST_F(Outlines, EachPageSizeGivesEachRecordOnce) {
  append_said(1, 130);
  const auto words = count_kind(all_blocks(500), "words");
  EXPECT_EQ(words, 129);
  EXPECT_EQ(count_kind(all_blocks(7), "words"), words);  // before anybody asked for the outline
  outline();
  EXPECT_EQ(count_kind(all_blocks(7), "words"), words);
}

TEST_F(Outlines, ResultOnTheNextPageIsToldWithItsCall) {
  append_said(1, kStep - 1);
  append(called("c1") + answered("c1") + said(0));
  const std::string first = page_from(positions()[0]);
  const std::vector<std::string> blocks = elements(member(first, "blocks"));
  EXPECT_EQ(member(member(blocks.back(), "result"), "text"), "came");
  const std::string second = page_from(positions()[1]);
  EXPECT_EQ(count_kind(second, "result"), 0);
  EXPECT_EQ(count_kind(second, "words"), 1);
}

// The page follows a session by positions that no outline had yet.
TEST_F(Outlines, WhatCameLongAfterTheOutlineIsToldTheSame) {
  append_said(1, 10);
  outline();
  append_said(10, 6 * kStep - 1);
  append(called("c1") + answered("c1"));
  write_raw(kTorn);
  append_said(0, 1);
  const std::string index = get(session(kKey, "/index?every=50")).body;
  const std::string page = page_from(elements(member(index, "positions"))[6]);
  EXPECT_EQ(count_kind(page, "result"), 0) << page;
  EXPECT_EQ(count_kind(page, "damage"), 1) << page;
  EXPECT_EQ(count_kind(page, "words"), 1) << page;
}

TEST_F(Outlines, PageOfLargeImagesIsBounded) {
  constexpr std::size_t kImage = 6U << 20;
  for (int i = 0; i < 6; ++i) append(image(kImage));
  const std::string body = page("limit=50");
  EXPECT_LT(body.size(), 4 * kImage);
  const std::vector<std::string> blocks = elements(member(body, "blocks"));
  EXPECT_EQ(count_kind(blocks, "image"), 6);
  EXPECT_TRUE(member(blocks.back(), "image_url").empty());
  EXPECT_NE(member(blocks.back(), "text"), "");
}

TEST_F(Outlines, OldOrWrongPositionsAreRefused) {
  append_said(1, 5);
  const Reply before = get(session(kKey, "/outline"));
  const std::string old = member(before.body, "end");
  EXPECT_EQ(get(session(kKey, "/blocks?from=nonsense")).status, 400);
  EXPECT_EQ(get(session(kKey, "/blocks?limit=0")).status, 400);
  EXPECT_EQ(get(session(kKey, "/blocks?limit=501")).status, 400);
  EXPECT_EQ(get(session(kKey, "/blocks?last=-1")).status, 400);
  EXPECT_EQ(get(session(kKey, "/blocks?last=99999999999999999999")).status, 400);
  EXPECT_EQ(get(session("none", "/blocks")).status, 404);
  const Headers how = {{"If-Match", before.fields.at("etag")},
                       {"Content-Type", "application/x-ndjson"}};
  ASSERT_EQ(ask("PUT", session(kKey, "/records"), said(7), how).status, 200);
  EXPECT_EQ(get(session(kKey, "/blocks?from=" + old)).status, 409);
  outline();
  EXPECT_EQ(get(session(kKey, "/blocks?from=" + old)).status, 409);
}

TEST_F(Outlines, LastRecordsBeginWhereTheySay) {
  append_said(1, 120);
  const std::string body = page("last=3");
  EXPECT_EQ(member(body, "records"), "3");
  EXPECT_EQ(member(body, "more"), "false");
  EXPECT_EQ(member(elements(member(body, "blocks"))[0], "text"), "number 117");
  EXPECT_EQ(member(page_from(member(body, "begin")), "blocks"), member(body, "blocks"));
}

}  // namespace
}  // namespace everturn::server_test
