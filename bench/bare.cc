// SPDX-License-Identifier: Apache-2.0
#include "bench/bare.h"

#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bench/workplace.h"

namespace everturn::bench {
namespace {

constexpr std::size_t kWindow = 256 << 10;
constexpr std::size_t kZeroStep = 4 << 20;
constexpr mode_t kMode = 0600;

void check(bool ok, const char* call) {
  if (!ok) give_up(std::string(call) + ": " + std::strerror(errno));
}

int open_or_give_up(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, kMode);
  check(file >= 0, "open");
  return file;
}

void write_once(int file, std::string_view bytes) {
  check(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "write");
}

void write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    check(count > 0, "write");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void sync_data(int file) { check(::fdatasync(file) == 0, "fdatasync"); }

}  // namespace

BareFile::BareFile(const std::string& path)
    : file_(open_or_give_up(path, O_WRONLY | O_CREAT | O_APPEND)) {}
BareFile::~BareFile() { ::close(file_); }
void BareFile::write(std::string_view bytes) const { write_once(file_, bytes); }
void BareFile::write_durably(std::string_view bytes) const {
  write_once(file_, bytes);
  sync_data(file_);
}

void write_and_close(const std::string& path, std::string_view bytes, bool durably) {
  const int file = open_or_give_up(path, O_WRONLY | O_APPEND);
  write_once(file, bytes);
  if (durably) sync_data(file);
  check(::close(file) == 0, "close");
}

ZeroedFile::ZeroedFile(const std::string& path)
    : file_(open_or_give_up(path, O_WRONLY | O_CREAT)) {}
ZeroedFile::~ZeroedFile() { ::close(file_); }
void ZeroedFile::write_durably(std::string_view bytes) {
  if (used_ + bytes.size() > zeroed_) {
    const std::string zeros(kZeroStep, '\0');
    check(::pwrite(file_, zeros.data(), zeros.size(), static_cast<off_t>(zeroed_)) ==
              static_cast<ssize_t>(zeros.size()),
          "pwrite");
    check(::fsync(file_) == 0, "fsync");
    zeroed_ += zeros.size();
  }
  check(::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(used_)) ==
            static_cast<ssize_t>(bytes.size()),
        "pwrite");
  used_ += bytes.size();
  sync_data(file_);
}

void GroupFile::write_durably(std::string_view bytes) {
  std::unique_lock guard(mutex_);
  waiting_ += bytes;
  const std::uint64_t mine = group_;
  while (done_ < mine) {
    if (has_leader_) {
      changed_.wait(guard);
      continue;
    }
    has_leader_ = true;
    writing_.clear();
    writing_.swap(waiting_);
    const std::uint64_t leading = group_++;
    guard.unlock();
    file_.write_durably(writing_);
    guard.lock();
    has_leader_ = false;
    done_ = leading;
    changed_.notify_all();
  }
}

BareReplacement::BareReplacement(const std::string& folder) {
  check(::mkdir(folder.c_str(), 0700) == 0, "mkdir");
  folder_ = open_or_give_up(folder, O_RDONLY | O_DIRECTORY);
}
BareReplacement::~BareReplacement() { ::close(folder_); }
void BareReplacement::replace(std::string_view bytes) const {
  const int file = ::openat(folder_, "session.tmp", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
  check(file >= 0, "openat");
  write_all(file, bytes);
  sync_data(file);
  check(::close(file) == 0, "close");
  check(::renameat(folder_, "session.tmp", folder_, "session.jsonl") == 0, "renameat");
  check(::fsync(folder_) == 0, "fsync");
}

struct BareReader::Parser {
  simdjson::dom::parser parser;
};

BareReader::BareReader() : parser_(std::make_unique<Parser>()), bytes_(4 * kWindow) {}
BareReader::~BareReader() = default;

void BareReader::parse(const char* line, std::size_t size) {
  simdjson::dom::element root;
  const bool ok = parser_->parser.parse(line, size, false).get(root) == simdjson::SUCCESS;
  if (!ok) give_up("a line that is no JSON");
  seen_ += size;
}

std::uint64_t BareReader::read_all(const std::string& path) {
  const int file = open_or_give_up(path, O_RDONLY);
  seen_ = 0;
  std::size_t held = 0;
  while (true) {
    const ssize_t got = ::read(file, bytes_.data() + held, kWindow);
    check(got >= 0, "read");
    if (got == 0) break;
    held += static_cast<std::size_t>(got);
    const char* line = bytes_.data();
    const char* const end = line + held;
    while (const void* found = std::memchr(line, '\n', static_cast<std::size_t>(end - line))) {
      const char* const newline = static_cast<const char*>(found);
      parse(line, static_cast<std::size_t>(newline - line));
      line = newline + 1;
    }
    held = static_cast<std::size_t>(end - line);
    std::memmove(bytes_.data(), line, held);
  }
  ::close(file);
  return seen_;
}

std::uint64_t BareReader::read_last(const std::string& path, std::size_t count) {
  const int file = open_or_give_up(path, O_RDONLY);
  const auto size = static_cast<std::size_t>(::lseek(file, 0, SEEK_END));
  std::vector<const char*> ends;
  for (std::size_t want = std::min<std::size_t>(size, kWindow / 4);;
       want = std::min(size, want * 2)) {
    if (bytes_.size() < want + simdjson::SIMDJSON_PADDING) bytes_.resize(want * 2);
    check(::pread(file, bytes_.data(), want, static_cast<off_t>(size - want)) ==
              static_cast<ssize_t>(want),
          "pread");
    ends.assign(1, bytes_.data() + want);
    while (ends.size() <= count + 1) {
      const auto before = static_cast<std::size_t>(ends.back() - bytes_.data());
      const void* found = ::memrchr(bytes_.data(), '\n', before);
      if (found == nullptr) break;
      ends.push_back(static_cast<const char*>(found));
    }
    if (ends.size() > count + 1 || want == size) break;
  }
  ::close(file);
  seen_ = 0;
  for (std::size_t i = ends.size() - 1; i >= 2; --i) {
    parse(ends[i] + 1, static_cast<std::size_t>(ends[i - 1] - ends[i] - 1));
  }
  return seen_;
}

}  // namespace everturn::bench
