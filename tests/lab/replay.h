// SPDX-License-Identifier: Apache-2.0
// Runs a script on a file system over a BlockDisk and looks at what power cuts may have left.
#ifndef EVERTURN_TESTS_LAB_REPLAY_H_
#define EVERTURN_TESTS_LAB_REPLAY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/lab/real_disk.h"

namespace everturn::lab {

class Replay {
 public:
  Replay(const Context& context, Tally& tally, const FileSystem& system);

  // Every `stride`th moment, with everything kept and `seeds` times with something of the last
  // flush window; and each moment before a flush, with nothing of it. `commits`: after each step
  // the file system commits through another file, as a kernel does every few seconds.
  void run(const Script& script, bool commits, std::uint64_t stride, std::uint64_t seeds);
  // From now on the device ignores flushes.
  void lie() { disk_.recorder().lie(true); }

 private:
  struct Told {
    std::uint64_t entries = 0;
    std::string line;
  };
  std::unique_ptr<Scene> record(const Script& script, bool commits);
  [[nodiscard]] std::string told_until(std::uint64_t entries) const;

  RealDisk disk_;
  std::vector<Told> told_;
};

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_REPLAY_H_
