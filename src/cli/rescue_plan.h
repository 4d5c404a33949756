// SPDX-License-Identifier: Apache-2.0
// What a rescue has before it: sessions on their way to their copies, and the files that belong to
// them. A session's unit is its file and the folder that bears its name, with sub-agents and tool
// results. Only looks; links are not followed.
#ifndef EVERTURN_CLI_RESCUE_PLAN_H_
#define EVERTURN_CLI_RESCUE_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/context.h"
#include "everturn/report.h"

namespace everturn::cli {

// A file that is no transcript; it is copied byte for byte.
struct UnitFile {
  std::string source;
  std::string to;
};

struct Errand {
  Store* store = nullptr;
  SessionInfo session;
  std::string to;
  std::vector<UnitFile> files;  // that go with it
};

struct RescuePlan {
  std::vector<Errand> errands;
  std::vector<std::string> skipped;  // what of a unit is neither file nor folder, or unreadable
  std::uint64_t files_left_out = 0;  // of the session's unit, when it goes into a file
};

// `source`: a session, as every reading command takes it, or a folder. `to`: a folder for a folder,
// or for a session with what belongs to it; else the new file. `not_found`: no such session.
Result<RescuePlan> plan_rescue(const std::string& source, const std::string& to, Context& context);

// How a file went that goes with a session.
struct FileCopy {
  std::uint64_t bytes = 0;
  bool was_there = false;  // with the same content, from a run that was cut off
};
// Copies it durably, with the folders above it. `conflict`: something else has the name.
Result<FileCopy> copy_unit_file(const UnitFile& file);

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_RESCUE_PLAN_H_
