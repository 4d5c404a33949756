// SPDX-License-Identifier: Apache-2.0
// Each route, over a real socket.
#include <csignal>
#include <set>

#include "base/base64url.h"
#include "everturn/store.h"
#include "server/route.h"
#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

constexpr std::string_view kRecords =
    "{\"role\":\"user\",\"content\":\"hi\"}\n"
    "{\"role\":\"assistant\",  \"content\":\"1.10 \\ud800\"}\n"
    "{\"role\":\"user\",\"content\":\"bye\"}\n";
constexpr std::string_view kKey = "telegram:12345";

class Routes : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
  }
  Reply append(std::string_view key = kKey, std::string_view records = kRecords,
               const Headers& headers = {}) {
    return post_records(session(key, "/records"), records, headers);
  }
  // A torn record in front of a whole one, as a crash leaves it.
  void damage_session() {
    write_file(session_file(), whole_file(session_file()) +
                                   "{\"role\":\"us{\"role\":\"assistant\",\"content\":\"b\"}\n");
  }
};

TEST_F(Routes, AppendIsCreatedAndComesBackByteForByte) {
  const Reply reply = append();
  EXPECT_EQ(reply.status, 201) << reply.body;
  EXPECT_EQ(member(reply.body, "records"), "3");
  EXPECT_EQ(member(reply.body, "reached"), "power");
  EXPECT_EQ(reply.fields.at("etag"), "\"" + member(reply.body, "version") + "\"");
  const Reply read = get(session(kKey, "/records"));
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, kRecords);
  EXPECT_EQ(read.fields.at("content-type"), "application/x-ndjson");
  EXPECT_EQ(read.fields.at("everturn-more"), "false");
}

TEST_F(Routes, SessionIsNamedByIdOrByKey) {
  append();
  EXPECT_EQ(get("/v1/sessions/-/records?key=telegram%3A12345").body, kRecords);
  EXPECT_EQ(get("/v1/sessions/-/records").status, 400);
  EXPECT_EQ(get(session(kKey, "/records?key=other")).status, 400);
  EXPECT_EQ(get("/v1/sessions/no~id/records").status, 404);
}

TEST_F(Routes, PagesLeadOn) {
  append();
  const Reply first = get(session(kKey, "/records?limit=1"));
  EXPECT_EQ(split_lines(first.body).size(), 1U);
  EXPECT_EQ(first.fields.at("everturn-more"), "true");
  const Reply rest = get(session(kKey, "/records?from=" + first.fields.at("everturn-end")));
  EXPECT_EQ(first.body + rest.body, kRecords);
  EXPECT_EQ(get(session(kKey, "/records?last=1")).body, split_lines(kRecords)[2] + "\n");
  EXPECT_EQ(get(session(kKey, "/records?last=1&limit=1")).status, 400);
}

TEST_F(Routes, BackwardsPagesLeadOnToo) {
  append();
  const Reply newest = get(session(kKey, "/records?backwards=true&limit=1"));
  EXPECT_EQ(newest.body, split_lines(kRecords)[2] + "\n");
  EXPECT_EQ(newest.fields.at("everturn-more"), "true");
  const Reply rest =
      get(session(kKey, "/records?backwards=true&before=" + newest.fields.at("everturn-begin")));
  EXPECT_EQ(rest.body, split_lines(kRecords)[1] + "\n" + split_lines(kRecords)[0] + "\n");
  EXPECT_EQ(rest.fields.at("everturn-more"), "false");
}

