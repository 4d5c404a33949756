// SPDX-License-Identifier: Apache-2.0
// Padded tails under fire: two writers that overwrite the padding of one session at every level,
// alone and with several threads at once, and are killed at random, readers that take no lock, and
// a program that knows nothing of Everturn and adds lines to the end of the same file.
#include <fcntl.h>
#include <unistd.h>

#include "base/session_name.h"
#include "tests/lab/storm.h"

namespace everturn::lab {
namespace {

constexpr const char* kKey = "a";

[[noreturn]] void write_padded(const std::string& folder, std::uint64_t life, int descriptor) {
  const std::unique_ptr<Store> store = open_for_storm(folder);
  WriterOptions padded;
  padded.tail = Tail::padded;
  std::mt19937_64 random(life);
  std::uint64_t next = life * kRecordsALife;
  StormGroup group(life);
  constexpr std::array<Level, 4> kLevels = {Level::power, Level::power, Level::kernel,
                                            Level::interval};
  while (true) {
    // A writer ends when somebody writes without the lock: open another.
    const Result<std::unique_ptr<Writer>> writer = store->open_writer(kKey, padded);
    for (bool going = writer.ok(); going;) {
      WriteOptions how;
      how.durability.level = kLevels[random() % kLevels.size()];
      how.durability.interval = std::chrono::milliseconds(5);
      if (random() % 8 == 0) {
        going = group.append(**writer, how, descriptor);
        continue;
      }
      const std::string record = record_text(next, 40 + random() % 900);
      const std::string_view view = record;
      going = (*writer)->append({&view, 1}, how).ok();
      if (going) say_number(descriptor, next);
      ++next;
    }
  }
}

[[noreturn]] void append_without_a_lock(const std::string& folder, std::uint64_t life,
                                        int descriptor) {
  const std::string path = folder + "/" + session_file_name(kKey, false);
  std::uint64_t next = life * kRecordsALife;
  while (true) {
    const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    const std::string line = record_text(next, 80) + "\n";
    const bool done =
        file >= 0 && write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    if (file >= 0) close(file);
    if (done) say_number(descriptor, next++);
    usleep(3000);  // not a rush: the writers shall get to write, too
  }
}

[[noreturn]] void read_for_ever(const std::string& folder, int descriptor) {
  const std::unique_ptr<Store> store = open_for_storm(folder);
  while (true) {
    const std::string broken = broken_in(*store, kKey);
    if (!broken.empty()) say(descriptor, "!" + broken);
  }
}

void run_part(const Context& context, bool with_foreigner, Tally& tally) {
  const TemporaryFolder folder(context.directory);
  const std::string path = folder.store();
  std::vector<StormWork> works;
  for (int i = 0; i < 2; ++i) {
    works.emplace_back([path](std::uint64_t life, int end) { write_padded(path, life, end); });
    works.emplace_back([path](std::uint64_t, int end) { read_for_ever(path, end); });
  }
  if (with_foreigner) {
    works.emplace_back(
        [path](std::uint64_t life, int end) { append_without_a_lock(path, life, end); });
  }
  const Result<StoreInfo> info = open_for_storm(path)->info();
  if (info && !info->pads_well) tally.notes = {"this file system gets no padding: plain tails"};
  Storm storm(works, context.seed);
  storm.run(std::chrono::seconds(context.scaled(2, 60)));
  tally.kills += storm.kills();
  tally.acknowledged += storm.acknowledged().size();
  judge_storm(storm, path, with_foreigner ? "with a foreign appender" : "alone", tally);
}

}  // namespace

Tally run_tails(const Context& context) {
  Tally tally;
  run_part(context, false, tally);
  run_part(context, true, tally);
  return tally;
}

}  // namespace everturn::lab
