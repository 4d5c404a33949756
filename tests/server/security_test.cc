// SPDX-License-Identifier: Apache-2.0
// Who is let in, and what nobody gets through.
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

class Security : public ServerTest {
 protected:
  // Without any token, or with this one.
  Reply plain(std::string_view method, std::string_view target, const Headers& headers = {}) {
    Headers all = headers;
    all.emplace_back("Authorization", "");
    return ask(method, target, "", all);
  }
  Headers bearer(std::string_view scope) {
    return {{"Authorization", "Bearer " + token(scope)}, {"Content-Type", "application/x-ndjson"}};
  }
  static mode_t mode_of(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }
  // The cookie that the login gives.
  std::string log_in() {
    const Reply reply = plain("GET", login().substr(login().find("/login")));
    EXPECT_EQ(reply.status, 303);
    return reply.fields.contains("set-cookie") ? reply.fields.at("set-cookie") : "";
  }
};

TEST_F(Security, NobodyIsLetInWithoutAToken) {
  start();
  EXPECT_EQ(plain("GET", "/v1/sessions").status, 401);
  EXPECT_EQ(plain("GET", "/metrics").status, 401);
  EXPECT_EQ(ask("GET", "/v1/sessions", "", {{"Authorization", "Bearer wrong"}}).status, 401);
  EXPECT_EQ(plain("GET", "/healthz").status, 200);
  EXPECT_EQ(plain("GET", "/").status, 200);
}

TEST_F(Security, ScopesHold) {
  start();
  const std::string records = session("a", "/records");
  EXPECT_EQ(ask("POST", records, "{}\n", bearer("read")).status, 403);
  EXPECT_EQ(ask("POST", records, "{}\n", bearer("write")).status, 201);
  EXPECT_EQ(ask("GET", records, "", bearer("read")).status, 200);
  EXPECT_EQ(ask("POST", session("a", "/repair"), "", bearer("write")).status, 403);
  EXPECT_EQ(ask("DELETE", "/v1/trash/x", "", bearer("write")).status, 403);
}

TEST_F(Security, TokensAreForTheUserAloneAndStay) {
  start();
  const std::string first = token("admin");
  EXPECT_GE(first.size(), 32U);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder() + "/.local")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(mode_of(entry.path()), 0600U) << entry.path();
  }
  stop(SIGTERM);
  start();
  EXPECT_EQ(token("admin"), first);
}

TEST_F(Security, LoginWorksOnceAndGivesAStrictCookie) {
  start();
  const std::string cookie = log_in();
  EXPECT_NE(cookie.find("HttpOnly"), std::string::npos);
  EXPECT_NE(cookie.find("SameSite=Strict"), std::string::npos);
  EXPECT_EQ(plain("GET", login().substr(login().find("/login"))).status, 403);
  const std::string value = cookie.substr(0, cookie.find(';'));
  const auto with_cookie = [&](Headers headers) {
    headers.emplace_back("Cookie", "a=b; " + value);
    headers.emplace_back("Host", address());
    Connection connection(address());
    connection.send(request_text("GET", "/v1/sessions", headers));
    return connection.read_reply().status;
  };
  EXPECT_EQ(with_cookie({}), 200);
  EXPECT_EQ(with_cookie({{"Origin", "http://" + address()}}), 200);
  EXPECT_EQ(with_cookie({{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(with_cookie({{"Origin", "null"}}), 403);
}

TEST_F(Security, AnotherHostIsRefused) {
  start({"--host", "notes.example"});
  EXPECT_EQ(ask("GET", "/healthz", "", {{"Host", "evil.example"}}).status, 403);
  EXPECT_EQ(ask("GET", "/healthz", "", {{"Host", "notes.example"}}).status, 200);
  Connection connection(address());
  connection.send("GET /healthz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(connection.read_reply().status, 400);
  EXPECT_EQ(ask("GET", "/healthz", "", {{"Host", address()}, {"Host", address()}}).status, 400);
  EXPECT_EQ(ask("GET", "/healthz", "", {{"Host", "127.0.0.1:1"}}).status, 403);
}

TEST_F(Security, RequestsThatOtherSitesCauseAreRefused) {
  start();
  EXPECT_EQ(ask("DELETE", session("a"), "", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(ask("DELETE", session("a"), "", {{"Sec-Fetch-Site", "same-origin"}}).status, 404);
}

TEST_F(Security, SocketIsForTheUserAloneAndNeedsNoToken) {
  const std::string path = folder() + "/socket";
  start({}, path);
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(plain("GET", "/v1/sessions").status, 200);
  EXPECT_EQ(plain("DELETE", "/v1/trash/x").status, 404);
  stop(SIGTERM);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Security, SocketOfAKilledServerIsTakenOver) {
  const std::string path = folder() + "/socket";
  start({}, path);
  stop(SIGKILL);
  EXPECT_TRUE(std::filesystem::exists(path));
  start({}, path);
  EXPECT_EQ(plain("GET", "/healthz").status, 200);
}

TEST_F(Security, NoPathReachesTheFileSystem) {
  start();
  for (const std::string_view path :
       {"/assets/..%2f..%2f..%2fetc%2fpasswd", "/assets/%2e%2e", "/../etc/passwd",
        "/assets/../../etc/passwd", "//etc/passwd", "/assets/x%00y"}) {
    const int status = plain("GET", path).status;
    EXPECT_TRUE(status == 404 || status == 400) << path << " " << status;
  }
  EXPECT_EQ(post_json("/v1/trash/..%2f..%2fx/undelete", "").status / 100, 4);
  EXPECT_EQ(post_json("/v1/repairs/..%2f..%2fx/undo", "").status / 100, 4);
}

TEST_F(Security, LineEndsNeverReachAHeader) {
  start();
  const std::string key = "a\r\nX-Evil: 1";
  const Reply reply = get(session(key, "/export"));
  EXPECT_FALSE(reply.fields.contains("x-evil"));
  const Reply named = ask("GET", "/healthz", "", {{"X-Request-Id", "a b"}});
  EXPECT_NE(named.fields.at("x-request-id"), "a b");
  EXPECT_EQ(ask("GET", "/healthz", "", {{"X-Request-Id", "mine-1"}}).fields.at("x-request-id"),
            "mine-1");
}

TEST_F(Security, PageIsKeptToItself) {
  start();
  const Reply page = plain("GET", "/");
  EXPECT_NE(page.fields.at("content-security-policy").find("default-src 'self'"),
            std::string::npos);
  EXPECT_EQ(page.fields.at("x-content-type-options"), "nosniff");
}

TEST_F(Security, LogHasNoContent) {
  start();
  post_records(session("secret-key", "/records"), "{\"content\":\"secret-word\"}\n");
  get(session("secret-key", "/records"));
  stop(SIGTERM);
  const std::string log = log_text();
  EXPECT_NE(log.find("\"operation\":\"appendRecords\""), std::string::npos);
  EXPECT_EQ(log.find("secret-word"), std::string::npos);
  EXPECT_EQ(log.find("secret-key"), std::string::npos);
  EXPECT_EQ(log.find(token("admin")), std::string::npos);
}

TEST_F(Security, ReadOnlyStoreTakesNoWrites) {
  start();
  post_records(session("a", "/records"), "{}\n");
  stop(SIGTERM);
  start({"--read-only"});
  EXPECT_EQ(post_records(session("a", "/records"), "{}\n").status, 403);
  EXPECT_EQ(get(session("a", "/records")).body, "{}\n");
}

}  // namespace
}  // namespace everturn::server_test