TEST_F(Routes, DamageStandsInItsPlace) {
  append();
  damage_session();
  const Reply plain = get(session(kKey, "/records"));
  EXPECT_EQ(plain.status, 200);
  EXPECT_TRUE(plain.fields.at("everturn-damage").starts_with("1; bytes="));
  const std::vector<std::string> lines =
      split_lines(get(session(kKey, "/records?format=objects")).body);
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(member(lines[2], "schema"), "everturn.record/1");
  EXPECT_EQ(member(lines[3], "reason"), "torn");
  EXPECT_EQ(member(lines[4], "record"), "{\"role\":\"assistant\",\"content\":\"b\"}");
  EXPECT_EQ(member(lines[5], "schema"), "everturn.page/1");
  EXPECT_EQ(member(lines[5], "damage_count"), "1");
  const std::string bytes = get(session(kKey, "/bytes?offset=" + member(lines[3], "offset") +
                                                  "&length=" + member(lines[3], "length")))
                                .body;
  EXPECT_EQ(bytes, "{\"role\":\"us");
}

TEST_F(Routes, EntriesTellWhatRecordsSay) {
  append();
  const std::vector<std::string> lines =
      split_lines(get(session(kKey, "/records?format=entries&dialect=openai&max_text=1")).body);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_NE(lines[0].find("\"kind\":\"user\""), std::string::npos) << lines[0];
  EXPECT_NE(lines[0].find("\"text\":\"h\",\"text_bytes\":2"), std::string::npos) << lines[0];
}

TEST_F(Routes, IndexHasPositions) {
  std::string many;
  for (int i = 0; i < 40; ++i) many += "{\"i\":" + std::to_string(i) + "}\n";
  append(kKey, many);
  const Reply index = get(session(kKey, "/index?every=16"));
  EXPECT_EQ(member(index.body, "records"), "40");
  const std::string positions = member(index.body, "positions");
  const std::string third = positions.substr(positions.rfind(',') + 2);
  const Reply page =
      get(session(kKey, "/records?limit=1&from=" + third.substr(0, third.find('"'))));
  EXPECT_EQ(page.body, "{\"i\":32}\n");
  EXPECT_EQ(
      ask("GET", session(kKey, "/index"), "", {{"If-None-Match", index.fields.at("etag")}}).status,
      304);
}

// Small pages are kept between requests; that must not show.
TEST_F(Routes, PageIsNeverOlderThanTheLastWriteOfAnybody) {
  append(kKey, "{\"n\":0}\n");
  const auto other = open_store("dir:" + store_path());
  ASSERT_TRUE(other.ok());
  Connection connection(address());
  const std::string request = text_of("GET", session(kKey, "/records"));
  const auto read = [&] {
    connection.send(request);
    return connection.read_reply().body;
  };
  for (std::size_t count = 1; count < 100; ++count) {
    read();
    ASSERT_EQ(split_lines(read()).size(), count);
    ASSERT_TRUE((*other)->append(kKey, {"{\"n\":1}"}).ok());
    ASSERT_EQ(split_lines(read()).size(), count + 1);
  }
  FILE* file = std::fopen(session_file().c_str(), "r+");
  std::fseek(file, -3, SEEK_END);
  std::fputc('7', file);
  std::fclose(file);
  EXPECT_TRUE(read().ends_with("{\"n\":7}\n"));
}

TEST_F(Routes, StaleVersionIsRefused) {
  const std::string version = append().fields.at("etag");
  EXPECT_EQ(append(kKey, "{\"n\":1}\n", {{"If-Match", version}}).status, 201);
  const Reply stale = append(kKey, "{\"n\":2}\n", {{"If-Match", version}});
  EXPECT_EQ(stale.status, 412);
  EXPECT_EQ(stale.fields.at("content-type"), "application/problem+json");
  EXPECT_EQ(member(stale.body, "code"), "conflict");
  EXPECT_EQ(append(kKey, "{\"n\":2}\n", {{"If-None-Match", "*"}}).status, 412);
  EXPECT_EQ(append("new", "{\"n\":2}\n", {{"If-None-Match", "*"}}).status, 201);
  EXPECT_EQ(append("never", "{\"n\":2}\n", {{"If-Match", "*"}}).status, 404);
}

