// SPDX-License-Identifier: Apache-2.0
#include "base/base64url.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace everturn {
namespace {

TEST(Base64url, EncodesAsTheStandardSays) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode("foob"), "Zm9vYg");
  EXPECT_EQ(base64url_encode("telegram:12345"), "dGVsZWdyYW06MTIzNDU");
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe"), "-__-");
}

TEST(Base64url, EveryByteSequenceComesBack) {
  std::mt19937_64 random(3);
  for (std::size_t length = 0; length < 300; ++length) {
    std::string bytes;
    for (std::size_t index = 0; index < length; ++index) bytes += static_cast<char>(random());
    const std::string text = base64url_encode(bytes);
    EXPECT_EQ(text.size(), (length * 4 + 2) / 3);
    EXPECT_EQ(base64url_decode(text), bytes);
  }
}

TEST(Base64url, OnlyWhatEncodesBackIsDecoded) {
  for (const std::string_view text : {"A", "AAAAA", "Zg==", "Zm8=", "Zh", "Zm9", "Z+8v", "Zm/v",
                                      "Zm 9", "Zm9v\n", "Zm9.", "\xc3\xa9", "~AAA"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
  EXPECT_EQ(base64url_decode(std::string_view("AA\0A", 4)), std::nullopt);
}

TEST(Base64url, EveryTwoCharactersDecodeOrDifferFromTheirEncoding) {
  int decoded_count = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const std::optional<std::string> bytes = base64url_decode(text);
      if (!bytes) continue;
      ++decoded_count;
      ASSERT_EQ(base64url_encode(*bytes), text);
    }
  }
  EXPECT_EQ(decoded_count, 256);
}

}  // namespace
}  // namespace everturn
