// SPDX-License-Identifier: Apache-2.0
#include "views/overview.h"

#include <utility>

#include "base/json.h"
#include "base/json_cursor.h"

namespace everturn {
namespace {

struct Place {
  std::string_view folder;
  std::string_view branch;
};

// "cwd" and "gitBranch" of Claude Code, "cwd" of pi, "cwd" and "git":{"branch":..} in the payload
// of Codex, or without it in its older lines.
void look(JsonCursor& cursor, bool is_payload, Place& place) {
  cursor.members([&](std::string_view name) {
    if (name == "cwd") place.folder = cursor.take_value();
    if (name == "gitBranch") place.branch = cursor.take_value();
    if (name == "git") {
      cursor.members([&](std::string_view inner) {
        if (inner == "branch") place.branch = cursor.take_value();
        return true;
      });
    }
    if (name == "payload" && !is_payload) look(cursor, true, place);
    return true;
  });
}

}  // namespace

void OverviewReader::add(std::string_view record) {
  transcript_.add(record);
  Place place;
  JsonCursor cursor(record);
  cursor.skip_space();
  look(cursor, false, place);
  if (overview_.project.empty()) {
    overview_.project = decode_json_string(place.folder).value_or("");
  }
  std::string branch = decode_json_string(place.branch).value_or("");
  if (!branch.empty()) overview_.branch = std::move(branch);
}

Overview OverviewReader::finish() {
  overview_.dialect = transcript_.report().dialect;
  overview_.title = transcript_.title();
  return overview_;
}

}  // namespace everturn
