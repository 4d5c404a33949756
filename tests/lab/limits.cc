// SPDX-License-Identifier: Apache-2.0
// The limit that a process has for the size of its files (RLIMIT_FSIZE), at every size up to what a
// script writes: the kernel takes a part and then refuses, and its signal must not end the process.
#include <sys/resource.h>

#include "tests/lab/campaign.h"
#include "tests/lab/scene.h"

namespace everturn::lab {
namespace {

std::uint64_t largest_file(const FolderImage& image) {
  std::size_t largest = 0;
  for (const auto& [name, bytes] : image.files) largest = std::max(largest, bytes.size());
  return largest;
}

void run_script(const Context& context, const Script& script, Tally& tally) {
  if (!context.wants_part(script.name)) return;
  const Scene scene(script, context, context.seed);
  scene.reset();
  Child(scene.work()).receive_all();
  const std::uint64_t size = largest_file(take_image(scene.stage().folder));
  const std::uint64_t stride = size / context.scaled(5, 150) + 1;
  std::uint64_t limit = context.only.empty() ? 1 + context.seed % stride : context.place();
  for (; limit < size; limit += stride) {
    scene.reset();
    Child child([&](int descriptor) {
      const rlimit bytes = {limit, limit};
      setrlimit(RLIMIT_FSIZE, &bytes);
      scene.work()(descriptor);
    });
    const std::string& told = child.receive_all();
    Acks acks = scene.worlds(told, Fate::killed);
    if (const int code = child.wait(); code != 0) {
      acks.broken = "the process ended with " + std::to_string(code);
    }
    ++tally.faults;
    tally.count(script.name, script.name + "/" + std::to_string(limit),
                check_folder(scene.stage().folder, acks));
    tally.acknowledged += scene.acknowledged(told);
    if (!context.only.empty()) return;
  }
}

}  // namespace

Tally run_limits(const Context& context) {
  Tally tally;
  for (const Script& script : scripts()) run_script(context, script, tally);
  return tally;
}

}  // namespace everturn::lab
