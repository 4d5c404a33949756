// SPDX-License-Identifier: Apache-2.0
// A follower: reads a stream of server-sent events.
#ifndef EVERTURN_TESTS_SERVER_EVENT_STREAM_H_
#define EVERTURN_TESTS_SERVER_EVENT_STREAM_H_

#include <algorithm>
#include <string>
#include <utility>

#include "tests/server/http_client.h"

namespace everturn::server_test {

struct Event {
  std::string id;
  std::string type;  // "" at the end of the stream, and when nothing came in time
  std::string data;
};

class EventStream {
 public:
  // `request` asks for the events.
  EventStream(const std::string& address, const std::string& request) : connection_(address) {
    connection_.send(request);
    head_ = connection_.read_head();
  }
  [[nodiscard]] int status() const { return head_.status; }
  Connection& connection() { return connection_; }

  // The next one; comments are passed over.
  Event next() {
    while (true) {
      const std::size_t end = text_.find("\n\n");
      if (end == std::string::npos) {
        const auto chunk = connection_.read_chunk();
        if (!chunk) return {};
        text_ += *chunk;
        continue;
      }
      const std::string block = text_.substr(0, end);
      text_.erase(0, end + 2);
      if (block.starts_with(':')) continue;
      Event event = parse(block);
      last_id_ = event.id;
      return event;
    }
  }
  // The data of the next one, which is to be a record.
  std::string next_record() {
    const Event event = next();
    return event.type == "record" ? event.data : "(" + event.type + ")";
  }
  [[nodiscard]] const std::string& last_id() const { return last_id_; }

 private:
  static Event parse(const std::string& block) {
    Event event;
    std::size_t begin = 0;
    while (begin < block.size()) {
      const std::size_t end = std::min(block.find('\n', begin), block.size());
      const std::string line = block.substr(begin, end - begin);
      if (line.starts_with("id: ")) event.id = line.substr(4);
      if (line.starts_with("event: ")) event.type = line.substr(7);
      if (line.starts_with("data: ")) event.data = line.substr(6);
      begin = end + 1;
    }
    return event;
  }

  Connection connection_;
  Reply head_;
  std::string text_;
  std::string last_id_;
};

}  // namespace everturn::server_test

#endif  // EVERTURN_TESTS_SERVER_EVENT_STREAM_H_
