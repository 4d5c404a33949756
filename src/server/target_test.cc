// SPDX-License-Identifier: Apache-2.0
#include "server/target.h"

#include <gtest/gtest.h>

namespace everturn::server {
namespace {

TEST(Target, PathIsTakenApartBeforeItIsDecoded) {
  const Result<Target> target = parse_target("/v1/a%2Fb/c?x=1&y=%C3%A4+b");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->path, (std::vector<std::string>{"v1", "a/b", "c"}));
  EXPECT_EQ(target->query.text("y"), "ä b");
}

TEST(Target, RootHasNoSegmentAndASlashAtTheEndHasAnEmptyOne) {
  EXPECT_TRUE(parse_target("/")->path.empty());
  EXPECT_EQ(parse_target("/a/")->path, (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(parse_target("//a")->path, (std::vector<std::string>{"", "a"}));
}

TEST(Target, WhatIsNoPathIsInvalid) {
  for (const char* bad : {"", "x", "*", "http://a/", "/%", "/%4", "/%zz", "/%00", "/%ff", "/?%f"}) {
    EXPECT_FALSE(parse_target(bad).ok()) << bad;
  }
}

TEST(Target, ParameterIsThereOnce) {
  EXPECT_FALSE(Query::parse("a=1&a=2").ok());
  EXPECT_TRUE(Query::parse("&&a=1&").ok());
}

TEST(Target, ParametersHaveKinds) {
  const Query query = *Query::parse("n=12&m=-1&f=true&e=&w=b");
  EXPECT_EQ(*query.number("n"), 12U);
  EXPECT_EQ(*query.number("none"), std::nullopt);
  EXPECT_FALSE(query.number("m").ok());
  EXPECT_FALSE(query.number("e").ok());
  EXPECT_TRUE(*query.flag("f"));
  EXPECT_TRUE(*query.flag("e"));
  EXPECT_FALSE(query.flag("n").ok());
  EXPECT_EQ(*query.choice("w", {"a", "b"}), 1U);
  EXPECT_FALSE(query.choice("w", {"a"}).ok());
}

}  // namespace
}  // namespace everturn::server
