// SPDX-License-Identifier: Apache-2.0
// The same against nanobot itself, where a checkout of it is at hand: nothing of it lies here.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/nanobot/nanobot_folder.h"

namespace everturn::nanobot_test {
namespace {

// What real_nanobot.py prints, and its exit status behind it.
std::string run_script(const std::string& checkout, const std::string& folder,
                       const Setting& setting) {
  const std::string command = std::string("python3 -B '") + EVERTURN_SOURCE_DIR +
                              "/tests/nanobot/real_nanobot.py' '" + checkout + "' '" +
                              EVERTURN_BINARY_DIR + "/everturn' '" + folder + "'" +
                              (setting.adopted ? " --adopt" : "") +
                              (setting.unlinks_lock ? " --unlink-lock" : "") + " 2>&1";
  std::FILE* const output = ::popen(command.c_str(), "r");
  if (output == nullptr) return "cannot start a shell";
  std::string text;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), output)) {
    text.append(buffer.data(), size);
  }
  return text + "exit status " + std::to_string(::pclose(output));
}

class RealNanobot : public testing::TestWithParam<Setting> {};
INSTANTIATE_TEST_SUITE_P(Folders, RealNanobot,
                         testing::Values(Setting{false, false}, Setting{false, true},
                                         Setting{true, false}, Setting{true, true}),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(RealNanobot, TakesTurnsWithEverturn) {
  const char* const checkout = std::getenv("EVERTURN_NANOBOT_CHECKOUT");
  if (checkout == nullptr || *checkout == '\0') {
    GTEST_SKIP() << "set EVERTURN_NANOBOT_CHECKOUT to a checkout of nanobot to run this";
  }
  ASSERT_TRUE(std::filesystem::exists(std::string(EVERTURN_BINARY_DIR) + "/everturn"))
      << "build the target everturn first";
  const TemporaryFolder folder;
  const std::string text = run_script(checkout, folder.path(), GetParam());
  EXPECT_TRUE(text.ends_with("\nexit status 0")) << text;
}

}  // namespace
}  // namespace everturn::nanobot_test
