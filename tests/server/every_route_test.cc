// SPDX-License-Identifier: Apache-2.0
// The table of routes, asked one by one over a real socket: a route that is added must be asked
// here too.
#include <functional>
#include <map>

#include "server/route.h"
#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

constexpr std::string_view kRecords =
    "{\"role\":\"user\",\"content\":\"hi\"}\n{\"role\":\"assistant\",\"content\":\"ho\"}\n";
constexpr std::string_view kKey = "talk";

struct Ask {
  std::string target;
  std::string body;
  Headers headers;
};

class EveryRoute : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
    fill(kKey);
  }
  std::string fill(std::string_view key) {
    EXPECT_EQ(post_records(session(key, "/records"), kRecords).status, 201) << key;
    return session(key);
  }
  std::string in_trash(std::string_view key) {
    return "/v1/trash/" + member(ask("DELETE", fill(key)).body, "id");
  }
  // A session with a torn record.
  std::string torn(const std::string& key) {
    const std::string path = fill(key);
    const std::string file =
        store_path() + "/" + path.substr(sizeof "/v1/sessions/" - 1) + ".jsonl";
    write_file(file, whole_file(file) + "{\"torn\n" + std::string(kRecords));
    return path;
  }
  std::string repaired() {
    const Reply reply = post_json(torn("mended") + "/repair", "{}");
    return "/v1/repairs/" + member(reply.body, "receipt") + "/undo";
  }
  std::string asset() {
    const std::string page = get("/").body;
    const std::size_t begin = page.find("/assets/");
    return page.substr(begin, page.find('"', begin) - begin);
  }
  [[nodiscard]] std::string login_path() const { return login().substr(login().find("/login")); }

  // How to ask for each operation.
  std::map<std::string_view, std::function<Ask()>> asks() {
    const auto plain = [](std::string target) { return [target] { return Ask{target, "", {}}; }; };
    const auto of_session = [&](std::string_view rest) { return plain(session(kKey, rest)); };
    const auto json = [](std::string target, std::string body) {
      return Ask{std::move(target), std::move(body), {{"Content-Type", "application/json"}}};
    };
    const auto records = [](std::string target, Headers headers) {
      headers.emplace_back("Content-Type", "application/x-ndjson");
      return Ask{std::move(target), std::string(kRecords), std::move(headers)};
    };
    return {
        {"listSessions", plain("/v1/sessions")},
        {"getSession", of_session("")},
        {"patchSession", [=] { return json(session(kKey), R"({"metadata":{"a":1}})"); }},
        {"deleteSession",
         [this] {
           return Ask{fill("doomed"), "", {}};
         }},
        {"getRecords", of_session("/records?format=objects")},
        {"appendRecords", [=] { return records(session("added", "/records"), {}); }},
        {"saveRecords",
         [=] {
           return records(session("saved", "/records"), {{"If-None-Match", "*"}});
         }},
        {"getIndex", of_session("/index")},
        {"getOutline", of_session("/outline")},
        {"getBlocks", of_session("/blocks")},
        {"getBytes", of_session("/bytes")},
        {"followSession", of_session("/events")},
        {"getHistory", of_session("/history")},
        {"verifySession", of_session("/verify")},
        {"getHealth", of_session("/health")},
        {"getStats", of_session("/stats")},
        {"exportSession", of_session("/export")},
        {"forkSession", [=] { return json(session(kKey, "/fork"), R"({"key":"copy"})"); }},
        {"renameSession", [=, this] { return json(fill("old") + "/rename", R"({"key":"new"})"); }},
        {"rewindSession", [=, this] { return json(fill("long") + "/rewind", R"({"count":1})"); }},
        {"planRepair", of_session("/repair")},
        {"applyRepair", [=, this] { return json(torn("torn") + "/repair", "{}"); }},
        {"search", plain("/v1/search?q=hi")},
        {"listRepairs", plain("/v1/repairs")},
        {"undoRepair", [=, this] { return json(repaired(), "{}"); }},
        {"listTrash", plain("/v1/trash")},
        {"undelete", [=, this] { return json(in_trash("back") + "/undelete", "{}"); }},
        {"purge",
         [this] {
           return Ask{in_trash("gone"), "", {}};
         }},
        {"followStore", plain("/v1/events")},
        {"getAllStats", plain("/v1/stats")},
        {"getStore", plain("/v1/store")},
        {"makeLogin", [=] { return json("/v1/logins", "{}"); }},
        {"getLiveness", plain("/healthz")},
        {"getReadiness", plain("/readyz")},
        {"getMetrics", plain("/metrics")},
        {"getOpenapi", plain("/openapi.json")},
        {"logIn",
         [this] {
           return Ask{login_path(), "", {}};
         }},
        {"getPage", plain("/")},
        {"getAsset",
         [this] {
           return Ask{asset(), "", {}};
         }},
    };
  }
};

TEST_F(EveryRoute, AnswersOverASocket) {
  const auto known = asks();
  for (const server::Route& route : server::routes()) {
    ASSERT_TRUE(known.contains(route.operation)) << route.operation << " is not asked";
    const Ask one = known.at(route.operation)();
    Connection connection(address());
    connection.send(text_of(route.method, one.target, one.body, one.headers));
    const Reply reply = connection.read_head();
    const bool is_created = route.success == 200 && reply.status == 201;
    EXPECT_TRUE(reply.status == route.success || is_created)
        << route.operation << " " << reply.status;
  }
}

// What HEAD sends is the head alone: the next reply follows at once.
TEST_F(EveryRoute, OfGetAnswersHeadWithoutABody) {
  const auto known = asks();
  for (const server::Route& route : server::routes()) {
    if (route.method != "GET" || route.operation == "logIn") continue;
    const Ask one = known.at(route.operation)();
    Connection connection(address());
    connection.send(text_of("HEAD", one.target));
    EXPECT_EQ(connection.read_reply(/*of_head=*/true).status, 200) << route.operation;
    if (route.gives == "text/event-stream") continue;  // its connection ends
    connection.send(text_of("GET", "/healthz"));
    EXPECT_EQ(connection.read_reply().status, 200) << route.operation;
  }
}

TEST_F(EveryRoute, RefusesOtherMethodsWithThoseItTakes) {
  const auto known = asks();
  for (const server::Route& route : server::routes()) {
    if (route.method != "GET") continue;
    Reply reply = ask("OPTIONS", known.at(route.operation)().target);
    EXPECT_EQ(reply.status, 405) << route.operation;
    EXPECT_NE(reply.fields["allow"].find("GET, HEAD"), std::string::npos) << route.operation;
  }
}

}  // namespace
}  // namespace everturn::server_test