TEST_F(Routes, IdempotencyKeyMakesARetrySafe) {
  EXPECT_EQ(append(kKey, kRecords, {{"Idempotency-Key", "turn-17"}}).status, 201);
  const Reply again = append(kKey, kRecords, {{"Idempotency-Key", "turn-17"}});
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(member(again.body, "already_there"), "3");
  EXPECT_EQ(split_lines(get(session(kKey, "/records")).body).size(), 3U);
}

TEST_F(Routes, IdempotencyKeyOfOtherRecordsIsAConflict) {
  const Headers id = {{"Idempotency-Key", "turn-17"}};
  EXPECT_EQ(append(kKey, "no record\n", id).status, 400);
  EXPECT_EQ(append(kKey, kRecords, id).status, 201);
  EXPECT_EQ(append(kKey, "{\"n\":1}\n", id).status, 409);
  EXPECT_EQ(append("another session", "{\"n\":1}\n", id).status, 201);
  EXPECT_EQ(get(session(kKey, "/records")).body, kRecords);
}

TEST_F(Routes, LevelIsTheOneThatWasAskedFor) {
  append();  // a session is made durably, at every level
  const Reply reply = post_records(session(kKey, "/records?level=kernel"), "{\"n\":1}\n");
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(member(reply.body, "reached"), "kernel");
  EXPECT_EQ(post_records(session(kKey, "/records?level=maybe"), "{\"n\":1}\n").status, 400);
}

TEST_F(Routes, NoRecordIsRefusedAndNothingIsWritten) {
  const Reply bad = append(kKey, "{\"n\":1}\nnot json\n");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(member(bad.body, "code"), "invalid");
  EXPECT_EQ(append(kKey, "\n\n").status, 400);
  EXPECT_EQ(get(session(kKey)).status, 404);
}

TEST_F(Routes, SaveNeedsAVersion) {
  const std::string version = append().fields.at("etag");
  const auto put = [&](const Headers& headers, std::string_view record) {
    Headers all = headers;
    all.emplace_back("Content-Type", "application/x-ndjson");
    return ask("PUT", session(kKey, "/records"), record, all);
  };
  EXPECT_EQ(put({}, "{\"n\":1}\n").status, 428);
  EXPECT_EQ(put({{"If-Match", version}}, "{\"n\":1}\n").status, 200);
  EXPECT_EQ(put({{"If-Match", version}}, "{\"n\":2}\n").status, 412);
  EXPECT_EQ(get(session(kKey, "/records")).body, "{\"n\":1}\n");
}

TEST_F(Routes, SessionTellsMetadataAndCounts) {
  append();
  const Reply patched = ask("PATCH", session(kKey), "{\"metadata\":{\"title\":\"T\"}}",
                            {{"Content-Type", "application/json"}});
  EXPECT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(member(member(patched.body, "metadata"), "title"), "T");
  const Reply whole = get(session(kKey));
  EXPECT_EQ(member(whole.body, "records"), "3");
  EXPECT_EQ(member(whole.body, "damage_count"), "0");
  EXPECT_EQ(member(whole.body, "key"), kKey);
  EXPECT_EQ(ask("GET", session(kKey), "", {{"If-None-Match", whole.fields.at("etag")}}).status,
            304);
  EXPECT_EQ(member(get(session(kKey, "?check=false")).body, "records"), "");
}

TEST_F(Routes, ListIsPagedAndFiltered) {
  for (const std::string_view key : {"a:1", "a:2", "b:1"}) append(key);
  const Reply first = get("/v1/sessions?sort=size&limit=2");
  EXPECT_EQ(member(first.body, "total"), "3") << first.body;
  const Reply rest = get("/v1/sessions?sort=size&limit=2&after=" + member(first.body, "next"));
  EXPECT_EQ(member(rest.body, "next"), "null") << rest.body;
  for (const std::string key : {"a:1", "a:2", "b:1"}) {
    EXPECT_NE((first.body + rest.body).find("\"key\":\"" + key + "\""), std::string::npos) << key;
  }
  EXPECT_EQ(member(get("/v1/sessions?q=B:1").body, "total"), "1");
  EXPECT_EQ(member(get("/v1/sessions?since=1h").body, "total"), "3");
  EXPECT_EQ(member(get("/v1/sessions?damaged=true").body, "total"), "0");
  EXPECT_EQ(get("/v1/sessions?after=nonsense").status, 400);
  EXPECT_EQ(
      ask("GET", "/v1/sessions?sort=size&limit=2", "", {{"If-None-Match", first.fields.at("etag")}})
          .status,
      304);
}

