// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/ledger.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace everturn::lab {
namespace {

constexpr std::size_t kMostWorlds = 1024;

// One step with all that was said of it.
struct Told {
  std::size_t index = 0;
  std::int64_t number = -1;  // of the first record that a pop takes
  Replies answers;           // one, or one a thread
  [[nodiscard]] bool ok() const { return !answers.empty() && answers.front().ok(); }
  [[nodiscard]] bool changed_nothing() const {
    if (answers.empty()) return false;
    const Reply& reply = answers.front();
    return reply.kind == Reply::Kind::skipped || reply.code == Code::conflict ||
           reply.code == Code::not_found || reply.code == Code::invalid;
  }
};

// What was written anew, with a sync.
Body rewritten(Body body) {
  make_sure(body);
  forget_positions(body);
  return body;
}

void doubt(World& world) {
  for (auto& [key, body] : world.live) {
    for (Expected& record : body.records) {
      if (record.promise == Promise::weak) record.promise = Promise::maybe;
    }
  }
}

class Ledger {
 public:
  Ledger(const Script& script, std::uint64_t seed, Fate fate)
      : script_(script), seed_(seed), fate_(fate) {}

  void add(const Told& told) {
    const Step& step = script_.step(told.index);
    switch (step.act) {
      case Act::append:
      case Act::each:
      case Act::write:
      case Act::group:
        return add_records(step, told);
      case Act::title:
        return add_title(step, told);
      case Act::tear:
      case Act::glue:
      case Act::nul:
      case Act::foreign:
        return add_damage(step, told);
      case Act::repair:
      case Act::repair_in_place:
      case Act::undo:
        return add_repair(step, told);
      case Act::reopen:
      case Act::sweep:
      case Act::open_writer:
      case Act::litter:
        return;
      default:
        return add_change(step, told);
    }
  }
  Acks take() {
    for (const auto& [key, repairs] : repairs_) {
      if (!conserves(script_, key)) continue;
      Damaged& damaged = acks_.damaged[key];
      damaged.may_be_original = repairs.contains(0);
      damaged.may_be_repaired = *repairs.rbegin() > 0;
    }
    std::erase_if(acks_.damaged,
                  [&](const auto& entry) { return !conserves(script_, entry.first); });
    return std::move(acks_);
  }

 private:
  using Change = std::function<bool(World&)>;

  // Nobody acknowledges it, but it is synced.
  void add_damage(const Step& step, const Told& told) {
    repairs_.try_emplace(step.key, std::set<int>{0});
    for (World& world : acks_.worlds) {
      const auto [body, is_new] = world.live.try_emplace(step.key);
      if (is_new) body->second.may_be_absent = true;
      if (told.ok()) make_sure(body->second);
      for (const std::string& record : records_of(script_, told.index, seed_)) {
        const Promise promise = told.ok() ? Promise::sure : Promise::maybe;
        body->second.records.push_back({record, promise, told.index, {}});
      }
    }
    if (!told.ok()) return;
    acks_.damaged[step.key].pieces.push_back(damage_of(script_, told.index, seed_));
  }

  // Every record stays. An answer without an id: there was nothing to do.
  void add_repair(const Step& step, const Told& told) {
    if (told.changed_nothing() || (told.ok() && told.answers[0].id == "-")) return;
    const int more = step.act == Act::undo ? -1 : 1;
    std::set<int>& repairs = repairs_[step.key];
    std::set<int> now;
    for (const int number : repairs) now.insert(std::max(number + more, 0));
    if (!told.ok()) now.merge(repairs);
    repairs = now;
    add_change(step, told);
  }

  void add_records(const Step& step, const Told& told) {
    if (told.changed_nothing()) return;
    const std::vector<std::string> records = records_of(script_, told.index, seed_);
    for (World& world : acks_.worlds) {
      const auto [body, is_new] = world.live.try_emplace(step.key);
      if (is_new) body->second.may_be_absent = true;
      for (const std::string& record : records) {
        body->second.records.push_back({record, Promise::maybe, told.index, {}});
      }
      for (const Reply& reply : told.answers) {
        if (!reply.ok()) doubt(world);
        if (reply.ok()) acknowledge(body->second, step, reply, records.size());
      }
    }
  }
  void acknowledge(Body& body, const Step& step, const Reply& reply, std::size_t count) const {
    const std::size_t first = body.records.size() - count;
    const bool is_group = has_many_answers(step.act);
    const std::size_t begin = is_group ? first + reply.thread : first;
    const std::size_t end = is_group ? begin + 1 : body.records.size();
    const bool holds = reply.reached == Level::power || fate_ == Fate::killed;
    for (std::size_t i = begin; i < end; ++i) {
      body.records[i].promise = holds ? Promise::sure : Promise::weak;
    }
    body.records[begin].position = reply.first;
    body.may_be_absent = false;
    if (reply.reached == Level::power) make_sure(body);
  }

  void add_title(const Step& step, const Told& told) {
    if (told.changed_nothing()) return;
    for (World& world : acks_.worlds) {
      const auto body = world.live.find(step.key);
      if (body == world.live.end()) continue;
      std::set<std::string>& titles = body->second.titles;
      if (told.ok()) titles.clear();
      if (!told.ok() && titles.empty()) titles.insert("");
      titles.insert(title_of(told.index));
      if (told.ok()) make_sure(body->second);
      if (!told.ok()) doubt(world);
    }
  }

