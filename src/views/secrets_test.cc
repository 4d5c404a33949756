// SPDX-License-Identifier: Apache-2.0
#include "views/secrets.h"

#include <gtest/gtest.h>

#include <string>

namespace everturn {
namespace {

// Made up, and put together here so that this file holds nothing that looks like a secret.
const std::string kLetters = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";

std::uint64_t count(SecretKind kind, const std::string& text) {
  SecretCounter counter;
  counter.look(text);
  return counter.places(kind);
}

std::string in_record(const std::string& text) {
  return R"({"role":"user","content":"it is )" + text + R"( , keep it"})";
}

TEST(Secrets, EachKindIsFoundInARecord) {
  const std::string l36 = kLetters.substr(0, 36);
  const std::pair<SecretKind, std::string> secrets[] = {
      {SecretKind::openai_key, "sk-proj-" + kLetters + "T3Blbk" + "FJ" + kLetters},
      {SecretKind::anthropic_key, "sk-" + std::string("ant-api03-") + kLetters},
      {SecretKind::aws_access_key, "AK" + std::string("IA") + "ABCDEFGH12345678"},
      {SecretKind::github_token, "gh" + std::string("p_") + l36},
      {SecretKind::github_token, "github" + std::string("_pat_") + kLetters},
      {SecretKind::gitlab_token, "glp" + std::string("at-") + kLetters},
      {SecretKind::slack_token, "xo" + std::string("xb-1234567890-") + kLetters},
      {SecretKind::google_api_key, "AI" + std::string("za") + kLetters.substr(0, 35)},
      {SecretKind::stripe_key, "sk_" + std::string("live_") + kLetters},
      {SecretKind::hugging_face_token, "h" + std::string("f_") + kLetters.substr(0, 34)},
      {SecretKind::npm_token, "np" + std::string("m_") + l36},
      {SecretKind::telegram_bot_token, "123456789:AA" + ("E" + kLetters.substr(0, 32))},
      {SecretKind::web_token, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0." + kLetters},
      {SecretKind::private_key,
       "-----BEGIN RSA PRIV" + std::string("ATE KEY-----") + "\\n" + kLetters},
      {SecretKind::url_password, "postgres://app:tr0ub4dor" + std::string("@db.internal/x")}};
  for (const auto& [kind, secret] : secrets) {
    EXPECT_EQ(count(kind, in_record(secret)), 1U) << secret_kind_title(kind);
    EXPECT_EQ(count(kind, in_record("\\n" + secret)), 1U) << secret_kind_title(kind);
  }
}

TEST(Secrets, PlaceholdersAndPartsOfWordsAreNone) {
  const std::string token = "gh" + std::string("p_") + kLetters.substr(0, 36);
  EXPECT_EQ(count(SecretKind::github_token, in_record("gh"
                                                      "p_" +
                                                      std::string(36, 'x'))),
            0U);
  EXPECT_EQ(count(SecretKind::github_token, in_record("abc" + token)), 0U);
  EXPECT_EQ(count(SecretKind::github_token, in_record(token.substr(0, 30))), 0U);
  EXPECT_EQ(count(SecretKind::aws_access_key, in_record("AK"
                                                        "IAIOSFODNN7EXAMPLE")),
            0U);
  for (const char* url : {"https://host/a:b@c", "https://user:$PASS@host", "http://a@b.c",
                          "postgres://user:password@host", "https://{u}:{p}@host"}) {
    EXPECT_EQ(count(SecretKind::url_password, in_record(url)), 0U) << url;
  }
}

TEST(Secrets, RepeatsAreOneSecretInSeveralPlaces) {
  const std::string token = "gh" + std::string("p_") + kLetters.substr(0, 36);
  SecretCounter counter;
  counter.look(in_record(token) + in_record(token));
  counter.look(in_record(token));
  EXPECT_EQ(counter.distinct(SecretKind::github_token), 1U);
  EXPECT_EQ(counter.places(SecretKind::github_token), 3U);
}

TEST(Secrets, ATextThatEndsAnywhereIsReadWithinItself) {
  const std::string text = in_record("sk-" + std::string("ant-api03-") + kLetters) +
                           "https://a:bcdefgh" + std::string("@x eyJhbGciOi.eyJz") +
                           "123456789:AAE";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string cut = text.substr(0, length);  // sanitizers see what is read behind it
    SecretCounter().look(cut);
  }
}

}  // namespace
}  // namespace everturn