TEST_F(Routes, SearchFindsWhatWasSaid) {
  append();
  const Reply found = get("/v1/search?q=BYE");
  EXPECT_EQ(found.status, 200) << found.body;
  EXPECT_NE(member(found.body, "hits").find("\"highlights\":[[0,3]]"), std::string::npos);
  EXPECT_EQ(member(get("/v1/search?q=bye&kind=assistant").body, "hits"), "[]");
  EXPECT_EQ(member(get("/v1/search?q=bye&session=other").body, "hits"), "[]");
  EXPECT_EQ(get("/v1/search?q=%28&mode=regex").status, 400);
}

TEST_F(Routes, VerifyTellsWhetherItIsWhatWasSealed) {
  append();
  const Reply sealed = get(session(kKey, "/verify"));
  EXPECT_EQ(sealed.status, 200) << sealed.body;
  EXPECT_EQ(member(sealed.body, "alarm"), "false");
  damage_session();
  EXPECT_NE(member(get(session(kKey, "/verify")).body, "unsealed_bytes"), "0");
}

TEST_F(Routes, DeletedSessionComesBack) {
  append();
  const Reply removed = ask("DELETE", session(kKey));
  EXPECT_EQ(removed.status, 200);
  EXPECT_EQ(get(session(kKey)).status, 404);
  const std::string entry = member(removed.body, "id");
  EXPECT_NE(get("/v1/trash").body.find(entry), std::string::npos);
  EXPECT_EQ(post_json("/v1/trash/" + entry + "/undelete", "").status, 200);
  EXPECT_EQ(get(session(kKey, "/records")).body, kRecords);
}

TEST_F(Routes, PurgedSessionIsGone) {
  append();
  const std::string entry = member(ask("DELETE", session(kKey)).body, "id");
  EXPECT_EQ(ask("DELETE", "/v1/trash/" + entry).status, 204);
  EXPECT_EQ(post_json("/v1/trash/" + entry + "/undelete", "").status, 404);
  EXPECT_NE(log_text().find("\"action\":\"purge\""), std::string::npos);
}

TEST_F(Routes, RewindTakesOffIntoTheTrash) {
  append();
  const Reply rewound = post_json(session(kKey, "/rewind"), "{\"count\":1}");
  EXPECT_EQ(member(rewound.body, "removed_records"), "1");
  EXPECT_EQ(split_lines(get(session(kKey, "/records")).body).size(), 2U);
  EXPECT_EQ(post_json(session(kKey, "/rewind"), "{}").status, 400);
  const std::string entry = member(rewound.body, "trash_id");
  EXPECT_EQ(post_json("/v1/trash/" + entry + "/undelete", "").status, 200);
  EXPECT_EQ(get(session(kKey, "/records")).body, kRecords);
}

TEST_F(Routes, ForkAndRename) {
  append();
  const Reply forked = post_json(session(kKey, "/fork"), "{\"key\":\"copy\"}");
  EXPECT_EQ(forked.status, 201);
  EXPECT_EQ(get(session("copy", "/records")).body, kRecords);
  EXPECT_EQ(post_json(session(kKey, "/fork"), "{\"key\":\"copy\"}").status, 409);
  EXPECT_EQ(post_json(session("copy", "/rename"), "{\"key\":\"moved\"}").status, 200);
  EXPECT_EQ(get(session("copy")).status, 404);
  EXPECT_EQ(get(session("moved", "/records")).body, kRecords);
  EXPECT_EQ(post_json(session(kKey, "/fork"), "{\"kee\":\"copy\"}").status, 400);
}

