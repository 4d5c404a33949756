// SPDX-License-Identifier: Apache-2.0
// Requests and responses as plain values, without sockets: what a route takes and gives.
#ifndef EVERTURN_SERVER_HTTP_H_
#define EVERTURN_SERVER_HTTP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"

namespace everturn::server {

struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

// ASCII letters in lower case; header names and hosts are compared so.
std::string lower_case(std::string_view text);
bool equal_ignoring_case(std::string_view one, std::string_view other);

// How a request came in.
enum class Transport : std::uint8_t { tcp, unix_socket };

struct Request {
  std::string method;  // "GET"
  std::string target;  // as it stands in the request line
  Headers headers;
  std::string body;
  std::string id;  // of this request, for logs and errors
  Transport transport = Transport::tcp;
  std::size_t thread = 0;  // which of those that serve connections took it

  // The value of the only header of that name; nullopt if there is none, or several.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
};

// A body that is made while it is sent. One thread at a time; calls may block on the disk.
class Body {
 public:
  virtual ~Body() = default;
  // Replaces `piece` by the next bytes; false: there are no more, and `piece` is untouched. A
  // failure ends the reply in a way that the client notices.
  virtual Result<bool> next(std::string& piece) = 0;
  // Once there are no more: what is told behind the body.
  [[nodiscard]] virtual Headers trailers() const { return {}; }
};

// Somebody that waits; called once, from any thread, and must not block.
using Wake = std::function<void()>;

// Text of text/event-stream; empty: there is nothing new. Null: it cannot be told without reading.
using EventText = std::shared_ptr<const std::string>;

// The events of one follower, as its connection asks for them. One thread at a time.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // Does not block.
  virtual EventText known() = 0;
  // May block. After a failure the stream ends, and the client comes back.
  virtual Result<EventText> next() = 0;
  // After an empty text: `wake` is called when there may be more. False: there may be now.
  virtual bool wait(Wake wake) = 0;
  // `wake` is not called any more, apart from a call that is on its way.
  virtual void forget() = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::unique_ptr<Body> stream;          // in place of `body`
  std::unique_ptr<EventSource> events;   // in place of both; never ends by itself
  std::shared_ptr<const Response> kept;  // to be sent in place of this one

  // Replaces a header of that name. Bytes that may not stand in one (line ends above all) become
  // spaces.
  Response& set(std::string_view name, std::string_view value);
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// "Not Found" for 404.
std::string_view reason_of(int status);

// `value` without bytes that end a header or are none of text.
std::string header_value(std::string_view value);

// What decides how a response is framed.
struct Framing {
  bool http_1_0 = false;
  bool head = false;  // of a HEAD request: no body, whatever the headers say
  bool keep_alive = true;
  std::string_view request_id = {};  // told as X-Request-Id, if there is one
  bool chunked = false;              // the length is not known
};
// Status line and headers, with Content-Length or Transfer-Encoding, up to the empty line.
std::string head_text(const Response& response, const Framing& framing);
// One chunk of a chunked body; of no bytes, nothing.
std::string chunk_head(std::size_t size);
// The last chunk and the trailers.
std::string last_chunk(const Headers& trailers);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_HTTP_H_
