// SPDX-License-Identifier: Apache-2.0
// Part 1: processes that are killed while they write.
//
// A writer appends a record, and once that is acknowledged, sends the record to the parent through
// a pipe, in one write that a kill cannot tear (PIPE_BUF). What the parent has read was
// acknowledged; it knows nothing else about the store until the end.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>
#include <random>
#include <utility>

#include "base/try.h"
#include "cli/demo.h"
#include "everturn/store.h"

namespace everturn::cli::demo {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kWriters = 4;
constexpr std::array<std::string_view, 2> kKeys = {"demo:morning", "demo:evening"};
constexpr std::uint64_t kKills = 20;
constexpr std::uint64_t kShortestLifeMs = 40;
constexpr std::uint64_t kLongestLifeMs = 160;
// On a slow disk the writers go on for a while behind the last kill, for a count worth telling.
constexpr std::uint64_t kEnoughRecords = 400;
constexpr std::chrono::seconds kLongEnough(15);

std::string_view key_of(std::size_t writer) { return kKeys[writer % kKeys.size()]; }

std::string record_text(std::size_t writer, std::uint64_t life, std::uint64_t number) {
  return R"({"role":"assistant","writer":)" + std::to_string(writer) + R"(,"life":)" +
         std::to_string(life) + R"(,"number":)" + std::to_string(number) + R"(,"content":")" +
         std::string(20 + number * 37 % 400, 'x') + R"("})";
}

// False: nobody reads any more.
bool send_line(int descriptor, std::string line) {
  line += '\n';
  while (true) {
    const ssize_t sent = write(descriptor, line.data(), line.size());
    if (sent == static_cast<ssize_t>(line.size())) return true;
    if (sent >= 0 || errno != EINTR) return false;
  }
}

// A writer's life. It never ends by itself while the parent lives: a process number is then never
// used again before the parent is done with it.
[[noreturn]] void write_until_killed(const std::string& url, std::size_t writer, std::uint64_t life,
                                     int descriptor) {
  WriteOptions durable;
  durable.durability.level = Level::power;
  Status status;
  const Result<std::unique_ptr<Store>> store = open_store(url);
  if (!store.ok()) status = store.status();
  for (std::uint64_t number = 0; status.ok(); ++number) {
    const std::string record = record_text(writer, life, number);
    const Result<Appended> reply = (*store)->append(key_of(writer), {record}, durable);
    if (!reply.ok()) {
      status = reply.status();
    } else if (!send_line(descriptor, record)) {
      _exit(0);
    }
  }
  send_line(descriptor, "!" + status.message());
  while (true) pause();
}

class Writers {
 public:
  explicit Writers(std::string url) : url_(std::move(url)) {}
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;
  ~Writers() {
    for (Process& process : processes_) end(process);
  }

  Status start(std::size_t writer);
  // Takes what the writers report, for up to that time; returns early on a stop signal.
  Status listen(milliseconds time, const StopSignals& signals);
  // SIGKILL; returns when the writer is gone and all that it reported was taken.
  Status kill_one(std::size_t writer);

  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  // The records that were acknowledged, by key.
  [[nodiscard]] const std::map<std::string_view, std::vector<std::string>>& records() const {
    return records_;
  }

 private:
  struct Process {
    int id = 0;
    int pipe = -1;
    std::uint64_t lives = 0;
    std::string unread;  // of a line that is not complete
  };
  static void end(Process& process);
  // Takes what is in the pipe; *ended: the writer is gone.
  Status take(std::size_t writer, bool* ended);
  Status take_lines(std::size_t writer);

  const std::string url_;
  std::array<Process, kWriters> processes_;
  std::map<std::string_view, std::vector<std::string>> records_;
  std::uint64_t acknowledged_ = 0;
};

Status Writers::start(std::size_t writer) {
  Process& process = processes_[writer];
  std::array<int, 2> ends = {};
  if (pipe(ends.data()) != 0) return {Code::unavailable, "no pipe to a writer", errno};
  const std::uint64_t life = process.lives++;
  const int id = fork();
  if (id == 0) {
    close(ends[0]);
    write_until_killed(url_, writer, life, ends[1]);
  }
  const int error = errno;
  close(ends[1]);  // so the pipe ends with the writer
  if (id < 0) {
    close(ends[0]);
    return {Code::unavailable, std::string("no writer process: ") + std::strerror(error), error};
  }
  process.id = id;
  process.pipe = ends[0];
  process.unread.clear();
  return {};
}

void Writers::end(Process& process) {
  if (process.pipe < 0) return;
  kill(process.id, SIGKILL);
  close(process.pipe);
  process.pipe = -1;
}

