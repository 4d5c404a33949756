// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <gtest/gtest.h>

#include <string>

namespace everturn {
namespace {

// These values stand in files and lock slots of stores: they never change.
TEST(Digest, ValuesAreThoseOfTheStandards) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(hash128("")), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2U);
}

TEST(Digest, OneOtherByteGivesAnotherDigest) {
  const std::string text(1000, 'x');
  std::string other = text;
  other[500] = 'y';
  EXPECT_EQ(hash128(text), hash128(std::string(text)));
  EXPECT_FALSE(hash128(text) == hash128(other));
  EXPECT_NE(hash64(text), hash64(other));
  EXPECT_NE(sha256(text), sha256(other));
}

TEST(Digest, AChainIsTheDigestOfTheOneBeforeAndTheLine) {
  const Sha256 start = sha256("start");
  const auto next = [](const Sha256& head, std::string_view line) {
    std::string bytes(reinterpret_cast<const char*>(head.data()), head.size());
    return sha256(bytes.append(line));
  };
  LineChain chain(start);
  chain.add("one");
  chain.add("");
  EXPECT_EQ(chain.head(), next(next(start, "one"), ""));
  LineChain later(chain.head());
  later.add("three");
  chain.add("three");
  EXPECT_EQ(later.head(), chain.head());
}

TEST(Digest, HexHasTwoDigitsAByte) {
  EXPECT_EQ(hex(""), "");
  EXPECT_EQ(hex(std::string_view("\x00\x0f\xa0\xff", 4)), "000fa0ff");
  EXPECT_EQ(hex(Digest128{1, 0xABCDEF}), "00000000000000010000000000abcdef");
}

}  // namespace
}  // namespace everturn
