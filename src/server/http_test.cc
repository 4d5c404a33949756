// SPDX-License-Identifier: Apache-2.0
#include "server/http.h"

#include <gtest/gtest.h>

namespace everturn::server {
namespace {

TEST(Http, LineEndsInAHeaderBecomeBlanks) {
  Response response;
  response.set("Location", "/a\r\nSet-Cookie: x=1");
  const std::string head = head_text(response, {});
  EXPECT_NE(head.find("Location: /a  Set-Cookie: x=1\r\n"), std::string::npos);
  EXPECT_EQ(last_chunk({{"A", "b\nC: d"}}), "0\r\nA: b C: d\r\n\r\n");
}

TEST(Http, SettingAHeaderAgainReplacesIt) {
  Response response;
  response.set("Etag", "1").set("ETag", "2");
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.header("etag"), "2");
}

TEST(Http, LengthIsToldWhereThereIsABody) {
  Response response;
  response.body = "abc";
  EXPECT_NE(head_text(response, {}).find("Content-Length: 3\r\n"), std::string::npos);
  response.status = 304;
  EXPECT_EQ(head_text(response, {}).find("Content-Length"), std::string::npos);
  Framing chunked;
  chunked.chunked = true;
  response.status = 200;
  EXPECT_EQ(head_text(response, chunked).find("Content-Length"), std::string::npos);
  EXPECT_EQ(chunk_head(255), "ff\r\n");
}

TEST(Http, HeaderThatIsThereTwiceHasNoValue) {
  Request request;
  request.headers = {{"If-Match", "1"}, {"if-match", "2"}, {"A", "b"}};
  EXPECT_EQ(request.header("IF-MATCH"), std::nullopt);
  EXPECT_EQ(request.count("If-Match"), 2U);
  EXPECT_EQ(request.header("a"), "b");
}

}  // namespace
}  // namespace everturn::server
