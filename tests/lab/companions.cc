// SPDX-License-Identifier: Apache-2.0
// Two processes that have one session open. One is killed or held at each of its system calls; the
// other, which has seen the session before and knows nothing of it, then adds a record.
#include <algorithm>

#include "tests/lab/campaign.h"
#include "tests/lab/scene.h"
#include "tests/lab/tracer.h"

namespace everturn::lab {
namespace {

enum class Meeting : std::uint8_t { after_a_kill, in_the_middle };

// The script with the companion's steps: one record at the beginning, one at the end.
Script with_companion(const Script& script) {
  Script both = script;
  both.before.push_back({Act::append, "a", {60}});
  both.steps.push_back({Act::append, "a", {80}});
  return both;
}

// Where the other process is in the middle of a step, the companion's record may come before or
// behind it; where it counts records, or has threads of its own, the oracle would not know.
bool can_meet_in_the_middle(const Script& script) {
  return !script.has_threads && std::none_of(script.steps.begin(), script.steps.end(),
                                             [](const Step& step) { return step.act == Act::pop; });
}

class Companions {
 public:
  Companions(const Context& context, Tally& tally) : context_(context), tally_(tally) {}

  void run(const Script& original, Meeting meeting) {
    const std::string part =
        original.name + (meeting == Meeting::after_a_kill ? ", killed" : ", held");
    if (!context_.wants_part(part)) return;
    const Script script = with_companion(original);
    // What both do of it in peace is done anew each time, for both must have it open.
    Script start = script;
    start.before.pop_back();
    const Scene scene(start, context_, context_.seed);
    const std::uint64_t stride = context_.scaled(31, 1);
    std::uint64_t place = context_.only.empty() ? 1 + context_.seed % stride : context_.place();
    while (meet(script, scene, meeting, place, part) && context_.only.empty()) place += stride;
  }

 private:
  bool meet(const Script& script, const Scene& scene, Meeting meeting, std::uint64_t place,
            const std::string& part) {
    scene.reset();
    Stage stage = scene.stage();
    const std::size_t first = script.before.size() - 1;
    const std::size_t last = script.size() - 1;
    Stage patient = stage;
    patient.waits_for_go = true;
    if (meeting == Meeting::in_the_middle) patient.lock_wait = std::chrono::milliseconds(1);
    Child companion([&](int descriptor) { act(script, {first, last}, patient, descriptor); });
    std::string told = step_of(companion);
    Child other([&](int descriptor) { act(script, from_to(first + 1, last), stage, descriptor); },
                true);
    bool met = false;
    std::string told_of_other;
    std::string told_in_the_middle;
    trace(other, [&](const SystemCall& call) -> Decision {
      if (call.place != place) return {};
      met = true;
      if (meeting == Meeting::after_a_kill) return {Decision::What::kill, 0};
      told_in_the_middle = step_of(companion);
      return {};
    });
    told_of_other = other.receive_all();
    if (!met) return false;
    if (meeting == Meeting::after_a_kill) told_in_the_middle = step_of(companion);
    tally_.kills += meeting == Meeting::after_a_kill ? 1 : 0;
    companion.kill();
    companion.wait();
    judge(script, scene, {told, told_of_other, told_in_the_middle}, meeting,
          part + "/" + std::to_string(place));
    return true;
  }

  struct Told {
    std::string companion_first;
    std::string other;
    std::string companion_last;
  };

  // Lets the companion do its next step and returns what it says.
  static std::string step_of(Child& companion) {
    std::string lines;
    std::string line;
    for (int i = 0; i < 2 && companion.next_line(&line); ++i) {
      lines += line + "\n";
      companion.send("g");
    }
    return lines;
  }

  void judge(const Script& script, const Scene& scene, const Told& told, Meeting meeting,
             const std::string& name) {
    Replies replies = scene.before();
    const auto add = [&](Replies& all, const std::string& lines) {
      for (Reply& reply : parse_replies(lines)) all.push_back(std::move(reply));
    };
    add(replies, told.companion_first);
    Replies behind = replies;
    add(behind, told.other);
    const Replies last = parse_replies(told.companion_last);
    add(behind, told.companion_last);
    Acks acks = scene.worlds_of(script, behind, Fate::killed);
    if (meeting == Meeting::after_a_kill && (last.size() < 2 || !last[1].ok())) {
      acks.broken = "the companion could not go on: " +
                    (last.size() < 2 ? std::string("it died") : last[1].message);
    }
    if (meeting == Meeting::in_the_middle) add_other_orders(script, replies, told, acks);
    tally_.acknowledged += acknowledged(script, behind);
    tally_.count(name.substr(0, name.rfind('/')), name, check_folder(scene.stage().folder, acks));
  }

  // The companion's record may stand before each of the steps that were answered behind it.
  void add_other_orders(const Script& script, const Replies& start, const Told& told,
                        Acks& acks) const {
    const Replies other = parse_replies(told.other);
    const Replies last = parse_replies(told.companion_last);
    for (std::size_t at = 0; at < other.size(); ++at) {
      if (other[at].kind != Reply::Kind::asks) continue;
      Replies replies = start;
      const auto middle = other.begin() + static_cast<std::ptrdiff_t>(at);
      replies.insert(replies.end(), other.begin(), middle);
      replies.insert(replies.end(), last.begin(), last.end());
      replies.insert(replies.end(), middle, other.end());
      const Acks more = worlds_after(script, replies, context_.seed, Fate::killed);
      acks.worlds.insert(acks.worlds.end(), more.worlds.begin(), more.worlds.end());
    }
  }

  const Context& context_;
  Tally& tally_;
};

}  // namespace

Tally run_companions(const Context& context) {
  Tally tally;
  Companions companions(context, tally);
  for (const Script& script : scripts()) {
    companions.run(script, Meeting::after_a_kill);
    if (can_meet_in_the_middle(script)) companions.run(script, Meeting::in_the_middle);
  }
  return tally;
}

}  // namespace everturn::lab
