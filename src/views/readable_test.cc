// SPDX-License-Identifier: Apache-2.0
#include "views/readable.h"

#include <gmock/gmock.h>

namespace everturn {

bool operator==(const ReadablePart& left, const ReadablePart& right) {
  return left.kind == right.kind && left.name == right.name && left.text == right.text;
}

void PrintTo(const ReadablePart& part, std::ostream* out) {
  *out << static_cast<int>(part.kind) << " [" << part.name << "] " << part.text;
}

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ReadablePart said(std::string text) { return {PartKind::text, "", std::move(text)}; }
ReadablePart called(std::string tool, std::string arguments) {
  return {PartKind::tool_call, std::move(tool), std::move(arguments)};
}

TEST(Readable, AChatMessageHasRoleTimeAndText) {
  const Readable readable =
      make_readable(R"({"role":"user","content":"hi\nyou","timestamp":"2026-08-20T10:02:11"})");
  EXPECT_EQ(readable.role, "user");
  EXPECT_EQ(readable.time, "2026-08-20T10:02:11");
  EXPECT_THAT(readable.parts, ElementsAre(said("hi\nyou")));
}

TEST(Readable, BlocksComeInOrder) {
  const Readable readable = make_readable(
      R"({"role":"assistant","content":[{"type":"thinking","thinking":"hm"},"plain",)"
      R"({"type":"text","text":"a"},{"type":"tool_use","name":"ls","input":{"p": 1}}]})");
  EXPECT_THAT(readable.parts, ElementsAre(ReadablePart{PartKind::thinking, "", "hm"}, said("plain"),
                                          said("a"), called("ls", R"({"p":1})")));
}

TEST(Readable, ToolCallsFollowTheText) {
  const Readable readable = make_readable(
      R"({"role":"assistant","content":"Done.","tool_calls":[{"id":"c","type":"function",)"
      R"("function":{"name":"exec","arguments":"{\"cmd\":\"ls\"}"}}]})");
  EXPECT_THAT(readable.parts, ElementsAre(said("Done."), called("exec", R"({"cmd":"ls"})")));
}

TEST(Readable, ReasoningComesFirst) {
  const Readable readable =
      make_readable(R"({"role":"assistant","content":"42","reasoning_content":"6 times 7"})");
  EXPECT_THAT(readable.parts,
              ElementsAre(ReadablePart{PartKind::thinking, "", "6 times 7"}, said("42")));
}

TEST(Readable, AnImageIsNotSpelledOut) {
  const Readable readable = make_readable(
      R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]})");
  EXPECT_THAT(readable.parts, ElementsAre(ReadablePart{PartKind::other, "image_url", "49 bytes"}));
}

TEST(Readable, NoContentIsNoPart) {
  EXPECT_THAT(make_readable(R"({"role":"assistant","content":null})").parts, IsEmpty());
  EXPECT_THAT(make_readable(R"({"role":"assistant"})").parts, IsEmpty());
}

TEST(Readable, AnythingElseIsCompactJson) {
  const Readable readable = make_readable(R"({ "type" : "summary", "n": [1, 2] })");
  EXPECT_EQ(readable.role, "");
  EXPECT_THAT(readable.parts,
              ElementsAre(ReadablePart{PartKind::other, "", R"({"type":"summary","n":[1,2]})"}));
}

TEST(Readable, MetadataIsNamed) {
  EXPECT_EQ(make_readable(R"({"_type":"metadata","key":"a"})").role, "metadata");
}

TEST(Readable, TheAnsweringToolIsNamed) {
  EXPECT_EQ(make_readable(R"({"role":"tool","name":"exec","content":"x"})").name, "exec");
}

TEST(Readable, EscapesAreNeutralisedEverywhere) {
  const Readable readable = make_readable(
      R"({"role":"user\u001b[1m","name":"\u202e","timestamp":"\u0007","content":"\u001b]0;x",)"
      R"("tool_calls":[{"function":{"name":"a\nb","arguments":"\u009b1m"}}]})");
  EXPECT_EQ(readable.role, "user\\u{1B}[1m");
  EXPECT_EQ(readable.name, "\\u{202E}");
  EXPECT_EQ(readable.time, "\\u{07}");
  EXPECT_THAT(readable.parts, ElementsAre(said("\\u{1B}]0;x"), called("a\\u{0A}b", "\\u{9B}1m")));
}

TEST(Readable, RawControlsInFallbackJsonAreNeutralised) {
  const Readable readable = make_readable("{\"a\":\"\xC2\x9B\"}");
  EXPECT_EQ(readable.parts.at(0).text, "{\"a\":\"\\u{9B}\"}");
}

TEST(Readable, ContentOfAnotherShapeIsShownAsJson) {
  EXPECT_THAT(make_readable(R"({"role":"x","content":{"a":1}})").parts,
              ElementsAre(ReadablePart{PartKind::other, "", R"({"a":1})"}));
  EXPECT_THAT(make_readable(R"({"role":"x","content":7})").parts,
              ElementsAre(ReadablePart{PartKind::other, "", "7"}));
}

}  // namespace
}  // namespace everturn
