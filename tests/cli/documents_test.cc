// SPDX-License-Identifier: Apache-2.0
// What the README and the documents show works.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace everturn {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The indented lines of the README that call `everturn` on something that is there.
std::vector<std::string> readme_commands() {
  std::istringstream readme(read_text(EVERTURN_SOURCE_DIR "/README.md"));
  std::vector<std::string> commands;
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("    ") || line.find("everturn ") == std::string::npos) continue;
    if (line.find("my-agent |") != std::string::npos) continue;
    const std::size_t jq = line.find(" | jq");
    commands.push_back(line.substr(4, jq == std::string::npos ? jq : jq - 4));
  }
  return commands;
}

class Documents : public testing::Test {
 protected:
  Documents() {
    std::string pattern = (std::filesystem::temp_directory_path() / "everturn-doc-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Documents() override { std::filesystem::remove_all(folder_); }
  int shell(const std::string& command) const {
    const std::string all = "export PATH='" EVERTURN_BINARY_DIR "':\"$PATH\" EVERTURN_STORE='" +
                            (folder_ / "store").string() + "'; { " + command + "; } > '" +
                            (folder_ / "output").string() + "' 2>&1";
    return std::system(all.c_str());
  }
  [[nodiscard]] std::string output() const { return read_text(folder_ / "output"); }

  std::filesystem::path folder_;
};

TEST_F(Documents, CommandsOfTheReadmeWork) {
  const std::vector<std::string> commands = readme_commands();
  ASSERT_GE(commands.size(), 3U);
  std::string outputs;
  for (const std::string& command : commands) {
    EXPECT_EQ(shell(command), 0) << command << "\n" << output();
    outputs += output();
  }
  EXPECT_NE(outputs.find(R"({"role":"user","content":"hi"})"), std::string::npos) << outputs;
  EXPECT_NE(outputs.find("nothing to repair"), std::string::npos) << outputs;
}

std::string numbered(int number) {
  return "{\"role\":\"user\",\"n\":" + std::to_string(number) + "}";
}

// The strip of doc/transcript.svg, record by record.
TEST_F(Documents, PictureOfTheReadmeIsTrue) {
  std::string file;
  for (int n : {1, 2, 3}) file += numbered(n) + "\n";
  file += numbered(4) + numbered(5) + "\n";
  for (int n : {6, 7}) file += numbered(n) + "\n";
  file += std::string(40, '\0') + numbered(8) + "\n";
  file += "{\"role\":\"\xFF\",\"n\":9}\n" + numbered(10) + "\n" + numbered(11) + "\n";
  file += "{\"role\":\"us";
  std::filesystem::create_directories(folder_ / "store/.everturn");
  std::ofstream(folder_ / "store/.everturn/format") << "everturn 1\n";
  std::ofstream(folder_ / "store/YQ.jsonl") << file;  // of the key "a"
  const std::string records = "everturn load a --json 2> /dev/null | grep everturn.record/1 | ";
  EXPECT_EQ(shell(records + "grep -vc '\"salvaged\":true'"), 0);
  EXPECT_EQ(output(), "10\n");
  EXPECT_EQ(shell(records + "grep -c '\"salvaged\":true'"), 0);
  EXPECT_EQ(output(), "1\n");
  std::istringstream lines(file);
  int skips_bad_lines = 0;
  for (std::string line; std::getline(lines, line);) {
    skips_bad_lines += shell("printf '%s\\n' '" + line.substr(0, line.find('\0')) +
                             "' | everturn append each:line") == 0 &&
                       !line.starts_with('\0');
  }
  EXPECT_EQ(skips_bad_lines, 7);
}

TEST_F(Documents, FirstSessionOfTheTourRuns) {
  EXPECT_EQ(shell(EVERTURN_BINARY_DIR "/tests/first_session " + (folder_ / "s").string()), 0);
  EXPECT_EQ(output(),
            "{\"role\":\"assistant\",\"content\":\"hello\"}\n"
            "{\"role\":\"tool\",\"content\":\"step 1 of 9\"}\n"
            "damage: 0\n");
}

}  // namespace
}  // namespace everturn
