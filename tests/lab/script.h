// SPDX-License-Identifier: Apache-2.0
// What the lab lets a process do: short scripts of calls of the public interface, each the same
// wherever it runs (killed at a system call, on a failing disk, under a power cut, in memory). The
// records of a script follow from the places of its steps and the seed, so that an oracle in
// another process knows every byte.
#ifndef EVERTURN_TESTS_LAB_SCRIPT_H_
#define EVERTURN_TESTS_LAB_SCRIPT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"

namespace everturn::lab {

enum class Act : std::uint8_t {
  append,
  each,  // so many appends at once, of one record each
  save,
  title,  // a metadata change
  pop,    // rewind by a number of records
  remove,
  undelete,  // what the script removed last of that key
  purge,     // the same, for good
  fork,
  rename,
  vacuum,
  flush,
  sweep,
  reopen,       // a new Store, as another process would have it
  open_writer,  // one at a time
  write,        // to the writer
  close_writer,
  await_durable,  // until Writer::durable() has passed everything written
  group,          // so many threads append one record each at the same time, through the writer
  repair,
  repair_in_place,
  undo,  // the script's last repair of that key
  // Not calls: what comes to the end of the file from outside (damage_of).
  tear,     // half a record, as a kill leaves it
  glue,     // records on one line
  nul,      // a block of NUL bytes, and records behind it on the same line
  foreign,  // a block of another file
  litter    // not a call: a leftover of a killed rewrite
};
std::string_view act_name(Act act);
bool is_damage(Act act);
// One for each record.
inline bool has_many_answers(Act act) { return act == Act::each || act == Act::group; }

enum class Retry : std::uint8_t { none, operation, member };

struct Step {
  Act act = Act::append;
  std::string key;
  std::vector<std::size_t> sizes = {};  // of the records, in bytes
  Level level = Level::power;
  Retry retry = Retry::none;
  Tail tail = Tail::plain;
  std::string new_key = {};
  std::uint64_t count = 0;  // of pop
};

struct Script {
  std::string name;
  std::vector<Step> before;  // done in peace, and what they leave is durable
  std::vector<Step> steps;   // done under fire
  bool has_threads = false;  // does not run the same way twice

  [[nodiscard]] const Step& step(std::size_t index) const {  // before and steps, counted on
    return index < before.size() ? before[index] : steps[index - before.size()];
  }
  [[nodiscard]] std::size_t size() const { return before.size() + steps.size(); }
};

// Every operation of the contract.
const std::vector<Script>& scripts();

// The records of the step at `index`; no two records of a script are equal.
std::vector<std::string> records_of(const Script& script, std::size_t index, std::uint64_t seed);
// What a step that damages adds to the file; the step's records are whole in it.
std::string damage_of(const Script& script, std::size_t index, std::uint64_t seed);
// Nothing in the script takes bytes of this session away but repairs, which keep them.
bool conserves(const Script& script, std::string_view key);
std::string title_of(std::size_t index);
std::string operation_of(std::size_t index);
// The number in front of a record, which says where it comes from; -1 if it is none of ours.
std::int64_t record_number(std::string_view record);
// {"n":17,"id":"i17","text":"rrrr"} of `size` bytes, or a few more where that is too short.
std::string record_text(std::uint64_t number, std::size_t size);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_SCRIPT_H_
