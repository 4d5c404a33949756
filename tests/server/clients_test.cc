// SPDX-License-Identifier: Apache-2.0
// Clients that somebody else wrote: curl, and fetch as Node has it.
#include <cstdio>
#include <cstdlib>

#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

bool has_program(const std::string& name) {
  return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

class Clients : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    start();
    setenv("URL", ("http://" + address()).c_str(), 1);
    setenv("TOKEN", token("admin").c_str(), 1);
  }
  // What the command prints.
  static std::string output_of(const std::string& command) {
    std::string output;
    FILE* pipe = popen(command.c_str(), "r");
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
      output.push_back(static_cast<char>(c));
    }
    EXPECT_EQ(pclose(pipe), 0) << command;
    return output;
  }
  std::string write_script(const std::string& text) {
    const std::string path = folder() + "/script.mjs";
    FILE* file = std::fopen(path.c_str(), "w");
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
    return path;
  }
};

TEST_F(Clients, CurlAppendsAndReads) {
  if (!has_program("curl")) GTEST_SKIP() << "needs curl";
  const std::string curl = "curl -sf -H \"Authorization: Bearer $TOKEN\" ";
  const std::string target = "\"$URL/v1/sessions/-/records?key=telegram:12345";
  const std::string reply =
      output_of(curl + "--data-binary '{\"role\":\"user\",\"content\":\"hi\"}' " + target + "\"");
  EXPECT_EQ(member(reply, "records"), "1");
  EXPECT_EQ(output_of(curl + target + "&last=50\""), "{\"role\":\"user\",\"content\":\"hi\"}\n");
  EXPECT_EQ(output_of(curl + "-o /dev/null -w '%{http_code}' -X PUT --data '{}' " + target +
                      "\" || true"),
            "428");
  const std::string events =
      output_of(curl + "-N --max-time 1 \"$URL/v1/sessions/-/events?key=telegram:12345\" || true");
  EXPECT_NE(events.find("event: record\ndata: {"), std::string::npos);
}

constexpr std::string_view kScript = R"(
const url = process.env.URL + "/v1/sessions/" +
  Buffer.from("telegram:12345").toString("base64url");
const headers = {authorization: "Bearer " + process.env.TOKEN};
const post = (body, more = {}) => fetch(url + "/records", {method: "POST", body,
  headers: {...headers, "content-type": "application/x-ndjson", ...more}});
const first = await post('{"n":1}\n{"n":2}\n');
const stale = await post('{"n":3}\n', {"if-match": '"0000000000000000.0.' + "0".repeat(32) + '"'});
const problem = await stale.json();
const events = await fetch(url + "/events", {headers});
const reader = events.body.getReader();
let text = "";
while (!text.includes("event: ready")) {
  text += new TextDecoder().decode((await reader.read()).value);
}
await post('{"n":4}\n');
while (!text.includes('{"n":4}')) text += new TextDecoder().decode((await reader.read()).value);
await reader.cancel();
const records = (await (await fetch(url + "/records", {headers})).text()).trim().split("\n");
console.log(JSON.stringify([first.status, first.headers.get("etag") !== null, stale.status,
  problem.code, records.map((line) => JSON.parse(line).n)]));
)";

TEST_F(Clients, NodeAppendsReadsAndFollows) {
  if (!has_program("node")) GTEST_SKIP() << "needs node";
  EXPECT_EQ(output_of("node " + write_script(std::string(kScript))),
            "[201,true,412,\"conflict\",[1,2,4]]\n");
}

}  // namespace
}  // namespace everturn::server_test
