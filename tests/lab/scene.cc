// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/scene.h"

#include <algorithm>
#include <stdexcept>

#include "base/session_name.h"

namespace everturn::lab {

namespace {

bool is_padded(const Script& script) {
  return std::any_of(script.steps.begin(), script.steps.end(),
                     [](const Step& step) { return step.tail == Tail::padded; });
}

// Kills and injected errors do not ask what the disk does. Padded tails do: memory has none.
std::string place_for(const Script& script, const Context& context) {
  return is_padded(script) ? context.directory : place_in_memory(context.directory);
}

}  // namespace

Scene::Scene(const Script& script, const Context& context, std::uint64_t seed)
    : script_(script),
      temporary_(std::make_unique<TemporaryFolder>(place_for(script, context))),
      stage_{temporary_->store(), seed} {
  prepare();
}

Scene::Scene(const Script& script, std::string folder, std::uint64_t seed)
    : script_(script), stage_{std::move(folder), seed} {
  prepare();
}

void Scene::prepare() {
  put_image({}, stage_.folder);
  Child child(
      [&](int descriptor) { act(script_, from_to(0, script_.before.size()), stage_, descriptor); });
  before_ = parse_replies(child.receive_all());
  const bool failed = std::any_of(before_.begin(), before_.end(), [](const Reply& reply) {
    return reply.kind == Reply::Kind::answer && !reply.ok();
  });
  if (failed || child.wait() != 0) {
    throw std::runtime_error(script_.name + ": its beginning fails without a fault");
  }
  // The image gets other inodes when it is put back: what was acknowledged holds, but not where.
  image_ = take_image(stage_.folder);
}

std::function<void(int)> Scene::work() const { return work(stage_); }

std::function<void(int)> Scene::work(const Stage& stage) const {
  return [this, stage](int descriptor) {
    act(script_, from_to(script_.before.size(), script_.size()), stage, descriptor);
  };
}

Acks Scene::worlds(const std::string& told, Fate fate) const {
  Replies replies = before_;
  for (Reply& reply : parse_replies(told)) replies.push_back(std::move(reply));
  return worlds_of(script_, replies, fate);
}

Acks Scene::worlds_of(const Script& script, const Replies& replies, Fate fate) const {
  Acks acks = worlds_after(script, replies, stage_.seed, fate);
  for (auto& [key, damaged] : acks.damaged) {
    const auto file = image_.files.find(session_file_name(key, false));
    if (file != image_.files.end()) damaged.original = without_padding(file->second);
  }
  return acks;
}

Finding Scene::check(const std::string& told, Fate fate, bool goes_on) const {
  return check_folder(stage_.folder, worlds(told, fate), goes_on);
}

std::uint64_t Scene::acknowledged(const std::string& told) const {
  return lab::acknowledged(script_, parse_replies(told));
}

}  // namespace everturn::lab
