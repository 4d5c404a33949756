// SPDX-License-Identifier: Apache-2.0
// A process whose calls pass a gate: between two of them another program can act, and from any of
// them on the process can be dead.
#ifndef EVERTURN_TESTS_CRASH_GATED_FS_H_
#define EVERTURN_TESTS_CRASH_GATED_FS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "fs/fs.h"

namespace everturn {

// Asked before each call with its number, counted from 1. False: killed; the call does not happen,
// fails with EIO, and so should all later ones. Handles still give back their locks when they go.
using Gate = std::function<bool(std::uint64_t number)>;

// `inner` must outlive it, and it its folders. Not thread-safe.
class GatedFs final : public Fs {
 public:
  GatedFs(Fs& inner, Gate gate);
  ~GatedFs() override;

  Result<std::unique_ptr<Folder>> open_folder(const std::string& path, bool create) override;
  std::int64_t now_ns() override { return inner_.now_ns(); }
  std::int64_t monotonic_ns() override { return inner_.monotonic_ns(); }
  void sleep_ns(std::int64_t duration_ns) override { inner_.sleep_ns(duration_ns); }
  std::uint64_t random() override { return inner_.random(); }
  std::uint64_t process_token() override { return inner_.process_token(); }

  [[nodiscard]] std::uint64_t calls() const;

 private:
  class Passage;

  Fs& inner_;
  std::unique_ptr<Passage> passage_;
};

}  // namespace everturn

#endif  // EVERTURN_TESTS_CRASH_GATED_FS_H_