TEST_F(Routes, RepairIsPlannedDoneAndUndone) {
  append();
  damage_session();
  const std::string before = whole_file(session_file());
  EXPECT_EQ(member(get(session(kKey, "/repair")).body, "has_work"), "true");
  EXPECT_EQ(whole_file(session_file()), before);
  const Reply done = post_json(session(kKey, "/repair"), "");
  EXPECT_EQ(done.status, 200);
  const std::string receipt = member(done.body, "receipt");
  EXPECT_EQ(member(get(session(kKey)).body, "damage_count"), "0");
  EXPECT_NE(get("/v1/repairs").body.find(receipt), std::string::npos);
  EXPECT_EQ(post_json("/v1/repairs/" + receipt + "/undo", "").status, 200);
  EXPECT_EQ(whole_file(session_file()), before);
}

TEST_F(Routes, ViewsReadTheSession) {
  append();
  const Reply history = get(session(kKey, "/history?dialect=openai&max_messages=10"));
  EXPECT_EQ(history.status, 200) << history.body;
  EXPECT_NE(member(history.body, "messages").find("bye"), std::string::npos);
  EXPECT_EQ(member(get(session(kKey, "/health")).body, "worst"), "note");
  EXPECT_EQ(member(get(session(kKey, "/stats")).body, "turns"), "2");
  EXPECT_EQ(member(get("/v1/stats").body, "sessions"), "1");
  EXPECT_EQ(get(session("none", "/history")).status, 404);
}

TEST_F(Routes, ExportIsAFile) {
  append();
  for (const std::string format : {"jsonl", "nanobot", "openai", "anthropic", "md", "html"}) {
    const Reply file = get(session(kKey, "/export?format=" + format));
    EXPECT_EQ(file.status, 200) << format;
    EXPECT_TRUE(file.complete) << format;
    EXPECT_NE(file.body.find("bye"), std::string::npos) << format;
    EXPECT_TRUE(file.fields.at("content-disposition").starts_with("attachment")) << format;
  }
  EXPECT_NE(log_text().find("\"action\":\"export\""), std::string::npos);
  EXPECT_EQ(get(session("none", "/export")).status, 404);
}

TEST_F(Routes, StoreAndServerTellOfThemselves) {
  append();
  EXPECT_EQ(member(get("/v1/store").body, "engine"), "dir");
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  const std::string metrics = get("/metrics").body;
  EXPECT_NE(metrics.find("everturn_appended_records_total 3\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("everturn_sync_seconds_count 1\n"), std::string::npos);
}

TEST_F(Routes, AreAllInTheDescription) {
  const std::string document = get("/openapi.json").body;
  EXPECT_EQ(member(document, "openapi"), "3.1.0");
  const std::string paths = member(document, "paths");
  std::set<std::string_view> operations;
  for (const server::Route& route : server::routes()) {
    const std::string methods = member(paths, route.path);
    const std::string operation = member(methods, server::lower_case(route.method));
    EXPECT_EQ(member(operation, "operationId"), route.operation) << route.path;
    EXPECT_TRUE(operations.insert(route.operation).second) << route.operation;
  }
}

TEST_F(Routes, AreAllInTheManual) {
  const std::string manual = whole_file(EVERTURN_SOURCE_DIR "/doc/http.md");
  for (const server::Route& route : server::routes()) {
    std::string path(route.path);
    constexpr std::string_view kSession = "/v1/sessions/{id}";
    if (path.starts_with(kSession)) path = "S" + path.substr(kSession.size());
    const std::string named = std::string(route.method) + " " + path;
    const bool is_named = manual.find("`" + named + "`") != std::string::npos ||
                          manual.find("`" + path + "`") != std::string::npos;
    EXPECT_TRUE(is_named) << named;
  }
}

}  // namespace
}  // namespace everturn::server_test
