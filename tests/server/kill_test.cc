// SPDX-License-Identifier: Apache-2.0
// The server is killed under load: what was answered with 201 is there.
#include <atomic>
#include <csignal>
#include <mutex>
#include <set>
#include <thread>

#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

class Kill : public ServerTest {
 protected:
  // Appends until the server is gone, and notes what was acknowledged.
  void write_until_killed(int writer) {
    Connection connection(address());
    for (int i = 0;; ++i) {
      const std::string name =
          std::to_string(writer) + "." + std::to_string(round_) + "." + std::to_string(i);
      const std::string target = session("s" + std::to_string(writer % 3), "/records");
      if (!connection.send(text_of("POST", target, "{\"name\":\"" + name + "\"}\n",
                                   {{"Content-Type", "application/x-ndjson"}}))) {
        return;
      }
      const Reply reply = connection.read_reply();
      if (reply.status != 201 || !reply.complete) return;
      const std::lock_guard guard(mutex_);
      acknowledged_.insert(name);
    }
  }
  std::size_t acknowledged() {
    const std::lock_guard guard(mutex_);
    return acknowledged_.size();
  }

  int round_ = 0;
  std::mutex mutex_;
  std::set<std::string> acknowledged_;
};

TEST_F(Kill, EveryAcknowledgedRecordIsThereAfterwards) {
  constexpr int kRounds = 5;
  constexpr std::size_t kEachRound = 150;
  for (round_ = 0; round_ < kRounds; ++round_) {
    start({"--log", "none"});
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 6; ++writer) {
      writers.emplace_back([this, writer] { write_until_killed(writer); });
    }
    const std::size_t enough = acknowledged() + kEachRound;
    while (acknowledged() < enough) std::this_thread::yield();
    stop(SIGKILL);
    for (std::thread& writer : writers) writer.join();
  }
  start();
  std::set<std::string> there;
  for (const std::string key : {"s0", "s1", "s2"}) {
    for (const std::string& line : split_lines(get(session(key, "/records")).body)) {
      EXPECT_TRUE(there.insert(member(line, "name")).second) << "twice: " << line;
    }
  }
  for (const std::string& name : acknowledged_) {
    EXPECT_TRUE(there.contains(name)) << name << " was acknowledged and is not there";
  }
}

}  // namespace
}  // namespace everturn::server_test
