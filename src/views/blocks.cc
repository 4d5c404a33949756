// SPDX-License-Identifier: Apache-2.0
#include "views/blocks.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "views/dialects/block.h"
#include "views/image.h"
#include "views/json_text.h"

namespace everturn {
namespace {

constexpr std::size_t kWaitingBlocks = 256;
constexpr std::size_t kWaitingBytes = 4U << 20;
constexpr std::size_t kGoneCalls = 4096;
constexpr std::size_t kCommandCharacters = 100;

Speaker speaker_of(const Entry& entry) {
  if (entry.kind == EntryKind::system) return Speaker::system;
  if (entry.kind != EntryKind::user) return Speaker::assistant;
  return (entry.flags & kInjected) != 0 ? Speaker::program : Speaker::user;
}

// What an image that may be shown as it is looks like: no SVG, which is a program, no other scheme.
std::string safe_image_url(std::string url) {
  constexpr std::string_view kBase64 =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  for (const std::string_view type : {"png", "jpeg", "gif", "webp"}) {
    const std::string start = "data:image/" + std::string(type) + ";base64,";
    if (!url.starts_with(start)) continue;
    const bool is_clean = url.find_first_not_of(kBase64, start.size()) == std::string::npos;
    return is_clean ? std::move(url) : std::string();
  }
  return {};
}

// About the session rather than of it.
bool is_aside(const Entry& entry) {
  if (entry.kind == EntryKind::metadata) return true;
  if (entry.kind == EntryKind::summary) return entry.title != TitleRank::none;
  if (entry.kind != EntryKind::system) return false;
  return !is_given(entry.text) || (entry.flags & kBoundary) != 0;
}

}  // namespace

// Each record of a response repeats its usage, the last one has all of it; and so may each piece of
// a record.
Usage BlockReader::usage_of(const Entry& entry) {
  if (!is_object(entry.usage) || counted_ == number_) return {};
  if (!survey_.ends_response(number_, entry)) return {};
  counted_ = number_;
  return read_usage(entry.usage);
}

Block BlockReader::block_of(const Entry& entry, BlockKind kind) {
  Block block;
  block.kind = kind;
  block.record = number_;
  block.position = position_;
  block.usage = usage_of(entry);
  block.speaker = speaker_of(entry);
  block.is_sub_agent = (entry.flags & kSidechain) != 0 && !survey_.is_sub_agent();
  block.is_queued = (entry.flags & kQueued) != 0;
  block.is_unsent = (entry.flags & kNotReplayed) != 0;
  block.time = readable_time(entry.time);
  block.model = json_text(entry.model);
  block.name = json_text(entry.name);
  return block;
}

bool BlockReader::add(std::string_view record, std::uint64_t number, Position position) {
  entries_.clear();
  number_ = number;
  position_ = position;
  survey_.dialect().read(record, entries_);
  if (survey_.is_superseded(number, entries_)) return goes_on_;
  for (const Entry& entry : entries_) add_entry(entry);
  drain();
  return goes_on_;
}

// A response may be written again as it grows.
bool BlockReader::is_repeated(const Entry& entry) {
  if (!is_string(entry.message)) return false;
  if (message_ != entry.message) {
    message_ = entry.message;
    said_.clear();
    last_said_.clear();
  }
  return !said_.insert(hash64(entry.raw)).second;
}

void BlockReader::add_entry(const Entry& entry) {
  if (is_aside(entry)) return add_aside(entry.name);
  if ((entry.flags & (kCopy | kReplacement)) != 0 || is_repeated(entry)) return;
  if (is_shell_command(entry)) return add_shell_command(entry);
  switch (entry.kind) {
    case EntryKind::user:
    case EntryKind::assistant:
    case EntryKind::system:
    case EntryKind::thinking:
      return add_words(entry);
    case EntryKind::tool_call: {
      Block block = block_of(entry, BlockKind::call);
      block.text = readable_arguments(entry.text);
      block.summary = call_summary(entry.text);
      block.input = entry.text;
      block.call_id = json_text(entry.call_id);
      const std::string& id = block.call_id;
      if (!id.empty()) open_[id] = given_ + waiting_.size() + (aside_.empty() ? 0 : 1);
      return push(std::move(block));
    }
    case EntryKind::tool_result:
      return add_result(entry);
    case EntryKind::summary: {
      Block block = block_of(entry, BlockKind::summary);
      block.text = readable_text(is_given(entry.text) ? entry.text : replacement_text());
      return push(std::move(block));
    }
    case EntryKind::metadata:
    case EntryKind::other:
      break;
  }
  Block block = block_of(entry, BlockKind::unknown);
  block.text = compact_json(is_given(entry.text) ? entry.text : entry.raw);
  push(std::move(block));
}

// Where a list of messages replaces what came before, the last of them is most often a summary.
std::string_view BlockReader::replacement_text() const {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if ((entry->flags & kReplacement) != 0 && is_given(entry->text)) return entry->text;
  }
  return {};
}

// A record may hold a text that an earlier record of the same response began: then only the rest is
// new. False: nothing is.
bool BlockReader::without_what_was_said(EntryKind kind, std::string& text) {
  const bool goes_on = kind == said_kind_ && number_ != said_record_ && !last_said_.empty() &&
                       text.starts_with(last_said_);
  const std::size_t known = goes_on ? last_said_.size() : 0;
  last_said_ = text;
  said_kind_ = kind;
  said_record_ = number_;
  text.erase(0, known);
  return !goes_on || !text.empty();
}

