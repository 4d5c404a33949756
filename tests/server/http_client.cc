// SPDX-License-Identifier: Apache-2.0
#include "tests/server/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstring>

namespace everturn::server_test {
namespace {

int connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    return descriptor;
  }
  close(descriptor);
  return -1;
}

int connect_tcp(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::size_t colon = text.rfind(':');
  inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    return descriptor;
  }
  close(descriptor);
  return -1;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Connection::Connection(const std::string& address)
    : descriptor_(address.starts_with('/') ? connect_unix(address) : connect_tcp(address)) {
  if (is_open()) set_receive_time(std::chrono::seconds(30));
}

Connection::~Connection() {
  if (is_open()) close(descriptor_);
}

void Connection::set_receive_time(std::chrono::milliseconds time) {
  timeval limit{};
  limit.tv_sec = time.count() / 1000;
  limit.tv_usec = time.count() % 1000 * 1000;
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::fill() {
  char bytes[65536];
  const ssize_t size = recv(descriptor_, bytes, sizeof bytes, 0);
  if (size <= 0) return false;
  unread_.append(bytes, static_cast<std::size_t>(size));
  return true;
}

std::optional<std::string> Connection::read_line() {
  std::size_t end = unread_.find("\r\n");
  while (end == std::string::npos) {
    if (!fill()) return std::nullopt;
    end = unread_.find("\r\n");
  }
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 2);
  return line;
}

std::optional<std::string> Connection::read_bytes(std::size_t size) {
  while (unread_.size() < size) {
    if (!fill()) return std::nullopt;
  }
  std::string bytes = unread_.substr(0, size);
  unread_.erase(0, size);
  return bytes;
}

bool Connection::read_fields(Fields& fields) {
  while (true) {
    const std::optional<std::string> line = read_line();
    if (!line) return false;
    if (line->empty()) return true;
    const std::size_t colon = line->find(':');
    if (colon == std::string::npos) return false;
    fields[lower(line->substr(0, colon))] = line->substr(std::min(colon + 2, line->size()));
  }
}

Reply Connection::read_head() {
  Reply reply;
  const std::optional<std::string> line = read_line();
  if (!line || line->size() < 12) return reply;
  const int status = std::stoi(line->substr(9, 3));
  if (!read_fields(reply.fields)) return reply;
  if (status == 100) return read_head();
  reply.status = status;
  return reply;
}

std::optional<std::string> Connection::read_chunk() {
  const std::optional<std::string> line = read_line();
  if (!line) return std::nullopt;
  const std::size_t size = std::stoul(*line, nullptr, 16);
  if (size == 0) return std::nullopt;
  std::optional<std::string> chunk = read_bytes(size);
  if (!chunk || !read_bytes(2)) return std::nullopt;
  return chunk;
}

void Connection::read_body(Reply& reply) {
  if (reply.fields.contains("content-length")) {
    const auto body = read_bytes(std::stoul(reply.fields["content-length"]));
    reply.complete = body.has_value();
    reply.body = body.value_or(unread_);
    return;
  }
  if (!reply.fields.contains("transfer-encoding")) {
    reply.complete = reply.status == 204 || reply.status == 304;
    return;
  }
  while (true) {
    const std::optional<std::string> line = read_line();
    if (!line) return;
    const std::size_t size = std::stoul(*line, nullptr, 16);
    if (size == 0) break;
    const auto chunk = read_bytes(size);
    if (!chunk || !read_bytes(2)) return;
    reply.body += *chunk;
  }
  reply.complete = read_fields(reply.trailers);
}

Reply Connection::read_reply(bool of_head) {
  Reply reply = read_head();
  if (reply.status == 0) return reply;
  if (of_head) {
    reply.complete = true;
  } else {
    read_body(reply);
  }
  return reply;
}

bool Connection::has_come_within(std::chrono::milliseconds time) const {
  pollfd event = {descriptor_, POLLIN, 0};
  return poll(&event, 1, static_cast<int>(time.count())) > 0;
}

bool Connection::is_closed_within(std::chrono::milliseconds time) {
  if (!has_come_within(time)) return false;
  char byte = 0;
  return recv(descriptor_, &byte, 1, 0) <= 0;
}

std::string request_text(std::string_view method, std::string_view target,
                         const std::vector<std::pair<std::string, std::string>>& fields,
                         std::string_view body) {
  std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
  for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + std::string(body);
}

}  // namespace everturn::server_test
