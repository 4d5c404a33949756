// SPDX-License-Identifier: Apache-2.0
// Processes that are killed at random and replaced, and what they said before.
#ifndef EVERTURN_TESTS_LAB_STORM_H_
#define EVERTURN_TESTS_LAB_STORM_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"
#include "tests/lab/campaign.h"
#include "tests/lab/child.h"
#include "tests/lab/folder_image.h"
#include "tests/lab/script.h"

namespace everturn::lab {

// Each life of a process has numbers of its own for its records.
constexpr std::uint64_t kRecordsALife = 1'000'000;

// Never returns.
using StormWork = std::function<void(std::uint64_t life, int descriptor)>;

class Storm {
 public:
  Storm(const std::vector<StormWork>& works, std::uint64_t seed);
  // Kills one after the other for this time, and in the end all of them.
  void run(std::chrono::seconds time);

  [[nodiscard]] std::uint64_t kills() const { return kills_; }
  [[nodiscard]] const std::set<std::uint64_t>& acknowledged() const { return acknowledged_; }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }  // the first

 private:
  void start(std::size_t index);
  void listen(int time_ms);
  void kill(std::size_t index);
  void take_lines(Child& child);

  const std::vector<StormWork> works_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Child>> children_;
  std::uint64_t lives_ = 0;
  std::uint64_t kills_ = 0;
  std::set<std::uint64_t> acknowledged_;
  std::string complaint_;
};

void say(int descriptor, const std::string& line);
void say_number(int descriptor, std::uint64_t number);
std::unique_ptr<Store> open_for_storm(const std::string& folder);

// Threads of one process that append through one writer at the same time, each with a life of its
// own as far as the order goes.
class StormGroup {
 public:
  explicit StormGroup(std::uint64_t life);
  // One record each; says what was acknowledged. False if something was not.
  bool append(Writer& writer, const WriteOptions& how, int descriptor);

 private:
  std::array<std::uint64_t, 3> next_ = {};
};

// What a reader may never see in a session: a record that nobody wrote, one twice, or those of one
// life out of order. "" if all is well; the session may be absent.
std::string broken_in(Store& store, std::string_view key);

// Everything acknowledged is in a session or in the trash; each session is well and goes on.
void judge_storm(const Storm& storm, const std::string& folder, const std::string& part,
                 Tally& tally);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_STORM_H_
