// SPDX-License-Identifier: Apache-2.0
// Three ways to keep a session that agents really use, written down for this lab over the same seam
// as Everturn. They prove that the lab can find a loss.
#ifndef EVERTURN_TESTS_LAB_RIVALS_H_
#define EVERTURN_TESTS_LAB_RIVALS_H_

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn::lab {

class Rival {
 public:
  virtual ~Rival() = default;
  virtual Status append(const std::string& record) = 0;  // ok: acknowledged
  virtual Result<std::set<std::string>> load() = 0;
};

enum class RivalKind : std::uint8_t { rewrite_without_sync, append_without_sync, skip_bad_lines };
std::string_view rival_name(RivalKind kind);
const std::vector<RivalKind>& rivals();

// Over what lies in `folder` by now; both must outlive it.
Result<std::unique_ptr<Rival>> open_rival(RivalKind kind, Folder& folder);

}  // namespace everturn::lab

#endif  // EVERTURN_TESTS_LAB_RIVALS_H_
