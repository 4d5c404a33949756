// SPDX-License-Identifier: Apache-2.0
// A client of HTTP that does what it is told, also what no decent one would do.
#ifndef EVERTURN_TESTS_SERVER_HTTP_CLIENT_H_
#define EVERTURN_TESTS_SERVER_HTTP_CLIENT_H_

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace everturn::server_test {

// Names in lower case.
using Fields = std::map<std::string, std::string>;

struct Reply {
  int status = 0;  // 0: the connection ended before there was one
  Fields fields;
  Fields trailers;
  std::string body;
  bool complete = false;  // the body is whole
};

// Where a server listens: "127.0.0.1:4711", or the path of a socket.
class Connection {
 public:
  explicit Connection(const std::string& address);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  // False once the other side is gone.
  bool send(std::string_view bytes);
  // The next reply; of HEAD it has no body.
  Reply read_reply(bool of_head = false);
  // The header of a reply whose body goes on, then its chunks, one at a time; nothing at the end,
  // or when none came in time.
  Reply read_head();
  std::optional<std::string> read_chunk();
  // Something has come that is not read yet.
  [[nodiscard]] bool has_come_within(std::chrono::milliseconds time) const;
  // True if the other side closes, and sends nothing, within this time.
  bool is_closed_within(std::chrono::milliseconds time);
  void set_receive_time(std::chrono::milliseconds time);
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  bool fill();
  std::optional<std::string> read_line();
  std::optional<std::string> read_bytes(std::size_t size);
  bool read_fields(Fields& fields);
  void read_body(Reply& reply);

  int descriptor_ = -1;
  std::string unread_;
};

std::string request_text(std::string_view method, std::string_view target,
                         const std::vector<std::pair<std::string, std::string>>& fields,
                         std::string_view body = "");

}  // namespace everturn::server_test

#endif  // EVERTURN_TESTS_SERVER_HTTP_CLIENT_H_
