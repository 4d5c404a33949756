// SPDX-License-Identifier: Apache-2.0
// Every system call fails, with each error that the kernel may give it, once and for ever, or does
// half of its work. The process lives on and does the rest of its script, as well as it can.
#include <cerrno>
#include <cstring>

#include "tests/lab/campaign.h"
#include "tests/lab/scene.h"
#include "tests/lab/system_calls.h"
#include "tests/lab/tracer.h"

namespace everturn::lab {
namespace {

struct Fault {
  std::uint64_t place = 0;
  const CallKind* kind = nullptr;
  int error = 0;  // 0: half of the work
  bool for_ever = false;

  [[nodiscard]] std::string text() const {
    return std::string(kind->name) + " at call " + std::to_string(place) + ": " +
           (error == 0 ? "short" : strerrorname_np(error)) + (for_ever ? " for ever" : "");
  }
  [[nodiscard]] Decision decision() const {
    if (error == 0) return {Decision::What::shorten, 0};
    if (kind->works_anyway) return {Decision::What::fail_afterwards, error};
    return {Decision::What::fail, error};
  }
  // Nothing may be acknowledged on the writer afterwards.
  [[nodiscard]] bool ends_a_writer() const {
    return error != 0 && error != EINTR && (kind->name == "write" || kind->name == "sync");
  }
};

bool is_the_labs_own(const SystemCall& call, const Child& child) {
  return static_cast<int>(call.arguments[0]) == child.descriptor_inside();
}

// All faults that a run without one has places for.
std::vector<Fault> faults_of(const Scene& scene) {
  std::vector<Fault> faults;
  scene.reset();
  Child child(scene.work(), true);
  trace(child, [&](const SystemCall& call) -> Decision {
    const CallKind* const kind = kind_of(call.number);
    if (kind == nullptr || is_the_labs_own(call, child)) return {};
    for (const int error : kind->once) faults.push_back({call.place, kind, error, false});
    for (const int error : kind->for_ever) faults.push_back({call.place, kind, error, true});
    if (kind->can_be_short) faults.push_back({call.place, kind, 0, false});
    return {};
  });
  return faults;
}

class Faults {
 public:
  Faults(const Context& context, Tally& tally) : context_(context), tally_(tally) {}

  void run(const Script& script, std::uint64_t seed) {
    if (!context_.wants_part(script.name)) return;
    const Scene scene(script, context_, seed);
    const std::vector<Fault> faults = faults_of(scene);
    const std::uint64_t stride = context_.scaled(29, 1);
    std::uint64_t at = context_.only.empty() ? seed % stride : context_.place();
    for (; at < faults.size(); at += stride) {
      inject(scene, faults[at], script.name + "/" + std::to_string(at));
      if (!context_.only.empty()) return;
    }
  }

 private:
  void inject(const Scene& scene, const Fault& fault, const std::string& name) {
    scene.reset();
    Child child(scene.work(), true);
    bool injected = false;
    trace(child, [&](const SystemCall& call) -> Decision {
      const bool fits = kind_of(call.number) == fault.kind;
      const bool now = fault.for_ever ? call.place >= fault.place : call.place == fault.place;
      if (!fits || !now || is_the_labs_own(call, child)) return {};
      injected = true;
      return fault.decision();
    });
    if (!injected) return;
    ++tally_.faults;
    const std::string& told = child.receive_all();
    Acks acks = scene.worlds(told, Fate::killed);
    if (const int code = child.wait(); code != 0) {
      acks.broken = "the process ended with " + std::to_string(code);
    }
    if (fault.ends_a_writer()) check_writers(scene, told, acks);
    Finding finding = check_folder(scene.stage().folder, acks);
    if (!finding.holds()) finding.broken = fault.text() + ": " + finding.broken;
    tally_.count(scene.script().name, name, finding);
    tally_.acknowledged += scene.acknowledged(told);
  }

  // A writer whose write has failed answers `io` from then on.
  static void check_writers(const Scene& scene, const std::string& told, Acks& acks) {
    bool failed = false;
    for (const Reply& reply : parse_replies(told)) {
      const Act act = scene.script().step(reply.step).act;
      if (act == Act::open_writer || act == Act::reopen) failed = false;
      if (reply.kind != Reply::Kind::answer || (act != Act::write && act != Act::group)) continue;
      if (act == Act::write && failed && reply.ok()) {
        acks.broken = "a writer acknowledged a record behind a failed write";
      }
      failed = failed || (reply.code == Code::io && act == Act::write);
    }
  }

  const Context& context_;
  Tally& tally_;
};

}  // namespace

Tally run_faults(const Context& context) {
  Tally tally;
  tally.skipped = why_not_inject();
  if (!tally.skipped.empty()) return tally;
  constexpr std::uint64_t kWanted = 10'000;  // of the long run
  Faults faults(context, tally);
  std::uint64_t seed = context.seed;
  do {
    tally.round_seed = seed;
    for (const Script& script : scripts()) faults.run(script, seed);
    ++seed;
  } while (context.goes_on(tally.faults, kWanted));
  return tally;
}

}  // namespace everturn::lab
