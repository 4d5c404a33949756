// SPDX-License-Identifier: Apache-2.0
#include "tests/process/process_help.h"

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "base/json.h"

namespace everturn::process_test {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  path_ = (fs::temp_directory_path() / "everturn-process-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no folder " << path_;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TemporaryFolder::session_file() const {
  Texts found;
  for (const auto& entry : fs::directory_iterator(path_ + "/store")) {
    if (entry.path().extension() == ".jsonl") found.push_back(entry.path().string());
  }
  EXPECT_EQ(found.size(), 1U);
  return found.size() == 1 ? found.front() : "";
}

void Report::line(std::string text) const {
  text += '\n';
  const ssize_t written = write(descriptor_, text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) _exit(99);
}

Child::Child(const Work& work) {
  int ends[2] = {-1, -1};
  if (pipe(ends) != 0) throw std::bad_alloc();
  id_ = fork();
  if (id_ == 0) {
    ::signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    _exit(work(Report(ends[1])));
  }
  close(ends[1]);
  descriptor_ = ends[0];
  EXPECT_GT(id_, 0) << "cannot fork";
}

Child::~Child() {
  if (!exit_code_ && id_ > 0) {
    kill(id_, SIGKILL);
    static_cast<void>(wait());
  }
  close(descriptor_);
}

void Child::signal(int number) const { EXPECT_EQ(kill(id_, number), 0); }

void Child::stop() const {
  signal(SIGSTOP);
  int status = 0;
  EXPECT_EQ(waitpid(id_, &status, WUNTRACED), id_);
  EXPECT_TRUE(WIFSTOPPED(status)) << "it has ended";
}

int Child::wait() {
  if (exit_code_) return *exit_code_;
  int status = 0;
  EXPECT_EQ(waitpid(id_, &status, 0), id_);
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return *exit_code_;
}

std::optional<std::string> Child::next_line() {
  std::size_t end = 0;
  while ((end = unread_.find('\n')) == std::string::npos) {
    char buffer[4096];
    const ssize_t size = read(descriptor_, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return std::nullopt;
    unread_.append(buffer, static_cast<std::size_t>(size));
  }
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  return line;
}

Texts Child::rest_of_lines() {
  Texts lines;
  for (bool ended = false; !ended;) {
    for (std::string& line : take_lines(&ended)) lines.push_back(std::move(line));
  }
  return lines;
}

Texts Child::take_lines(bool* ended) {
  char buffer[64 << 10];
  const ssize_t size = read(descriptor_, buffer, sizeof buffer);
  *ended = size == 0 || (size < 0 && errno != EINTR);
  if (size > 0) unread_.append(buffer, static_cast<std::size_t>(size));
  Texts lines;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = unread_.find('\n', start)) != std::string::npos;) {
    lines.push_back(unread_.substr(start, end - start));
    start = end + 1;
  }
  unread_.erase(0, start);
  return lines;
}

Gate::Gate() {
  if (pipe(descriptors_) != 0) throw std::bad_alloc();
}

Gate::~Gate() {
  for (const int descriptor : descriptors_) close(descriptor);
}

void Gate::pass() const {
  close(descriptors_[1]);
  char byte = 0;
  while (read(descriptors_[0], &byte, 1) < 0 && errno == EINTR) {
  }
}

void Gate::open() { close(std::exchange(descriptors_[1], -1)); }

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string numbered(std::uint64_t writer, std::uint64_t number) {
  return R"({"role":"user","writer":)" + std::to_string(writer) + R"(,"number":)" +
         std::to_string(number) + R"(,"content":")" + std::string(20 + number * 37 % 300, 'x') +
         R"("})";
}

Number number_of(std::string_view record) {
  const auto integer = [&](std::string_view name) -> std::int64_t {
    const auto raw = find_member(record, name);
    return raw ? decode_json_integer(*raw).value_or(-1) : -1;
  };
  const Number found = {integer("writer"), integer("number")};
  if (found.writer < 0 || found.number < 0) return {};
  const std::string same =
      numbered(static_cast<std::uint64_t>(found.writer), static_cast<std::uint64_t>(found.number));
  return record == same ? found : Number();
}

WriteOptions at_level(Level level, std::chrono::milliseconds interval) {
  WriteOptions how;
  how.durability.level = level;
  how.durability.interval = interval;
  return how;
}

std::unique_ptr<Store> open(const TemporaryFolder& folder, const StoreOptions& options) {
  Result<std::unique_ptr<Store>> store = open_store(folder.url(), options);
  EXPECT_TRUE(store.ok()) << store.status().message();
  return store.ok() ? std::move(*store) : nullptr;
}

Result<Appended> append(Store& store, std::string_view record, const WriteOptions& how) {
  return store.append(kKey, {record}, how);
}

Texts records(Store& store) {
  Texts texts;
  const Result<ReadReport> report = store.read(kKey, {}, [&](const Record& record) {
    texts.emplace_back(record.bytes);
    return true;
  });
  EXPECT_TRUE(report.ok()) << report.status().message();
  if (!report.ok()) return texts;
  EXPECT_EQ(report->damage_count, 0U) << report->damage.front().detail;
  return texts;
}

Texts records(const TemporaryFolder& folder) { return records(*open(folder)); }

void expect_complete(const Texts& records, std::uint64_t writers, std::uint64_t count) {
  std::map<std::int64_t, std::int64_t> next;
  for (const std::string& record : records) {
    const Number found = number_of(record);
    ASSERT_GE(found.writer, 0) << "nobody wrote " << record;
    ASSERT_EQ(found.number, next[found.writer]++) << "of writer " << found.writer;
  }
  EXPECT_EQ(next.size(), writers);
  for (const auto& [writer, numbers] : next) {
    EXPECT_EQ(numbers, static_cast<std::int64_t>(count)) << "writer " << writer;
  }
}

std::optional<bool> has_unsynced_blocks(const std::string& path) {
  constexpr std::uint32_t kExtents = 256;
  std::vector<std::uint64_t> space(
      (sizeof(fiemap) + kExtents * sizeof(fiemap_extent)) / sizeof(std::uint64_t) + 1);
  auto* map = reinterpret_cast<fiemap*>(space.data());
  map->fm_length = FIEMAP_MAX_OFFSET;
  map->fm_extent_count = kExtents;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool known = file >= 0 && ioctl(file, FS_IOC_FIEMAP, map) == 0;
  close(file);
  if (!known) return std::nullopt;
  for (std::uint32_t i = 0; i < map->fm_mapped_extents; ++i) {
    if ((map->fm_extents[i].fe_flags & FIEMAP_EXTENT_DELALLOC) != 0) return true;
  }
  return false;
}

}  // namespace everturn::process_test
