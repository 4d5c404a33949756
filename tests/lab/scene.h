// SPDX-License-Identifier: Apache-2.0
// A script, ready to be acted again and again: its first part has been done in peace, and what that
// left can be put back.
#ifndef EVERTURN_TESTS_LAB_SCENE_H_
#define EVERTURN_TESTS_LAB_SCENE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "tests/lab/actor.h"
#include "tests/lab/campaign.h"
#include "tests/lab/child.h"
#include "tests/lab/folder_image.h"
#include "tests/lab/ledger.h"
#include "tests/lab/oracle.h"

namespace everturn::lab {

class Scene {
 public:
  // Does the first part in a new folder within `context.directory`, or where it is fastest. Throws
  // std::runtime_error if that fails.
  Scene(const Script& script, const Context& context, std::uint64_t seed);
  // In `folder`, whatever is in it now.
  Scene(const Script& script, std::string folder, std::uint64_t seed);

  void reset() const { put_image(image_, stage_.folder); }
  // The rest of the script, for a child.
  [[nodiscard]] std::function<void(int)> work() const;
  [[nodiscard]] std::function<void(int)> work(const Stage& stage) const;
  // What was promised, with what a child has told.
  [[nodiscard]] Acks worlds(const std::string& told, Fate fate) const;
  // The same of a longer script that begins like this one.
  [[nodiscard]] Acks worlds_of(const Script& script, const Replies& replies, Fate fate) const;
  [[nodiscard]] Finding check(const std::string& told, Fate fate, bool goes_on = true) const;
  // Of the child alone.
  [[nodiscard]] std::uint64_t acknowledged(const std::string& told) const;

  [[nodiscard]] const Script& script() const { return script_; }
  [[nodiscard]] const Stage& stage() const { return stage_; }
  [[nodiscard]] const Replies& before() const { return before_; }

 private:
  void prepare();

  const Script& script_;
  std::unique_ptr<TemporaryFolder> temporary_;
  Stage stage_;
  FolderImage image_;
  Replies before_;
};

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_SCENE_H_
