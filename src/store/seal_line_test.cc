// SPDX-License-Identifier: Apache-2.0
#include "store/seal_line.h"

#include <gtest/gtest.h>

namespace everturn {
namespace {

SealLine a_seal() {
  SealLine line;
  line.file = 0xFEDCBA9876543210;
  line.chain = 3;
  line.at_ns = 1'800'000'000'000'000'000;
  line.end = 4711;
  line.lines = 12;
  line.head = sha256("head");
  line.late = true;
  line.marks = {1, 0xFFFFFFFF, 0x80000000};
  return line;
}

SealLine a_beginning() {
  SealLine line;
  line.kind = SealLine::Kind::begin;
  line.file = 7;
  line.from = 99;
  line.salt.fill(0);
  line.salt[0] = 200;
  line.salt[15] = 1;
  line.why = "repair";
  line.anew = true;
  line.old_head = head_text(sha256("old"));
  return line;
}

TEST(SealLine, ASealComesBackAsItWas) {
  const SealLine line = a_seal();
  const auto again = parse_seal_line(compose_seal_line(line));
  ASSERT_TRUE(again);
  EXPECT_EQ(compose_seal_line(*again), compose_seal_line(line));
  EXPECT_EQ(again->end, 4711U);
  EXPECT_EQ(again->marks, line.marks);
  EXPECT_EQ(again->head, line.head);
}

TEST(SealLine, ABeginningComesBackAsItWas) {
  const SealLine line = a_beginning();
  const auto again = parse_seal_line(compose_seal_line(line));
  ASSERT_TRUE(again);
  EXPECT_EQ(compose_seal_line(*again), compose_seal_line(line));
  EXPECT_EQ(again->salt, line.salt);
  EXPECT_EQ(again->why, "repair");
  EXPECT_TRUE(again->anew);
}

TEST(SealLine, ALineThatIsNotWholeProvesNothing) {
  for (const std::string& text : {compose_seal_line(a_seal()), compose_seal_line(a_beginning())}) {
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
      EXPECT_FALSE(parse_seal_line(text.substr(0, size))) << size;
    }
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
      std::string other = text;
      other[at] = other[at] == '\0' ? 'x' : '\0';
      EXPECT_FALSE(parse_seal_line(other)) << at;
      other[at] = static_cast<char>(text[at] ^ 1);
      EXPECT_FALSE(parse_seal_line(other)) << at;
    }
  }
}

TEST(SealLine, AHeadComesBackAsItWas) {
  SealHead head{12, 3456, a_beginning().salt, sha256("h")};
  const auto again = parse_seal_head(compose_seal_head(head));
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(compose_seal_head(*again), compose_seal_head(head));
  EXPECT_EQ(again->end, 3456U);
}

TEST(SealLine, SomethingElseIsNoHead) {
  const std::string head = compose_seal_head({0, 5, a_beginning().salt, sha256("h")});
  for (const std::string& text :
       {std::string(), std::string("es1"), head + ".", head + "x", head.substr(1),
        head.substr(0, head.size() - 1), "es1.5.0" + head.substr(7)}) {
    EXPECT_EQ(parse_seal_head(text).status().code(), Code::invalid) << text;
  }
}

}  // namespace
}  // namespace everturn