void BlockReader::add_words(const Entry& entry) {
  const bool is_image = (entry.flags & kImage) != 0;
  const bool is_thinking = entry.kind == EntryKind::thinking;
  Block block = block_of(entry, is_image      ? BlockKind::image
                                : is_thinking ? BlockKind::thinking
                                              : BlockKind::words);
  if (is_image) {
    block.text = image_text(entry.raw);
    block.image_url = safe_image_url(image_url(entry.raw));
    return push(std::move(block));
  }
  if (!is_thinking && is_string(entry.text) && is_blank_string(entry.text)) return;
  block.text = readable_text(entry.text);
  if (is_string(entry.message) && !without_what_was_said(entry.kind, block.text)) return;
  if (block.text.empty() && !is_thinking) return;
  // What was typed while the model was at work is written when it was typed, and again when it is
  // sent.
  if (entry.kind == EntryKind::user) {
    const std::uint64_t hash = hash64(block.text);
    const bool was_there = block.is_queued ? !queued_.insert(hash).second : queued_.erase(hash) > 0;
    if (was_there) return;
  }
  const bool is_turn = block.speaker == Speaker::user && !block.is_queued;
  if (is_turn && !block.is_sub_agent) flush();
  push(std::move(block));
}

void BlockReader::add_result(const Entry& entry) {
  BlockResult result = {readable_text(entry.text), (entry.flags & kFailed) != 0};
  const std::string id = json_text(entry.call_id);
  const auto call = open_.find(id);
  if (call != open_.end()) {
    Block& block = waiting_[static_cast<std::size_t>(call->second - given_)];
    waiting_bytes_ += result.text.size();
    block.result = std::move(result);
    open_.erase(call);
    return;
  }
  Block block = block_of(entry, BlockKind::result);
  block.call_id = id;
  block.speaker = Speaker::assistant;  // what the model is told between its words
  block.result = std::move(result);
  if (const auto gone = gone_.find(id); gone != gone_.end()) {
    block.name = gone->second;
    gone_.erase(gone);
  }
  push(std::move(block));
}

// A call of the person's own, and its result.
void BlockReader::add_shell_command(const Entry& entry) {
  const auto raw = [&](std::string_view name) {
    return find_member(entry.text, name).value_or("");
  };
  Block block = block_of(entry, BlockKind::call);
  block.name = "bash";
  block.text = json_text(raw("command"));
  block.summary = cut_line(block.text, kCommandCharacters);
  if (is_given(raw("command"))) {
    block.input = R"({"command":)" + std::string(raw("command")) + "}";
  }
  BlockResult result = {json_text(raw("output")), false};
  const auto remark = [&result](const std::string& text) {
    if (!result.text.empty() && !result.text.ends_with('\n')) result.text += '\n';
    result.text += "(" + text + ")";
  };
  const std::string code = json_text(raw("exitCode"));
  const bool was_cancelled = raw("cancelled") == "true";
  result.is_failed = was_cancelled || (is_given(raw("exitCode")) && code != "0");
  if (raw("truncated") == "true") remark("cut off");
  if (was_cancelled) remark("cancelled");
  if (result.is_failed && !was_cancelled) remark("exit code " + code);
  block.result = std::move(result);
  push(std::move(block));
}

void BlockReader::add_aside(std::string_view type) {
  const std::string name = json_text(type);
  if (aside_.empty()) {
    aside_record_ = number_;
    aside_position_ = position_;
  }
  ++aside_[name.empty() ? "metadata" : name];
}

void BlockReader::end_aside() {
  if (aside_.empty()) return;
  Block block;
  block.kind = BlockKind::aside;
  block.record = aside_record_;
  block.position = aside_position_;
  block.types = std::exchange(aside_, {});
  waiting_bytes_ += block.bytes();
  waiting_.push_back(std::move(block));
}

bool BlockReader::add_damage(const Damage& damage, Position position) {
  Block block;
  block.kind = BlockKind::damage;
  block.position = position;
  block.damage = damage;
  push(std::move(block));
  drain();
  return goes_on_;
}

void BlockReader::push(Block block) {
  end_aside();
  waiting_bytes_ += block.bytes();
  waiting_.push_back(std::move(block));
}

void BlockReader::give_first() {
  Block block = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= block.bytes();
  if (block.kind == BlockKind::call && !block.result) {
    const auto open = std::find_if(open_.begin(), open_.end(),
                                   [&](const auto& one) { return one.second == given_; });
    if (open != open_.end()) {
      if (gone_.size() >= kGoneCalls) gone_.clear();
      gone_[open->first] = block.name;
      open_.erase(open);
    }
  }
  ++given_;
  goes_on_ = goes_on_ && sink_(block);
}

void BlockReader::drain() {
  while (!waiting_.empty()) {
    const Block& first = waiting_.front();
    const bool waits = first.kind == BlockKind::call && !first.result;
    const bool is_full = waiting_.size() > kWaitingBlocks || waiting_bytes_ > kWaitingBytes;
    if (waits && !is_full) return;
    give_first();
  }
}

bool BlockReader::flush() {
  end_aside();
  while (!waiting_.empty()) give_first();
  return goes_on_;
}

}  // namespace everturn
