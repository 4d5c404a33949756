// SPDX-License-Identifier: Apache-2.0
// SIGKILL at each system call, before it is done: the process dies with everything that it has
// written and nothing more.
#include "tests/lab/campaign.h"
#include "tests/lab/scene.h"
#include "tests/lab/tracer.h"

namespace everturn::lab {
namespace {

// A script that runs at another speed or in another order has calls at other places: so the kills
// go on until one comes too late.
class Kills {
 public:
  Kills(const Context& context, Tally& tally, std::uint64_t seed)
      : context_(context), tally_(tally), seed_(seed) {}

  void run(const Script& script, std::uint64_t stride) {
    if (!context_.wants_part(script.name)) return;
    const Scene scene(script, context_, seed_);
    if (!context_.only.empty()) {
      kill_at(scene, context_.place());
      return;
    }
    for (std::uint64_t place = 1 + seed_ % stride; kill_at(scene, place); place += stride) {
    }
  }

 private:
  bool kill_at(const Scene& scene, std::uint64_t place) {
    const std::string name = scene.script().name + "/" + std::to_string(place);
    scene.reset();
    Child child(scene.work(), true);
    bool killed = false;
    trace(child, [&](const SystemCall& call) -> Decision {
      if (call.place != place) return {};
      killed = true;
      return {Decision::What::kill, 0};
    });
    const std::string& told = child.receive_all();
    tally_.count(scene.script().name, name, scene.check(told, Fate::killed));
    tally_.acknowledged += scene.acknowledged(told);
    tally_.kills += killed ? 1 : 0;
    return killed;
  }

  const Context& context_;
  Tally& tally_;
  const std::uint64_t seed_;
};

}  // namespace

Tally run_kills(const Context& context) {
  constexpr std::uint64_t kWanted = 10'000;  // of the long run
  Tally tally;
  std::uint64_t seed = context.seed;
  do {
    tally.round_seed = seed;
    Kills kills(context, tally, seed++);
    for (const Script& script : scripts()) kills.run(script, context.scaled(9, 1));
  } while (context.goes_on(tally.kills, kWanted));
  return tally;
}

}  // namespace everturn::lab
