// SPDX-License-Identifier: Apache-2.0
#include "server/http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace everturn::server {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
  return lowered;
}

bool equal_ignoring_case(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const Header& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    if (found) return std::nullopt;
    found = header.value;
  }
  return found;
}

std::size_t Request::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(),
      [name](const Header& header) { return equal_ignoring_case(header.name, name); }));
}

std::string header_value(std::string_view value) {
  std::string clean(value);
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7F) c = ' ';
  }
  return clean;
}

Response& Response::set(std::string_view name, std::string_view value) {
  for (Header& header : headers) {
    if (!equal_ignoring_case(header.name, name)) continue;
    header.value = header_value(value);
    return *this;
  }
  headers.push_back({std::string(name), header_value(value)});
  return *this;
}

std::optional<std::string_view> Response::header(std::string_view name) const {
  for (const Header& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::string_view reason_of(int status) {
  constexpr std::array<std::pair<int, std::string_view>, 29> kReasons = {
      {{200, "OK"},
       {201, "Created"},
       {204, "No Content"},
       {303, "See Other"},
       {304, "Not Modified"},
       {400, "Bad Request"},
       {401, "Unauthorized"},
       {403, "Forbidden"},
       {404, "Not Found"},
       {405, "Method Not Allowed"},
       {406, "Not Acceptable"},
       {408, "Request Timeout"},
       {409, "Conflict"},
       {411, "Length Required"},
       {412, "Precondition Failed"},
       {413, "Content Too Large"},
       {414, "URI Too Long"},
       {415, "Unsupported Media Type"},
       {417, "Expectation Failed"},
       {421, "Misdirected Request"},
       {422, "Unprocessable Content"},
       {428, "Precondition Required"},
       {429, "Too Many Requests"},
       {431, "Request Header Fields Too Large"},
       {500, "Internal Server Error"},
       {501, "Not Implemented"},
       {503, "Service Unavailable"},
       {505, "HTTP Version Not Supported"},
       {507, "Insufficient Storage"}}};
  for (const auto& [number, reason] : kReasons) {
    if (number == status) return reason;
  }
  return "Unknown";
}

std::string head_text(const Response& response, const Framing& framing) {
  std::string text = framing.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  text += std::to_string(response.status);
  text += ' ';
  text += reason_of(response.status);
  text += "\r\n";
  for (const Header& header : response.headers) {
    text += header.name;
    text += ": ";
    text += header.value;
    text += "\r\n";
  }
  if (!framing.request_id.empty()) {
    text += "X-Request-Id: ";
    text += framing.request_id;
    text += "\r\n";
  }
  if (!framing.keep_alive) text += "Connection: close\r\n";
  if (framing.keep_alive && framing.http_1_0) text += "Connection: keep-alive\r\n";
  if (framing.chunked) {
    text += "Transfer-Encoding: chunked\r\n";
  } else if (has_body(response.status) && response.stream == nullptr) {
    text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  }
  return text + "\r\n";
}

std::string chunk_head(std::size_t size) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  return std::string(digits.data(), end) + "\r\n";
}

std::string last_chunk(const Headers& trailers) {
  std::string text = "0\r\n";
  for (const Header& header : trailers) {
    text += header.name + ": " + header_value(header.value) + "\r\n";
  }
  return text + "\r\n";
}

}  // namespace everturn::server
