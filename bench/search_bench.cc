// SPDX-License-Identifier: Apache-2.0
// Searching many sessions, beside ripgrep over the same files with as many threads.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/session_name.h"
#include "bench/workplace.h"
#include "everturn/search.h"

namespace everturn::bench {
namespace {

constexpr unsigned kThreads = 2;
constexpr std::string_view kSeldom = "quokkas";  // in every 200th session
constexpr std::string_view kSeldomCjk = "有袋類";
constexpr std::string_view kOften = "walruses";  // four times in each
constexpr std::size_t kSeldomEvery = 200;
constexpr std::size_t kOftenTimes = 4;
constexpr std::size_t kSessionBytes = 100'000;

using Words = std::vector<std::string>;

// False: there is no such program, or it failed.
bool run_program(const Words& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {1, 2}) {
    ::posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0);
  }
  pid_t process = 0;
  const int error =
      ::posix_spawnp(&process, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  return error == 0 && ::waitpid(process, &status, 0) == process && status == 0;
}

std::string message(std::string_view text) {
  return R"({"role": "user", "content": "And then )" + std::string(text) + R"( came by."})" + "\n";
}

// Sessions as a store has them, written without it: that is not what is measured.
std::string make_sessions(const Workplace& place, std::size_t count) {
  std::string folder = place.path("sessions");
  std::filesystem::create_directories(folder);
  std::size_t record = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::string bytes;
    std::size_t often = 0;
    while (bytes.size() < kSessionBytes) {
      bytes += place.corpus.line(record++);
      if (often < kOftenTimes && bytes.size() > often * kSessionBytes / kOftenTimes) {
        ++often;
        bytes += message(kOften);
      }
    }
    if (i % kSeldomEvery == 0) bytes += message(kSeldom) + message(kSeldomCjk);
    const std::string key = "bench:" + std::to_string(i);
    std::ofstream(folder + "/" + session_file_name(key, false), std::ios::binary) << bytes;
  }
  return folder;
}

struct Case {
  std::string name;
  std::string_view text;
  bool exact_case = true;
  std::optional<Goal> goal;
};

void measure(Workplace& place, Store& store, const std::string& folder, const Case& one) {
  SearchQuery query;
  query.text = one.text;
  query.exact_case = one.exact_case;
  SearchOptions options;
  options.threads = kThreads;
  Words rivals = {"rg", "-F", "--no-ignore", "-j" + std::to_string(kThreads)};
  if (!one.exact_case) rivals.emplace_back("-i");
  rivals.insert(rivals.end(), {std::string(one.text), folder});
  std::uint64_t hits = 0;
  const std::vector<Lane> lanes = {
      {"rg",
       [&] {
         if (!run_program(rivals)) give_up("rg found nothing");
       },
       {}},
      {"search",
       [&] {
         hits = expect(search(store, query, options, [](const SearchHit&) { return true; })).hits;
         if (hits == 0) give_up("nothing was found");
       },
       {}}};
  const std::vector<Series> of = alternate(lanes, place.settings.rounds_or(11), 1);
  place.report.add("search, " + one.name + ", " + std::to_string(hits) + " hits / rg -F", of[1],
                   of[0], one.goal);
}

}  // namespace

void bench_search(Workplace& place) {
  if (!run_program({"rg", "--version"})) {
    place.report.note("search", "no rg here: there is nothing to measure it beside");
    return;
  }
  const std::size_t sessions = place.settings.scaled(10'000, 60);
  const std::string folder = make_sessions(place, sessions);
  const std::unique_ptr<Store> store = expect(open_store("dir:" + folder));
  char text[128];
  std::snprintf(text, sizeof text, "%zu sessions of %zu KB, %u threads", sessions,
                kSessionBytes / 1000, kThreads);
  place.report.note("search", text);
  for (const Case& one :
       {Case{"a word", kSeldom, true, at_most(1.3)}, Case{"any case", kSeldom, false, at_most(1.3)},
        Case{"Chinese", kSeldomCjk, true, at_most(1.3)},
        Case{"a hit in each fourth of a session", kOften, true, {}}}) {
    measure(place, *store, folder, one);
  }
}

}  // namespace everturn::bench