Status Writers::take(std::size_t writer, bool* ended) {
  Process& process = processes_[writer];
  std::array<char, 16 << 10> buffer = {};
  const ssize_t size = read(process.pipe, buffer.data(), buffer.size());
  if (size < 0 && errno == EINTR) return {};
  if (size < 0) return {Code::io, "cannot read what a writer reports", errno};
  *ended = size == 0;
  process.unread.append(buffer.data(), static_cast<std::size_t>(size));
  return take_lines(writer);
}

Status Writers::take_lines(std::size_t writer) {
  std::string& unread = processes_[writer].unread;
  std::size_t start = 0;
  for (std::size_t stop = 0; (stop = unread.find('\n', start)) != std::string::npos;) {
    std::string line = unread.substr(start, stop - start);
    if (line.starts_with('!')) return {Code::io, "a writer failed: " + line.substr(1)};
    records_[key_of(writer)].push_back(std::move(line));
    ++acknowledged_;
    start = stop + 1;
  }
  unread.erase(0, start);
  return {};
}

Status Writers::listen(milliseconds time, const StopSignals& signals) {
  const Clock::time_point deadline = Clock::now() + time;
  while (true) {
    CHECK_OK(check_not_stopped());
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return {};
    std::array<pollfd, kWriters + 1> ready = {};
    for (std::size_t i = 0; i < kWriters; ++i) ready[i] = {processes_[i].pipe, POLLIN, 0};
    ready[kWriters] = {signals.descriptor(), POLLIN, 0};
    poll(ready.data(), ready.size(), static_cast<int>(left.count()));
    for (std::size_t i = 0; i < kWriters; ++i) {
      bool ended = false;
      if (ready[i].revents != 0) CHECK_OK(take(i, &ended));
      if (ended) return {Code::io, "writer " + std::to_string(i) + " ended by itself"};
    }
  }
}

Status Writers::kill_one(std::size_t writer) {
  Process& process = processes_[writer];
  kill(process.id, SIGKILL);
  bool ended = false;
  while (!ended) CHECK_OK(take(writer, &ended));
  close(process.pipe);
  process.pipe = -1;
  return {};
}

// Compares one session with what was acknowledged in it.
Status compare(Store& store, std::string_view key, const std::vector<std::string>& acknowledged,
               KillReport& report) {
  std::map<std::string, std::uint64_t> loaded;
  const ReadReport read = TRY(store.read(key, {}, [&](const Record& record) {
    ++loaded[std::string(record.bytes)];
    return true;
  }));
  report.damage += read.damage_count + (read.in_flight_bytes > 0 ? 1 : 0);
  std::uint64_t found = 0;
  for (const std::string& record : acknowledged) found += loaded.contains(record) ? 1 : 0;
  for (const auto& [record, count] : loaded) report.doubled += count - 1;
  report.found += found;
  report.extra += loaded.size() - found;
  return {};
}

Status kill_at_random(const Stage& stage, Writers& writers, KillReport& report) {
  Progress progress(stage.output);
  std::mt19937_64 random(stage.seed);
  while (report.kills < kKills) {
    const std::uint64_t life = kShortestLifeMs + random() % (kLongestLifeMs - kShortestLifeMs + 1);
    CHECK_OK(writers.listen(milliseconds(life), stage.signals));
    const std::size_t victim = random() % kWriters;
    CHECK_OK(writers.kill_one(victim));
    CHECK_OK(writers.start(victim));
    ++report.kills;
    progress.show("killed " + std::to_string(report.kills) + " of " + std::to_string(kKills) +
                  ", " + std::to_string(writers.acknowledged()) + " records acknowledged");
  }
  return {};
}

}  // namespace

Result<KillReport> kill_writers(const Stage& stage) {
  // Ended writers stay zombies until we end: their numbers are not given to other processes, so a
  // kill never meets a stranger. Whoever started us may have wished otherwise.
  std::signal(SIGCHLD, SIG_DFL);
  const Clock::time_point start = Clock::now();
  const std::string url = "dir:" + stage.folder + "/killed";
  KillReport report;
  report.writers = kWriters;
  report.sessions = kKeys.size();
  Writers writers(url);
  for (std::size_t i = 0; i < kWriters; ++i) CHECK_OK(writers.start(i));
  CHECK_OK(kill_at_random(stage, writers, report));
  while (writers.acknowledged() < kEnoughRecords && Clock::now() - start < kLongEnough) {
    CHECK_OK(writers.listen(milliseconds(kLongestLifeMs), stage.signals));
  }
  for (std::size_t i = 0; i < kWriters; ++i) CHECK_OK(writers.kill_one(i));
  report.acknowledged = writers.acknowledged();
  const std::unique_ptr<Store> store = TRY(open_store(url));
  for (const auto& [key, records] : writers.records()) {
    CHECK_OK(compare(*store, key, records, report));
  }
  const auto elapsed = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
  report.elapsed_ms = static_cast<std::uint64_t>(elapsed.count());
  return report;
}

}  // namespace everturn::cli::demo
