// SPDX-License-Identifier: Apache-2.0
#include "store/listed_names.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/parallel.h"
#include "store/session_files.h"
#include "store/stamp.h"

namespace everturn {
namespace {

// Looking at a name takes a microsecond or two: threads pay where there are many.
constexpr std::size_t kNamesAThread = 512;
constexpr std::size_t kThreads = 4;  // they also wait for the disk
constexpr std::size_t kAhead = 16;   // names that are brought near before they are looked at

// Of nearly all notes that there are.
constexpr std::uint32_t kEmpty = 1;
constexpr std::uint32_t kTwin = 2;
constexpr std::uint32_t kGone = UINT32_MAX;

constexpr const char* kEmptyNote = "empty";

}  // namespace

ListedNames::ListedNames(std::vector<SessionInfo> sessions) : sessions_(std::move(sessions)) {
  listed_.reserve(sessions_.size());
  for (const SessionInfo& session : sessions_) {
    const bool is_file = !session.file_name.empty();
    ListedName listed{is_file ? session.file_name : session.key, session.stamp, 0};
    if (listed.stamp.inode == 0) {
      listed.stamp.size = session.bytes;
      listed.stamp.modified_ns = session.modified_ns;
    }
    listed_.push_back(listed);
  }
}

std::string_view ListedNames::note(std::size_t number) const {
  if (!sessions_.empty()) return sessions_[number].note;
  const std::uint32_t remark = listed_[number].remark;
  return remark == 0 ? std::string_view() : std::string_view(remarks_[remark - 1]);
}

bool ListedNames::is_no_file(std::size_t number) const {
  if (listed_[number].stamp.inode != 0) return false;
  const std::string_view said = note(number);
  return !said.empty() && said != kEmptyNote;
}

SessionInfo ListedNames::info(std::size_t number) const {
  SessionInfo session;
  set_info(number, {}, session);
  return session;
}

void ListedNames::set_info(std::size_t number, std::string_view key, SessionInfo& session) const {
  if (!sessions_.empty()) {
    session = sessions_[number];
    if (!key.empty()) session.key = key;
    return;
  }
  const ListedName& listed = listed_[number];
  session.file_name = listed.name;
  if (key.empty()) {
    session.key = key_of_file(listed.name, {}).key;
  } else {
    session.key = key;
  }
  session.stamp = listed.stamp;
  session.bytes = listed.stamp.size;
  session.modified_ns = listed.stamp.modified_ns;
  session.note = note(number);
}

bool ListedNames::look_at(Folder* root, const SessionName& name, ListedName& listed,
                          std::string& remark) {
  listed.name = name.text;
  if (name.kind != FileKind::file) {
    remark = "not a regular file";
    return true;
  }
  if (name.has_twin) listed.remark = kTwin;
  if (root == nullptr) return true;
  const Result<FileInfo> found = root->stat(name.text);
  if (!found) {
    remark = "cannot be read: " + found.status().message();
    return found.status().code() != Code::not_found;
  }
  listed.stamp = stamp_of(*found);
  if (found->size == 0 && !name.has_twin) listed.remark = kEmpty;
  return true;
}

// In the order of the files' numbers, which is the order in which a disk gives them fastest.
void ListedNames::look_at_all(Folder& root, bool with_stamps) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order(names_.size());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    order[i] = {names_[i].inode, static_cast<std::uint32_t>(i)};
  }
  std::sort(order.begin(), order.end());
  listed_.resize(names_.size());
  remarks_ = {kEmptyNote, kHasTwin};
  std::mutex mutex;  // of remarks_
  in_threads(names_.size(), kNamesAThread, kThreads, [&](std::size_t begin, std::size_t end) {
    std::string remark;
    for (std::size_t i = begin; i < end; ++i) {
      // The names lie in the folder's order, not in this one.
      if (i + kAhead < end) __builtin_prefetch(&names_[order[i + kAhead].second]);
      if (i + kAhead / 2 < end) {
        __builtin_prefetch(names_[order[i + kAhead / 2].second].text.data());
      }
      remark.clear();
      if (!look_at(with_stamps ? &root : nullptr, names_[order[i].second], listed_[i], remark)) {
        listed_[i].remark = kGone;
      } else if (!remark.empty()) {
        const std::lock_guard guard(mutex);
        remarks_.push_back(remark);
        listed_[i].remark = static_cast<std::uint32_t>(remarks_.size());
      }
    }
  });
  std::erase_if(listed_, [](const ListedName& listed) { return listed.remark == kGone; });
}

}  // namespace everturn
