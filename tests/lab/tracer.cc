// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/tracer.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstddef>
#include <map>

namespace everturn::lab {
namespace {

void* as_pointer(std::uintptr_t number) { return reinterpret_cast<void*>(number); }

#if defined(__x86_64__)
void skip_call(pid_t thread) {
  ptrace(PTRACE_POKEUSER, thread, as_pointer(offsetof(user_regs_struct, orig_rax)),
         as_pointer(UINTPTR_MAX));
}
void set_result(pid_t thread, std::int64_t value) {
  ptrace(PTRACE_POKEUSER, thread, as_pointer(offsetof(user_regs_struct, rax)),
         as_pointer(static_cast<std::uintptr_t>(value)));
}
void set_third_argument(pid_t thread, std::uint64_t value) {
  ptrace(PTRACE_POKEUSER, thread, as_pointer(offsetof(user_regs_struct, rdx)), as_pointer(value));
}
constexpr bool kCanInject = true;
#else
void skip_call(pid_t) {}
void set_result(pid_t, std::int64_t) {}
void set_third_argument(pid_t, std::uint64_t) {}
constexpr bool kCanInject = false;
#endif

class Tracer {
 public:
  Tracer(Child& child, const std::function<Decision(const SystemCall&)>& decide)
      : child_(child), decide_(decide) {}

  std::uint64_t run() {
    int status = 0;
    waitpid(child_.id(), &status, __WALL);
    ptrace(PTRACE_SETOPTIONS, child_.id(), nullptr,
           as_pointer(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE));
    go_on(child_.id(), 0);
    while (true) {
      const pid_t thread = waitpid(-child_.id(), &status, __WALL);
      if (thread < 0 && errno == EINTR) continue;
      if (thread < 0) return calls_;
      if (WIFSTOPPED(status)) {
        stopped(thread, status);
      } else if (thread == child_.id()) {
        child_.has_ended(status);
        return calls_;
      }
    }
  }

 private:
  static void go_on(pid_t thread, int signal) {
    ptrace(PTRACE_SYSCALL, thread, nullptr, as_pointer(static_cast<std::uintptr_t>(signal)));
  }

  void stopped(pid_t thread, int status) {
    const int signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) {
      at_call(thread);
      return go_on(thread, 0);
    }
    // A clone, or the first stop of a new thread; other signals are the child's own.
    const bool is_ours = signal == SIGTRAP || signal == SIGSTOP;
    go_on(thread, is_ours ? 0 : signal);
  }

  void at_call(pid_t thread) {
    __ptrace_syscall_info info = {};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, as_pointer(sizeof info), &info) <= 0) return;
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
      const auto pending = results_.find(thread);
      if (pending == results_.end()) return;
      set_result(thread, pending->second);
      results_.erase(pending);
      return;
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return;
    SystemCall call;
    call.place = ++calls_;
    call.number = static_cast<long>(info.entry.nr);
    for (std::size_t i = 0; i < call.arguments.size(); ++i) call.arguments[i] = info.entry.args[i];
    obey(thread, call, decide_(call));
  }

  void obey(pid_t thread, const SystemCall& call, const Decision& decision) {
    switch (decision.what) {
      case Decision::What::pass:
        return;
      case Decision::What::kill:
        return child_.kill();
      case Decision::What::fail:
        skip_call(thread);
        results_[thread] = -decision.error;
        return;
      case Decision::What::fail_afterwards:
        results_[thread] = -decision.error;
        return;
      case Decision::What::shorten:
        return set_third_argument(thread, call.arguments[2] / 2);
    }
  }

  Child& child_;
  const std::function<Decision(const SystemCall&)>& decide_;
  std::uint64_t calls_ = 0;
  std::map<pid_t, std::int64_t> results_;  // of calls that are under way
};

}  // namespace

std::uint64_t trace(Child& child, const std::function<Decision(const SystemCall&)>& decide) {
  return Tracer(child, decide).run();
}

std::string why_not_inject() {
  return kCanInject ? "" : "changing system calls is only known for x86-64";
}

}  // namespace everturn::lab
