// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/block_disk.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "tests/lab/block_log.h"

namespace everturn::lab {
namespace {

constexpr std::uint64_t kRoot = 1;
constexpr std::uint64_t kDisk = 2;
// A request of the loop device must come in one piece: of one that FUSE divides, and whose second
// piece fails, the loop device says that all of it was written (Linux 6.18), and a disk that fails
// would be one that lies.
constexpr std::size_t kLargestWrite = 1 << 20;

enum Ask : std::uint64_t {
  make_blank,
  start_log,
  stop_log,
  log_size,
  is_flush,
  show,
  fail_writes,
  fail_flushes,
  failures,
  lie
};
using Question = std::array<std::uint64_t, 4>;

// Counts calls, and says which of them fail.
struct Failing {
  std::uint64_t next = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  void set(std::uint64_t after, std::uint64_t count) { *this = {0, after, after + count}; }
  bool fails() {
    const std::uint64_t now = next++;
    return now >= begin && now < end;
  }
};

// Speaks FUSE (linux/fuse.h) for one file, one request after the other, so that the order of the
// log is the order of the device.
class Server {
 public:
  Server(int device, int asker, std::uint64_t size) : device_(device), asker_(asker), log_(size) {}

  void run() {
    std::array<pollfd, 2> ready = {{{device_, POLLIN, 0}, {asker_, POLLIN, 0}}};
    while (poll(ready.data(), ready.size(), -1) > 0 || errno == EINTR) {
      if (ready[1].revents != 0 && !answer()) return;
      if (ready[0].revents != 0 && !serve()) return;
    }
  }

 private:
  bool answer() {
    Question question = {};
    if (recv(asker_, question.data(), sizeof question, MSG_WAITALL) != sizeof question)
      return false;
    const std::uint64_t reply = obey(question);
    return send(asker_, &reply, sizeof reply, MSG_NOSIGNAL) == sizeof reply;
  }
  std::uint64_t obey(const Question& question) {
    const auto [what, a, b, c] = question;
    switch (what) {
      case Ask::make_blank:
        log_.make_blank();
        return 0;
      case Ask::start_log:
        log_.start_log();
        return 0;
      case Ask::stop_log:
        log_.stop_log();
        return 0;
      case Ask::log_size:
        return log_.entries();
      case Ask::is_flush:
        return log_.is_flush(a) ? 1 : 0;
      case Ask::show:
        log_.show(a, static_cast<Kept>(b), c);
        return 0;
      case Ask::fail_writes:
        failed_ = 0;
        writes_.set(a, b);
        return 0;
      case Ask::fail_flushes:
        failed_ = 0;
        flushes_.set(a, b);
        return 0;
      case Ask::failures:
        return failed_;
      default:
        lies_ = a != 0;
        return 0;
    }
  }

  bool serve() {
    const ssize_t size = ::read(device_, request_.data(), request_.size());
    if (size < 0) return errno == EINTR || errno == EAGAIN || errno == ENOENT;
    fuse_in_header in = {};
    std::memcpy(&in, request_.data(), sizeof in);
    const char* const body = request_.data() + sizeof in;
    switch (in.opcode) {
      case FUSE_INIT:
        return init(in);
      case FUSE_LOOKUP:
        return look_up(in, body);
      case FUSE_GETATTR:
      case FUSE_SETATTR:
        return attributes(in);
      case FUSE_OPEN:
        return open_disk(in);
      case FUSE_READ:
        return read(in, body);
      case FUSE_WRITE:
        return write(in, body);
      case FUSE_FSYNC:
        return flush(in);
      case FUSE_FLUSH:
      case FUSE_RELEASE:
        return reply(in, 0, "");
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
      case FUSE_INTERRUPT:
        return true;  // these want no reply
      default:
        return reply(in, ENOSYS, "");
    }
  }

  bool reply(const fuse_in_header& in, int error, std::string_view bytes) const {
    fuse_out_header out = {};
    out.unique = in.unique;
    out.error = -error;
    out.len = static_cast<std::uint32_t>(sizeof out + bytes.size());
    std::array<iovec, 2> parts = {
        {{&out, sizeof out}, {const_cast<char*>(bytes.data()), bytes.size()}}};
    return writev(device_, parts.data(), 2) >= 0 || errno == ENOENT;
  }
  template <class T>
  bool reply_with(const fuse_in_header& in, const T& out) const {
    return reply(in, 0, {reinterpret_cast<const char*>(&out), sizeof out});
  }

