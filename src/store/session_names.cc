// SPDX-License-Identifier: Apache-2.0
#include "store/session_names.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/session_name.h"
#include "base/try.h"

namespace everturn {
namespace {

Status list_into(Folder& root, std::vector<SessionName>& names) {
  return root.list_numbered([&](std::string_view name, FileKind kind, std::uint64_t inode) {
    const bool is_session = is_session_file_name(unpacked_name(name));
    if (is_session) names.push_back({std::string(name), kind, inode, false});
    return true;
  });
}

// Only a name that stood there throughout is shown for sure: where names came and went, another
// listing shows what this one may have missed.
Status list_again(Folder& root, std::vector<SessionName>& names) {
  std::unordered_set<std::string> known;
  for (const SessionName& name : names) known.insert(name.text);
  std::vector<SessionName> again;
  CHECK_OK(list_into(root, again));
  for (SessionName& name : again) {
    if (!known.contains(name.text)) names.push_back(std::move(name));
  }
  return {};
}

void leave_out_twins(std::vector<SessionName>& names) {
  const auto is_packed = [](const SessionName& name) { return is_packed_file_name(name.text); };
  if (std::none_of(names.begin(), names.end(), is_packed)) return;
  std::unordered_map<std::string, std::size_t> plain;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!is_packed(names[i])) plain.emplace(names[i].text, i);
  }
  std::vector<char> is_twin(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = plain.find(std::string(unpacked_name(names[i].text)));
    if (!is_packed(names[i]) || found == plain.end()) continue;
    names[found->second].has_twin = true;
    is_twin[i] = 1;
  }
  std::size_t i = 0;
  std::erase_if(names, [&](const SessionName&) { return is_twin[i++] != 0; });
}

}  // namespace

Result<std::vector<SessionName>> session_names(Folder& root) {
  std::vector<SessionName> names;
  const FileInfo before = TRY(root.info());
  CHECK_OK(list_into(root, names));
  const FileInfo after = TRY(root.info());
  if (before.changed_ns != after.changed_ns) CHECK_OK(list_again(root, names));
  leave_out_twins(names);
  return names;
}

}  // namespace everturn
