// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/script.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

namespace everturn::lab {
namespace {

constexpr std::uint64_t kRecordsAStep = 100;

Step append(std::string key, std::vector<std::size_t> sizes, Level level = Level::power,
            Retry retry = Retry::none) {
  return {Act::append, std::move(key), std::move(sizes), level, retry};
}
Step write(std::vector<std::size_t> sizes, Level level = Level::power) {
  return {Act::write, "a", std::move(sizes), level};
}
Step each(std::string key, std::vector<std::size_t> sizes, Level level = Level::power,
          Retry retry = Retry::none) {
  return {Act::each, std::move(key), std::move(sizes), level, retry};
}
Step call(Act act, std::string key = "a") { return {act, std::move(key)}; }
Step pop(std::uint64_t count) {
  Step step = call(Act::pop);
  step.count = count;
  return step;
}
Step to(Act act, std::string new_key) {
  Step step = call(act);
  step.new_key = std::move(new_key);
  return step;
}
Step open_writer(Tail tail) {
  Step step = call(Act::open_writer);
  step.tail = tail;
  return step;
}
Step group(std::vector<std::size_t> sizes, Level level = Level::power) {
  return {Act::group, "a", std::move(sizes), level};
}

Step glue(std::vector<std::size_t> sizes) { return {Act::glue, "a", std::move(sizes)}; }
Step nul(std::vector<std::size_t> sizes) { return {Act::nul, "a", std::move(sizes)}; }

// Of each kind of damage something, and a torn tail.
std::vector<Step> damaged() {
  return {append("a", {40, 300}), glue({60, 90}),    append("a", {60}), nul({700}),
          call(Act::foreign),     append("a", {80}), call(Act::tear),   append("a", {60, 60}),
          call(Act::tear)};
}

std::vector<Script> scripts_of_repairs() {
  const Step first = append("a", {40, 300});
  return {
      {"repair",
       damaged(),
       {call(Act::repair), append("a", {60}), call(Act::undo), append("a", {600})}},
      {"repair in place",
       damaged(),
       {call(Act::repair_in_place), append("a", {60}), call(Act::undo), append("a", {60})}},
      {"repair twice",
       {first, glue({60, 60}), call(Act::tear)},
       {call(Act::repair), append("a", {60}), call(Act::foreign), call(Act::repair_in_place),
        call(Act::undo), call(Act::undo), append("a", {60})}},
      {"repair padded",
       {first, open_writer(Tail::padded), write({60}), call(Act::foreign), call(Act::reopen)},
       {append("a", {60}), call(Act::repair), call(Act::reopen), open_writer(Tail::padded),
        write({60}), call(Act::close_writer), call(Act::undo)}},
  };
}

std::vector<Script> scripts_of_writers() {
  const Step first = append("a", {40, 300});
  return {
      {"padded",
       {first},
       {open_writer(Tail::padded), write({60}), write({700, 60}), write({60}, Level::kernel),
        write({3000}), call(Act::close_writer)}},
      {"padded after a crash",
       {first, call(Act::tear)},
       {open_writer(Tail::padded), write({60}), write({20'000}), write({60}), call(Act::reopen),
        open_writer(Tail::padded), write({60}), write({600})}},
      {"group",
       {first},
       {open_writer(Tail::plain), group({60, 600, 60, 90}), group({60, 60, 60, 60}, Level::kernel),
        write({60})},
       true},
      {"group padded",
       {first},
       {open_writer(Tail::padded), write({60}), group({60, 600, 60, 90}), group({60, 60, 60, 60})},
       true},
  };
}

std::vector<Script> scripts_of_calls() {
  const Step first = append("a", {40, 300});
  return {
      {"append", {}, {append("a", {40}), append("a", {700}), append("b", {40, 5000}), first}},
      {"batch", {first}, {append("a", {40, 90, 9000, 40}), append("a", {20, 20, 20})}},
      {"large", {first}, {append("a", {200'000, 40}), append("a", {60})}},
      {"each",
       {},
       {each("a", {40, 700, 40}), each("a", {60, 4200}, Level::kernel),
        each("a", {60, 60}, Level::power, Retry::operation), each("b", {40})}},
      {"kernel",
       {first},
       {append("a", {60}, Level::kernel), append("a", {4200, 60}, Level::kernel), call(Act::flush),
        append("a", {60}, Level::kernel)}},
      {"interval",
       {first},
       {open_writer(Tail::plain), write({60}, Level::interval), write({500}, Level::interval),
        call(Act::await_durable), write({60}, Level::interval), call(Act::close_writer)},
       true},
      {"retry",
       {first},
       {append("a", {60, 600}, Level::power, Retry::operation),
        append("a", {90, 60}, Level::power, Retry::member)}},
      {"save",
       {first},
       {{Act::save, "a", {40, 900, 40}},
        append("a", {60}),
        {Act::save, "a", {60}},
        {Act::save, "new", {40, 40}}}},
      {"save over damage",
       {first, call(Act::tear), append("a", {90})},
       {{Act::save, "a", {60, 60}}, append("a", {60})}},
      {"metadata", {first}, {call(Act::title), append("a", {60}), call(Act::title)}},
      {"delete",
       {first, append("b", {80})},
       {call(Act::remove), append("a", {60}), call(Act::remove), call(Act::purge)}},
      {"undelete",
       {first, append("a", {90})},
       {call(Act::remove), call(Act::undelete), append("a", {60})}},
      {"fork",
       {first, append("a", {500})},
       {to(Act::fork, "copy"), append("copy", {60}), append("a", {60})}},
      {"rename", {first}, {to(Act::rename, "b"), append("b", {60})}},
      {"vacuum",
       {first, call(Act::title), call(Act::title)},
       {call(Act::vacuum), append("a", {60})}},
      {"rewind",
       {first, append("a", {60, 60, 60})},
       {pop(2), append("a", {60}), pop(1), call(Act::undelete)}},
      {"after a crash",
       {first, call(Act::tear), call(Act::litter)},
       {append("a", {60}), call(Act::sweep), append("a", {600})}},
  };
}

std::vector<Script> make_scripts() {
  std::vector<Script> all = scripts_of_calls();
  std::ranges::move(scripts_of_repairs(), std::back_inserter(all));
  std::ranges::move(scripts_of_writers(), std::back_inserter(all));
  return all;
}

}  // namespace

std::string_view act_name(Act act) {
  constexpr std::string_view kNames[] = {
      "append",          "each",         "save",          "title",  "pop",
      "remove",          "undelete",     "purge",         "fork",   "rename",
      "vacuum",          "flush",        "sweep",         "reopen", "open_writer",
      "write",           "close_writer", "await_durable", "group",  "repair",
      "repair_in_place", "undo",         "tear",          "glue",   "nul",
      "foreign",         "litter"};
  return kNames[static_cast<std::size_t>(act)];
}

bool is_damage(Act act) {
  return act == Act::tear || act == Act::glue || act == Act::nul || act == Act::foreign;
}

const std::vector<Script>& scripts() {
  static const std::vector<Script> all = make_scripts();
  return all;
}

std::string record_text(std::uint64_t number, std::size_t size) {
  const std::string text = std::to_string(number);
  std::string record = R"({"n":)" + text + R"(,"id":"i)" + text + R"(","text":")";
  const std::size_t rest = size > record.size() + 2 ? size - record.size() - 2 : 0;
  return record + std::string(rest, static_cast<char>('a' + number % 26)) + "\"}";
}

std::int64_t record_number(std::string_view record) {
  constexpr std::string_view kStart = R"({"n":)";
  if (!record.starts_with(kStart)) return -1;
  std::int64_t number = -1;
  std::from_chars(record.data() + kStart.size(), record.data() + record.size(), number);
  return number;
}

std::vector<std::string> records_of(const Script& script, std::size_t index, std::uint64_t seed) {
  const Step& step = script.step(index);
  std::vector<std::string> records;
  for (std::size_t i = 0; i < step.sizes.size(); ++i) {
    const std::size_t more = (seed * 7919 + index * 31 + i * 17) % (step.sizes[i] / 2 + 1);
    records.push_back(record_text((index + 1) * kRecordsAStep + i, step.sizes[i] + more));
  }
  return records;
}

std::string damage_of(const Script& script, std::size_t index, std::uint64_t seed) {
  constexpr std::size_t kNulBytes = 600;
  const Act act = script.step(index).act;
  if (act == Act::tear || act == Act::litter) return record_text(index + 1, 400).substr(0, 250);
  if (act == Act::foreign)
    return "%PDF-1.7\n\xE2\xE3\xCF\xD3 1 0 obj << /Type /Catalog >> endobj\n";
  std::string bytes(act == Act::nul ? kNulBytes : 0, '\0');
  for (const std::string& record : records_of(script, index, seed)) bytes += record;
  return bytes + "\n";
}

bool conserves(const Script& script, std::string_view key) {
  constexpr std::array kTaking = {Act::save, Act::pop, Act::remove, Act::rename, Act::vacuum};
  return std::none_of(script.steps.begin(), script.steps.end(), [&](const Step& step) {
    return step.key == key && std::find(kTaking.begin(), kTaking.end(), step.act) != kTaking.end();
  });
}

std::string title_of(std::size_t index) { return "\"title " + std::to_string(index) + "\""; }
std::string operation_of(std::size_t index) { return "op-" + std::to_string(index); }

}  // namespace everturn::lab