  void add_change(const Step& step, const Told& told) {
    if (told.changed_nothing()) return;
    const Change change = [&](World& world) { return apply(step, told, world); };
    if (told.ok()) {
      std::erase_if(acks_.worlds, [&](World& world) { return !change(world); });
      if (acks_.worlds.empty()) acks_.broken = "a call was acknowledged that cannot have worked";
      return;
    }
    std::vector<World> worlds = acks_.worlds;
    for (World& world : acks_.worlds) doubt(world);
    for (World& world : worlds) {
      doubt(world);
      World before = world;
      if (change(world) && acks_.worlds.size() < kMostWorlds) acks_.worlds.push_back(world);
      if (step.act == Act::rename && before.live.contains(step.key)) {  // both names
        before.live[step.new_key] = rewritten(before.live[step.key]);
        acks_.worlds.push_back(std::move(before));
      }
    }
  }

  // What the call does when it works; false: in this world it cannot.
  bool apply(const Step& step, const Told& told, World& world) const {
    if (step.act == Act::save) return save(step, told, world);
    if (step.act == Act::undelete || step.act == Act::purge) return use_trash(step, told, world);
    if (step.act == Act::flush) {
      for (auto& [key, body] : world.live) make_sure(body);
      return true;
    }
    const auto found = world.live.find(step.key);
    if (found == world.live.end()) return false;
    Body& body = found->second;
    switch (step.act) {
      case Act::await_durable:
      case Act::close_writer:
        make_sure(body);
        return true;
      case Act::pop:
        return pop(step, told, world, body);
      case Act::remove:
        make_sure(body);
        world.trash.push_back({id_of(told), step.key, TrashKind::session, body});
        world.live.erase(found);
        return true;
      case Act::fork:
        make_sure(body);
        world.live[step.new_key] = rewritten(body);
        return true;
      case Act::rename:
        world.live[step.new_key] = rewritten(body);
        world.live.erase(step.key);
        return true;
      case Act::repair_in_place:
        make_sure(body);
        return true;
      default:  // vacuum, repair, undo
        body = rewritten(body);
        return true;
    }
  }
  static std::string id_of(const Told& told) { return told.ok() ? told.answers[0].id : ""; }

  bool save(const Step& step, const Told& told, World& world) const {
    Body& body = world.live[step.key];
    body.records.clear();
    body.may_be_absent = false;
    for (const std::string& record : records_of(script_, told.index, seed_)) {
      body.records.push_back({record, Promise::sure, told.index, {}});
    }
    if (told.ok()) body.records.front().position = told.answers[0].first;
    return true;
  }

  bool pop(const Step& step, const Told& told, World& world, Body& body) const {
    const auto cut = std::find_if(
        body.records.begin(), body.records.end(),
        [&](const Expected& record) { return record_number(record.bytes) == told.number; });
    if (cut == body.records.end()) return false;
    ThrownAway thrown{id_of(told), step.key, TrashKind::records, {}};
    thrown.body.records.assign(cut, body.records.end());
    make_sure(thrown.body);
    body.records.erase(cut, body.records.end());
    body = rewritten(body);
    world.trash.push_back(std::move(thrown));
    return true;
  }

  static bool use_trash(const Step& step, const Told& told, World& world) {
    // The actor takes what it removed last; what it was not told of, it cannot name.
    const auto entry =
        std::find_if(world.trash.rbegin(), world.trash.rend(), [&](const ThrownAway& thrown) {
          return thrown.key == step.key && !thrown.id.empty() &&
                 (!told.ok() || thrown.id == told.answers[0].id);
        });
    if (entry == world.trash.rend()) return false;
    if (step.act == Act::undelete) {
      Body& body = world.live[step.key];
      if (entry->kind == TrashKind::session) {
        body = entry->body;
      } else {
        body = rewritten(body);
        body.records.insert(body.records.end(), entry->body.records.begin(),
                            entry->body.records.end());
      }
    }
    world.trash.erase(std::next(entry).base());
    return true;
  }

  const Script& script_;
  const std::uint64_t seed_;
  const Fate fate_;
  Acks acks_;
  std::map<std::string, std::set<int>> repairs_;  // by key: how many may be there, not undone
};

std::vector<Told> gather(const Replies& replies) {
  std::vector<Told> steps;
  for (const Reply& reply : replies) {
    if (steps.empty() || steps.back().index != reply.step) steps.push_back({reply.step, -1, {}});
    if (reply.kind == Reply::Kind::asks) {
      steps.back().number = reply.number;
    } else {
      steps.back().answers.push_back(reply);
    }
  }
  return steps;
}

}  // namespace

Acks worlds_after(const Script& script, const Replies& replies, std::uint64_t seed, Fate fate) {
  Ledger ledger(script, seed, fate);
  for (const Told& told : gather(replies)) ledger.add(told);
  Acks acks = ledger.take();
  acks.shows_old_blocks = fate == Fate::power_cut_with_old_blocks;
  // A store or session that has closed itself over a failed call syncs nothing any more. The
  // watermark stands still then, which it may, for it says what is durable; and an answer tells
  // why.
  const bool was_told = std::any_of(replies.begin(), replies.end(),
                                    [](const Reply& reply) { return reply.system_error != 0; });
  for (const Reply& reply : replies) {
    const Act act = script.step(reply.step).act;
    if (act == Act::purge && reply.ok()) acks.purged.insert(reply.id);
    if (act == Act::await_durable && !was_told && reply.kind == Reply::Kind::answer && !reply.ok())
      acks.broken = reply.message;
  }
  return acks;
}

std::uint64_t acknowledged(const Script& script, const Replies& replies) {
  std::uint64_t records = 0;
  for (const Reply& reply : replies) {
    const Step& step = script.step(reply.step);
    if (reply.ok()) records += has_many_answers(step.act) ? 1 : step.sizes.size();
  }
  return records;
}

}  // namespace everturn::lab
