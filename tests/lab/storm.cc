// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/storm.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <thread>

namespace everturn::lab {
namespace {

constexpr std::uint64_t kLongestLifeMs = 60;

// The numbers of the lines that are whole records.
void add_numbers(std::string_view raw, std::set<std::uint64_t>& numbers) {
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find('\n'), raw.size());
    const std::string_view line = raw.substr(0, end);
    const std::int64_t number = record_number(line);
    if (number >= 0 && line == record_text(static_cast<std::uint64_t>(number), line.size())) {
      numbers.insert(static_cast<std::uint64_t>(number));
    }
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
}

std::set<std::uint64_t> numbers_in(Store& store, const std::string& folder, const Findings& found) {
  std::set<std::uint64_t> numbers;
  for (const auto& [key, session] : found.live) {
    for (const FoundRecord& record : session.records) add_numbers(record.bytes, numbers);
  }
  const Result<std::vector<TrashEntry>> trash = store.trash();
  if (!trash) return numbers;
  for (const TrashEntry& entry : *trash) {
    for (const char* const part : {".0", ".1"}) {
      add_numbers(read_whole_file(folder + "/.everturn/trash/" + entry.id + part), numbers);
    }
  }
  return numbers;
}

Finding look_behind(const Storm& storm, const std::string& folder) {
  Finding finding;
  finding.broken = storm.complaint();
  const std::unique_ptr<Store> store = open_for_storm(folder);
  Result<Findings> found = look_at(*store);
  if (!found) {
    finding.unreadable = 1;
    finding.broken = "read: " + found.status().message();
    return finding;
  }
  for (const auto& [key, session] : found->live) {
    const std::string untold = check_damage_is_told(session, true);
    finding.unaccounted_bytes += untold.empty() ? 0 : session.raw.size();
    const std::string broken = untold.empty() ? broken_in(*store, key) : untold;
    if (!broken.empty() && finding.holds()) finding.broken = key + ": " + broken;
    const Result<Appended> next = store->append(key, {R"({"later":true})"});
    if (!next && finding.holds()) finding.broken = key + ": " + next.status().message();
  }
  const std::set<std::uint64_t> there = numbers_in(*store, folder, *found);
  for (const std::uint64_t number : storm.acknowledged()) {
    if (there.contains(number)) continue;
    ++finding.lost;
    if (finding.holds()) finding.broken = "lost: record " + std::to_string(number);
  }
  return finding;
}

}  // namespace

Storm::Storm(const std::vector<StormWork>& works, std::uint64_t seed)
    : works_(works), random_(seed), children_(works.size()) {
  for (std::size_t i = 0; i < works_.size(); ++i) start(i);
}

void Storm::start(std::size_t index) {
  const std::uint64_t life = ++lives_;
  children_[index] =
      std::make_unique<Child>([&](int descriptor) { works_[index](life, descriptor); });
}

void Storm::run(std::chrono::seconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
    listen(static_cast<int>(1 + random_() % kLongestLifeMs));
    const std::size_t victim = random_() % children_.size();
    kill(victim);
    start(victim);
  }
  for (std::size_t i = 0; i < children_.size(); ++i) kill(i);
}

void Storm::kill(std::size_t index) {
  Child& child = *children_[index];
  child.kill();
  child.receive_all();
  take_lines(child);
  if (const int code = child.wait(); code != 128 + SIGKILL && complaint_.empty()) {
    complaint_ = "a process ended by itself with " + std::to_string(code);
  }
  ++kills_;
}

void Storm::listen(int time_ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(time_ms);
  while (std::chrono::steady_clock::now() < end) {
    std::vector<pollfd> ready;
    for (const auto& child : children_) ready.push_back({child->descriptor(), POLLIN, 0});
    poll(ready.data(), ready.size(), time_ms);
    for (std::size_t i = 0; i < ready.size(); ++i) {
      if ((ready[i].revents & POLLIN) == 0) continue;
      children_[i]->receive();
      take_lines(*children_[i]);
    }
  }
}

void Storm::take_lines(Child& child) {
  std::string& text = child.text();
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    if (line.starts_with('!')) {
      if (complaint_.empty()) complaint_ = line.substr(1);
    } else {
      acknowledged_.insert(std::strtoull(line.c_str(), nullptr, 10));
    }
  }
  text.erase(0, begin);
}

void say(int descriptor, const std::string& line) {
  const std::string text = line + "\n";
  if (::write(descriptor, text.data(), text.size()) < 0) ::_exit(98);
}
void say_number(int descriptor, std::uint64_t number) { say(descriptor, std::to_string(number)); }

std::unique_ptr<Store> open_for_storm(const std::string& folder) {
  StoreOptions options;
  options.lock_wait = std::chrono::seconds(60);  // a machine under load is no failure
  Result<std::unique_ptr<Store>> store = open_store("dir:" + folder, options);
  if (!store) throw std::runtime_error(store.status().message());
  return *std::move(store);
}

StormGroup::StormGroup(std::uint64_t life) {
  constexpr std::uint64_t kLivesAThread = 1'000'000;
  for (std::uint64_t& next : next_) {
    life += kLivesAThread;
    next = life * kRecordsALife;
  }
}

bool StormGroup::append(Writer& writer, const WriteOptions& how, int descriptor) {
  std::atomic<bool> all = true;
  std::vector<std::thread> threads;
  for (std::uint64_t& next : next_) {
    threads.emplace_back([&] {
      const std::string record = record_text(next, 60);
      const std::string_view view = record;
      if (writer.append({&view, 1}, how)) {
        say_number(descriptor, next);
      } else {
        all = false;
      }
      ++next;
    });
  }
  for (std::thread& thread : threads) thread.join();
  return all;
}

std::string broken_in(Store& store, std::string_view key) {
  std::map<std::uint64_t, std::uint64_t> last;  // number by life
  std::string broken;
  const Result<ReadReport> report = store.read(key, {}, [&](const Record& record) {
    if (record.bytes.starts_with(R"({"later")")) return true;
    const std::int64_t number = record_number(record.bytes);
    const auto index = static_cast<std::uint64_t>(number);
    if (number < 0 || record.bytes != record_text(index, record.bytes.size())) {
      broken = "nobody wrote " + std::string(record.bytes.substr(0, 60));
      return false;
    }
    const auto [before, is_first] = last.try_emplace(index / kRecordsALife, index);
    if (!is_first && before->second >= index) {
      broken =
          "record " + std::to_string(index) + " stands behind " + std::to_string(before->second);
    }
    before->second = index;
    return broken.empty();
  });
  const bool is_absent = !report && report.status().code() == Code::not_found;
  if (!report && !is_absent && report.status().code() != Code::conflict) {
    return "read: " + report.status().message();
  }
  return broken;
}

void judge_storm(const Storm& storm, const std::string& folder, const std::string& part,
                 Tally& tally) {
  tally.count(part, part, look_behind(storm, folder));
  tally.count(part, storm.kills() - 1, 0);
}

}  // namespace everturn::lab
