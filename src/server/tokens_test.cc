// SPDX-License-Identifier: Apache-2.0
#include "server/tokens.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace everturn::server {
namespace {

class TokenFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "everturn_tok_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text) const {
    std::ofstream(folder_ + "/t") << text;
    chmod((folder_ + "/t").c_str(), 0600);
  }
  std::string folder_;
};

TEST_F(TokenFile, GivesScopesAndNothingElse) {
  write("# mine\nread aaaaaaaaaaaaaaaaaaaa\nwrite bbbbbbbbbbbbbbbbbbbb\n");
  const auto tokens = Tokens::open(posix_fs(), folder_, "t");
  ASSERT_TRUE(tokens.ok()) << tokens.status().message();
  EXPECT_EQ((*tokens)->scope_of("aaaaaaaaaaaaaaaaaaaa"), Scope::read);
  EXPECT_EQ((*tokens)->scope_of("bbbbbbbbbbbbbbbbbbbb"), Scope::write);
  EXPECT_EQ((*tokens)->scope_of("bbbbbbbbbbbbbbbbbbb"), Scope::none);
  EXPECT_EQ((*tokens)->scope_of(""), Scope::none);
  EXPECT_EQ((*tokens)->scope_of((*tokens)->browser_token()), Scope::admin);
}

TEST_F(TokenFile, ThatOthersMayReadIsRefused) {
  write("read aaaaaaaaaaaaaaaaaaaa\n");
  chmod((folder_ + "/t").c_str(), 0640);
  EXPECT_FALSE(Tokens::open(posix_fs(), folder_, "t").ok());
}

TEST_F(TokenFile, WithShortOrOddLinesIsRefused) {
  for (const std::string bad : {"read short\n", "owner aaaaaaaaaaaaaaaaaaaa\n", "read\n"}) {
    write(bad);
    EXPECT_FALSE(Tokens::open(posix_fs(), folder_, "t").ok()) << bad;
  }
}

TEST_F(TokenFile, IsMadeOnce) {
  const auto first = Tokens::open(posix_fs(), folder_ + "/new", "t");
  const auto second = Tokens::open(posix_fs(), folder_ + "/new", "t");
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ((*first)->browser_token(), (*second)->browser_token());
  EXPECT_GE((*first)->browser_token().size(), 43U);
}

TEST_F(TokenFile, LoginIsGoodForOnce) {
  const auto tokens = Tokens::open(posix_fs(), folder_, "t");
  ASSERT_TRUE(tokens.ok());
  const std::string login = (*tokens)->issue_login();
  EXPECT_FALSE((*tokens)->redeem_login("other"));
  EXPECT_TRUE((*tokens)->redeem_login(login));
  EXPECT_FALSE((*tokens)->redeem_login(login));
  EXPECT_EQ((*tokens)->scope_of(login), Scope::none);
}

}  // namespace
}  // namespace everturn::server
