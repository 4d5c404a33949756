// SPDX-License-Identifier: Apache-2.0
// `everturn serve` over a store in a folder of its own, as a process, and requests to it.
#ifndef EVERTURN_TESTS_SERVER_SERVED_STORE_H_
#define EVERTURN_TESTS_SERVER_SERVED_STORE_H_

#include <gtest/gtest.h>
#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/server/http_client.h"

namespace everturn::server_test {

using Headers = std::vector<std::pair<std::string, std::string>>;

class ServerTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Starts it on a free port, or, with a path, on that socket. `options` for the command line.
  void start(const std::vector<std::string>& options = {}, const std::string& unix_path = "");
  // Its exit code, as of a shell.
  int stop(int signal);
  [[nodiscard]] bool is_running() const { return process_ > 0; }
  [[nodiscard]] pid_t process() const { return process_; }

  // Over a connection of its own, with the admin token unless `headers` bring another.
  Reply ask(std::string_view method, std::string_view target, std::string_view body = "",
            const Headers& headers = {});
  Reply get(std::string_view target) { return ask("GET", target); }
  // With the content type of records.
  Reply post_records(std::string_view target, std::string_view body, const Headers& headers = {});
  Reply post_json(std::string_view target, std::string_view body);
  // The head of a request that asks with the admin token.
  std::string text_of(std::string_view method, std::string_view target, std::string_view body = "",
                      Headers headers = {});

  [[nodiscard]] const std::string& address() const { return address_; }  // for a Connection
  [[nodiscard]] std::string token(std::string_view scope) const;
  [[nodiscard]] const std::string& login() const { return login_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string store_path() const { return folder_ + "/store"; }
  [[nodiscard]] std::string log_text() const;
  // The file of the only session.
  [[nodiscard]] std::string session_file() const;

 private:
  std::string folder_;
  pid_t process_ = 0;
  std::string address_;
  std::string login_;
  std::string token_file_;
};

// "/v1/sessions/dGVs…" and what is to follow.
std::string session(std::string_view key, std::string_view rest = "");
// The raw text of a member at the top of an object, and of a string what it says; "" if there is
// none.
std::string member(std::string_view object, std::string_view name);
std::string whole_file(const std::string& path);
void write_file(const std::string& path, std::string_view bytes);
std::vector<std::string> split_lines(std::string_view text);

}  // namespace everturn::server_test

#endif  // EVERTURN_TESTS_SERVER_SERVED_STORE_H_
