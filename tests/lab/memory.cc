// SPDX-License-Identifier: Apache-2.0
// Memory runs out at each allocation of the library, once and for ever: a call then says so, the
// process lives, and nothing that was acknowledged is touched.
#include <unistd.h>

#include "base/utf8.h"
#include "tests/lab/allocation.h"
#include "tests/lab/campaign.h"
#include "tests/lab/scene.h"

namespace everturn::lab {
namespace {

std::uint64_t count_allocations(const Scene& scene) {
  scene.reset();
  Child child([&](int descriptor) {
    scene.work()(descriptor);
    const std::string count = "=" + std::to_string(allocations());
    static_cast<void>(::write(descriptor, count.data(), count.size()));
  });
  const std::string& told = child.receive_all();
  return std::strtoull(told.c_str() + told.rfind('=') + 1, nullptr, 10);
}

class Memory {
 public:
  Memory(const Context& context, Tally& tally) : context_(context), tally_(tally) {}

  void run(const Script& script, bool for_ever) {
    const std::string part = script.name + (for_ever ? ", for ever" : ", once");
    if (!context_.wants_part(part)) return;
    const Scene scene(script, context_, context_.seed);
    const std::uint64_t count = count_allocations(scene);
    const std::uint64_t stride = context_.scaled(29, 1);
    std::uint64_t at = context_.only.empty() ? 1 + context_.seed % stride : context_.place();
    for (; at <= count; at += stride) {
      run_out(scene, at, for_ever, part);
      if (!context_.only.empty()) return;
    }
  }

 private:
  void run_out(const Scene& scene, std::uint64_t at, bool for_ever, const std::string& part) {
    scene.reset();
    Stage stage = scene.stage();
    stage.fails_allocation = at;
    stage.fails_for_ever = for_ever;
    Child child(scene.work(stage));
    const std::string& told = child.receive_all();
    Acks acks = scene.worlds(told, Fate::killed);
    for (const Reply& reply : parse_replies(told)) {
      if (reply.code != Code::unavailable && !reply.ok() && acks.broken.empty() && !for_ever &&
          reply.kind == Reply::Kind::answer) {
        acks.broken = "out of memory is told as: " + reply.message;
      }
      if (!reply.ok() && reply.kind == Reply::Kind::answer) break;
    }
    if (const int code = child.wait(); code != 0) {
      acks.broken = "the process ended with " + std::to_string(code);
    }
    ++tally_.faults;
    tally_.count(part, part + "/" + std::to_string(at), check_folder(scene.stage().folder, acks));
    tally_.acknowledged += scene.acknowledged(told);
  }

  const Context& context_;
  Tally& tally_;
};

}  // namespace

Tally run_memory(const Context& context) {
  Tally tally;
  // The first call picks simdjson's code for this machine, and there simdjson itself would end the
  // process.
  tally.notes.emplace_back(is_utf8("x") ? "the first use of simdjson is not among the states" : "");
  Memory memory(context, tally);
  for (const Script& script : scripts()) {
    for (const bool for_ever : {false, true}) memory.run(script, for_ever);
  }
  return tally;
}

}  // namespace everturn::lab