  bool init(const fuse_in_header& in) const {
    fuse_init_out out = {};
    out.major = FUSE_KERNEL_VERSION;
    out.minor = 31;
    out.max_readahead = 0;
    out.max_write = kLargestWrite;
    out.flags = FUSE_MAX_PAGES | FUSE_BIG_WRITES;
    out.max_pages = kLargestWrite / 4096;
    return reply_with(in, out);
  }
  [[nodiscard]] fuse_attr attributes_of(std::uint64_t node) const {
    fuse_attr found = {};
    found.ino = node;
    found.mode = node == kRoot ? S_IFDIR | 0700U : S_IFREG | 0600U;
    found.nlink = 1;
    found.size = node == kRoot ? 0 : log_.size();
    found.blksize = 4096;
    return found;
  }
  bool look_up(const fuse_in_header& in, const char* name) const {
    if (std::strcmp(name, "disk") != 0) return reply(in, ENOENT, "");
    fuse_entry_out out = {};
    out.nodeid = kDisk;
    out.attr = attributes_of(kDisk);
    return reply_with(in, out);
  }
  bool attributes(const fuse_in_header& in) const {
    fuse_attr_out out = {};
    out.attr = attributes_of(in.nodeid);
    return reply_with(in, out);
  }
  bool open_disk(const fuse_in_header& in) const {
    fuse_open_out out = {};
    out.open_flags = FOPEN_DIRECT_IO;
    return reply_with(in, out);
  }
  bool read(const fuse_in_header& in, const char* body) {
    fuse_read_in what = {};
    std::memcpy(&what, body, sizeof what);
    if (what.offset >= log_.size()) return reply(in, 0, "");
    const std::size_t size = std::min<std::uint64_t>(what.size, log_.size() - what.offset);
    std::string bytes(size, '\0');
    log_.read(what.offset, bytes.data(), size);
    return reply(in, 0, bytes);
  }
  bool write(const fuse_in_header& in, const char* body) {
    fuse_write_in what = {};
    std::memcpy(&what, body, sizeof what);
    if (what.offset + what.size > log_.size()) return reply(in, ENOSPC, "");
    if (writes_.fails()) return ++failed_, reply(in, EIO, "");
    log_.write(what.offset, {body + sizeof what, what.size});
    fuse_write_out out = {};
    out.size = what.size;
    return reply_with(in, out);
  }
  bool flush(const fuse_in_header& in) {
    if (lies_) return reply(in, 0, "");
    if (flushes_.fails()) return ++failed_, reply(in, EIO, "");
    log_.flush();
    return reply(in, 0, "");
  }

  const int device_;
  const int asker_;
  BlockLog log_;
  Failing writes_;
  Failing flushes_;
  std::uint64_t failed_ = 0;
  bool lies_ = false;
  std::array<char, kLargestWrite + 4096> request_ = {};
};

}  // namespace

BlockDisk::BlockDisk(const std::string& folder, std::uint64_t megabytes) : folder_(folder) {
  std::filesystem::create_directories(folder);
  const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  const std::string options =
      "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0";
  if (device < 0 ||
      mount("everturn-lab", folder.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    throw std::runtime_error(std::string("no FUSE: ") + std::strerror(errno));
  }
  server_ = std::make_unique<Child>([&](int asker) {
    // In a namespace of its own: were it the last one in ours, it would have to serve its own end.
    unshare(CLONE_NEWNS);
    setpriority(PRIO_PROCESS, 0, -15);  // a device does not wait for those who compute
    const auto server = std::make_unique<Server>(device, asker, megabytes << 20U);
    server->run();
  });
  close(device);
}

BlockDisk::~BlockDisk() { umount2(folder_.c_str(), MNT_DETACH); }

std::uint64_t BlockDisk::ask(std::uint64_t what, std::uint64_t a, std::uint64_t b,
                             std::uint64_t c) {
  const Question question = {what, a, b, c};
  server_->send({reinterpret_cast<const char*>(question.data()), sizeof question});
  std::uint64_t reply = 0;
  if (recv(server_->descriptor(), &reply, sizeof reply, MSG_WAITALL) != sizeof reply) {
    throw std::runtime_error("the block device has died");
  }
  return reply;
}

void BlockDisk::make_blank() { ask(Ask::make_blank); }
void BlockDisk::start_log() { ask(Ask::start_log); }
void BlockDisk::stop_log() { ask(Ask::stop_log); }
std::uint64_t BlockDisk::log_size() { return ask(Ask::log_size); }
std::vector<bool> BlockDisk::flushes() {
  std::vector<bool> all(log_size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = ask(Ask::is_flush, i) != 0;
  return all;
}
void BlockDisk::show(std::uint64_t entries, Kept kept, std::uint64_t seed) {
  ask(Ask::show, entries, static_cast<std::uint64_t>(kept), seed);
}
void BlockDisk::fail_writes(std::uint64_t after, std::uint64_t count) {
  ask(Ask::fail_writes, after, count);
}
void BlockDisk::fail_flushes(std::uint64_t after, std::uint64_t count) {
  ask(Ask::fail_flushes, after, count);
}
std::uint64_t BlockDisk::failures() { return ask(Ask::failures); }
void BlockDisk::lie(bool lies) { ask(Ask::lie, lies ? 1 : 0); }

}  // namespace everturn::lab
