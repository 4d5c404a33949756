// SPDX-License-Identifier: Apache-2.0
#include "store/metadata_record.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"

namespace everturn {
namespace {

Metadata sample() {
  Metadata metadata;
  metadata.key = "tele\"gram:\xC3\xA9";
  metadata.created_at = "2026-01-02T03:04:05";
  metadata.updated_at = "2026-01-02T03:04:06";
  metadata.values = R"({"title":"x"})";
  metadata.last_consolidated = 7;
  return metadata;
}

TEST(MetadataRecord, ComesBackAsItWasComposed) {
  const Metadata parsed = parse_metadata(compose_metadata(sample()));
  EXPECT_EQ(parsed.key, sample().key);
  EXPECT_EQ(parsed.created_at, sample().created_at);
  EXPECT_EQ(parsed.updated_at, sample().updated_at);
  EXPECT_EQ(parsed.values, sample().values);
  EXPECT_EQ(parsed.last_consolidated, 7);
}

TEST(MetadataRecord, IsOneJsonObject) {
  JsonFault fault;
  EXPECT_TRUE(is_json_object_by_grammar(compose_metadata(sample()), &fault));
  EXPECT_TRUE(is_json_object_by_grammar(
      rewrite_metadata(R"({"x":[1]})", sample(), OperationMark{"a\"b", 3}), &fault));
}

TEST(MetadataRecord, UnknownMembersStayByteForByte) {
  const std::string line =
      R"({"_type":"metadata","key":"k","extra" : 1.50,"n\u0061me":{"a": [ ]}})";
  const std::string rewritten = rewrite_metadata(line, sample(), std::nullopt);
  EXPECT_EQ(find_member(rewritten, "extra"), "1.50");
  EXPECT_EQ(find_member(rewritten, "name"), R"({"a": [ ]})");
  EXPECT_EQ(parse_metadata(rewritten).key, sample().key);
}

TEST(MetadataRecord, OperationIsOfItsOwnRecordOnly) {
  const std::string marked = rewrite_metadata({}, sample(), OperationMark{"id", 3});
  ASSERT_TRUE(operation_of(marked).has_value());
  EXPECT_EQ(operation_of(marked)->id, "id");
  EXPECT_EQ(operation_of(marked)->records, 3U);
  EXPECT_FALSE(operation_of(rewrite_metadata(marked, sample(), std::nullopt)).has_value());
}

TEST(MetadataRecord, RecordOfACallerIsNotTakenForOurs) {
  const std::string theirs = R"({"_type":"metadata","key":"k"})";
  EXPECT_TRUE(is_own_metadata(theirs, "k", true));
  EXPECT_FALSE(is_own_metadata(theirs, "k", false));
  EXPECT_FALSE(is_own_metadata(compose_metadata(sample()), "another key", false));
  EXPECT_TRUE(is_own_metadata(compose_metadata(sample()), sample().key, false));
  EXPECT_FALSE(is_metadata_line(R"({"role":"user","_type":"metadata"})"));
}

TEST(MetadataRecord, MembersOfTheWrongKindCountAsMissing) {
  const Metadata parsed = parse_metadata(
      R"({"_type":"metadata","key":7,"created_at":null,"metadata":[],"last_consolidated":"x"})");
  EXPECT_EQ(parsed.key, "");
  EXPECT_EQ(parsed.created_at, "");
  EXPECT_EQ(parsed.values, "{}");
  EXPECT_EQ(parsed.last_consolidated, 0);
}

TEST(MetadataRecord, ChangeMergesAndNullRemoves) {
  Metadata metadata = sample();
  MetadataChange change;
  change.merge = R"({"title":null,"tags":["a"]})";
  apply_change(metadata, change, "later");
  EXPECT_EQ(metadata.values, R"({"tags":["a"]})");
  EXPECT_EQ(metadata.updated_at, "later");
  EXPECT_EQ(metadata.last_consolidated, 7);
}

}  // namespace
}  // namespace everturn
