// SPDX-License-Identifier: Apache-2.0
#include "tests/server/served_store.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/base64url.h"
#include "base/json.h"

namespace everturn::server_test {
namespace {

// Runs the server in this process, which is a child.
[[noreturn]] void become_server(const std::string& folder, int output,
                                std::vector<std::string> words) {
  const int log = open((folder + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(output, 1);
  dup2(log, 2);
  setenv("HOME", folder.c_str(), 1);
  setenv("EVERTURN_STORE", (folder + "/store").c_str(), 1);
  unsetenv("XDG_STATE_HOME");
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  _exit(127);
}

std::string read_first_line(int descriptor) {
  std::string line;
  for (char c = 0; read(descriptor, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

void ServerTest::SetUp() {
  std::string pattern = (std::filesystem::temp_directory_path() / "everturn_srv_XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
}

void ServerTest::TearDown() {
  if (is_running()) stop(SIGKILL);
  std::filesystem::remove_all(folder_);
}

void ServerTest::start(const std::vector<std::string>& options, const std::string& unix_path) {
  std::vector<std::string> words = {EVERTURN_BINARY_DIR "/everturn", "--json", "serve", "--listen"};
  words.push_back(unix_path.empty() ? "127.0.0.1:0" : "unix:" + unix_path);
  words.insert(words.end(), options.begin(), options.end());
  std::array<int, 2> output = {};
  ASSERT_EQ(pipe2(output.data(), O_CLOEXEC), 0);
  process_ = fork();
  if (process_ == 0) become_server(folder_, output[1], words);
  close(output[1]);
  const std::string line = read_first_line(output[0]);
  close(output[0]);
  const std::string url = member(line, "address");
  ASSERT_NE(url, "") << "the server did not start: " << log_text();
  address_ = unix_path.empty() ? url.substr(url.find("//") + 2) : unix_path;
  login_ = member(line, "login");
  token_file_ = member(line, "token_file");
}

int ServerTest::stop(int signal) {
  kill(process_, signal);
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string ServerTest::text_of(std::string_view method, std::string_view target,
                                std::string_view body, Headers headers) {
  const auto has = [&headers](std::string_view name) {
    for (const auto& header : headers) {
      if (header.first == name) return true;
    }
    return false;
  };
  if (!has("Host")) headers.emplace_back("Host", address_.starts_with('/') ? "x" : address_);
  if (!has("Authorization") && !token_file_.empty()) {
    headers.emplace_back("Authorization", "Bearer " + token("admin"));
  }
  return request_text(method, target, headers, body);
}

Reply ServerTest::ask(std::string_view method, std::string_view target, std::string_view body,
                      const Headers& headers) {
  Connection connection(address_);
  EXPECT_TRUE(connection.is_open());
  connection.send(text_of(method, target, body, headers));
  return connection.read_reply(method == "HEAD");
}

Reply ServerTest::post_records(std::string_view target, std::string_view body,
                               const Headers& headers) {
  Headers all = headers;
  all.emplace_back("Content-Type", "application/x-ndjson");
  return ask("POST", target, body, all);
}

Reply ServerTest::post_json(std::string_view target, std::string_view body) {
  return ask("POST", target, body, {{"Content-Type", "application/json"}});
}

std::string ServerTest::token(std::string_view scope) const {
  for (const std::string& line : split_lines(whole_file(token_file_))) {
    if (line.starts_with(std::string(scope) + " ")) return line.substr(scope.size() + 1);
  }
  return "";
}

std::string ServerTest::log_text() const { return whole_file(folder_ + "/log"); }

std::string ServerTest::session_file() const {
  for (const auto& entry : std::filesystem::directory_iterator(store_path())) {
    if (entry.path().extension() == ".jsonl") return entry.path().string();
  }
  return "";
}

std::string session(std::string_view key, std::string_view rest) {
  return "/v1/sessions/" + base64url_encode(key) + std::string(rest);
}

std::string member(std::string_view object, std::string_view name) {
  const auto raw = find_member(object, name);
  if (!raw) return "";
  return decode_json_string(*raw).value_or(std::string(*raw));
}

std::string whole_file(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

void write_file(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace everturn::server_test
