// SPDX-License-Identifier: Apache-2.0
// Who holds an OFD lock, and who has a file open for writing. The kernel shows each process's
// descriptors, their flags and the locks on them under /proc, as far as we may look there; to the
// lock call itself it answers "process -1".
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <utility>

#include "fs/posix_internal.h"

namespace everturn::posix {
namespace {

constexpr int kEntryLimit = 20'000;
constexpr std::size_t kTextLimit = std::size_t{1} << 20U;
constexpr std::string_view kUnknown = "another process";

bool parse(std::string_view text, std::uint64_t& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

// Cuts the last word off a line.
std::string_view take_last_word(std::string_view& line) {
  const std::size_t end = line.find_last_not_of(" \t");
  line = line.substr(0, end == std::string_view::npos ? 0 : end + 1);
  const std::size_t space = line.find_last_of(" \t");
  const std::size_t start = space == std::string_view::npos ? 0 : space + 1;
  const std::string_view word = line.substr(start);
  line = line.substr(0, start);
  return word;
}

// True for a line like "lock:  1: OFDLCK ADVISORY  WRITE -1 fe:00:4711 5 9" that covers the slot.
// The kernel joins neighbouring locks of one holder.
bool covers(std::string_view line, std::uint64_t slot) {
  if (!line.starts_with("lock:") || line.find(" OFDLCK ") == std::string_view::npos) return false;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t first = 0;
  const std::string_view end = take_last_word(line);
  if (end != "EOF" && !parse(end, last)) return false;
  return parse(take_last_word(line), first) && first <= slot && slot <= last;
}

// What can be read of a file, up to a megabyte.
std::string read_text(int folder, const std::string& name) {
  const Descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char buffer[4096];
  while (file.is_open() && text.size() < kTextLimit) {
    const ssize_t count = ::read(file.number(), buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

bool any_line_covers(std::string_view text, std::uint64_t slot) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (covers(text.substr(0, end), slot)) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

// Others' descriptors may lead to a server that does not answer: what is known here must do.
bool stat_without_waiting(int folder, const char* name, struct statx& into) {
  const int flags = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  return ::statx(folder, name, flags, STATX_INO, &into) == 0;
}

// True if "flags:\t0100002" in what /proc tells of a descriptor says that it may write.
bool may_write(std::string_view text) {
  const std::size_t found = text.find("flags:");
  if (found == std::string_view::npos) return false;
  std::string_view line = text.substr(found, text.find('\n', found) - found);
  const std::string_view octal = take_last_word(line);
  const char mode = octal.empty() ? '0' : octal.back();  // the access mode is the last two bits
  return (mode - '0') % 4 != O_RDONLY;
}

// Looks for a descriptor of the file behind `own` of which /proc/.../fdinfo says what is wanted.
class DescriptorSearch {
 public:
  enum class Whose : bool { of_others, of_all };
  using Wanted = std::function<bool(std::string_view descriptor_text)>;
  DescriptorSearch(int own, Whose whose, Wanted wanted)
      : own_(own), whose_(whose), wanted_(std::move(wanted)) {}

  // The process, for a message; empty if there is none to be seen.
  std::string run() {
    const Descriptor processes(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!processes.is_open() || !stat_without_waiting(own_, "", file_)) return {};
    list_error(processes.number(), [&](const dirent& entry) {
      std::uint64_t process = 0;
      if (!parse(entry.d_name, process)) return ++entries_ < kEntryLimit;
      look_at_process(processes.number(), process);
      return found_.empty() && ++entries_ < kEntryLimit;
    });
    return found_;
  }

 private:
  void look_at_process(int processes, std::uint64_t process) {
    const bool is_us = process == static_cast<std::uint64_t>(::getpid());
    if (is_us && whose_ == Whose::of_others) return;
    const std::string name = std::to_string(process);
    const Descriptor folder(
        ::openat(processes, (name + "/fd").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.is_open()) return;
    list_error(folder.number(), [&](const dirent& entry) {
      const bool is_own = is_us && std::to_string(own_) == entry.d_name;
      if (!is_own && leads_to_file(folder.number(), entry.d_name) &&
          wanted_(read_text(processes, name + "/fdinfo/" + entry.d_name))) {
        found_ = describe(processes, name);
      }
      return found_.empty() && ++entries_ < kEntryLimit;
    });
  }

  // Compared by stat and not by the numbers in the lock line: on btrfs and overlayfs these differ.
  [[nodiscard]] bool leads_to_file(int folder, const char* name) const {
    struct statx file = {};
    return stat_without_waiting(folder, name, file) && file.stx_ino == file_.stx_ino &&
           file.stx_dev_major == file_.stx_dev_major && file.stx_dev_minor == file_.stx_dev_minor;
  }

  static std::string describe(int processes, const std::string& process) {
    std::string program = read_text(processes, process + "/comm");
    if (program.ends_with('\n')) program.pop_back();
    // A process names itself, and the kernel cuts the name anywhere: only plain ASCII is shown.
    for (char& letter : program) {
      if (letter < ' ' || letter > '~') letter = '?';
    }
    return "process " + process + (program.empty() ? "" : " (" + program + ")");
  }

  const int own_;
  const Whose whose_;
  const Wanted wanted_;
  struct statx file_ = {};
  int entries_ = 0;
  std::string found_;
};

}  // namespace

std::string find_lock_holder(int own, std::uint64_t slot) {
  std::string holder =
      DescriptorSearch(own, DescriptorSearch::Whose::of_all, [slot](std::string_view text) {
        return any_line_covers(text, slot);
      }).run();
  return holder.empty() ? std::string(kUnknown) : holder;
}

std::string find_other_writer(int own) {
  return DescriptorSearch(own, DescriptorSearch::Whose::of_others, may_write).run();
}

}  // namespace everturn::posix
