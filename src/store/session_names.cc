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

Status list_into(Folder& root, SessionNames& names) {
  return root.list_numbered([&](std::string_view name, FileKind kind, std::uint64_t inode) {
    if (is_session_file_name(name) || is_packed_file_name(name)) names.add(name, kind, inode);
    return true;
  });
}

// Only a name that stood there throughout is shown for sure: where names came and went, another
// listing shows what this one may have missed.
Status list_again(Folder& root, SessionNames& names) {
  std::unordered_set<std::string_view> known;
  for (const SessionName& name : names) known.insert(name.text);
  SessionNames again;
  CHECK_OK(list_into(root, again));
  for (const SessionName& name : again) {
    if (!known.contains(name.text)) names.add(name.text, name.kind, name.inode);
  }
  return {};
}

}  // namespace

void SessionNames::leave_out_twins() {
  const auto is_packed = [](const SessionName& name) { return is_packed_file_name(name.text); };
  if (std::none_of(names_.begin(), names_.end(), is_packed)) return;
  std::unordered_map<std::string_view, std::size_t> plain;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (!is_packed(names_[i])) plain.emplace(names_[i].text, i);
  }
  std::vector<char> is_twin(names_.size());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto found = plain.find(unpacked_name(names_[i].text));
    if (!is_packed(names_[i]) || found == plain.end()) continue;
    names_[found->second].has_twin = true;
    is_twin[i] = 1;
  }
  std::size_t i = 0;
  std::erase_if(names_, [&](const SessionName&) { return is_twin[i++] != 0; });
}

Result<SessionNames> session_names(Folder& root) {
  SessionNames names;
  const FileInfo before = TRY(root.info());
  CHECK_OK(list_into(root, names));
  const FileInfo after = TRY(root.info());
  if (before.changed_ns != after.changed_ns) CHECK_OK(list_again(root, names));
  names.leave_out_twins();
  return names;
}

}  // namespace everturn
