// SPDX-License-Identifier: Apache-2.0
// The sessions of a store by name and stamp alone, packed: for who looks at all of them and shows
// few. A SessionInfo takes three times the memory and a few allocations.
#ifndef EVERTURN_STORE_LISTED_NAMES_H_
#define EVERTURN_STORE_LISTED_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/report.h"
#include "store/session_names.h"

namespace everturn {

struct ListedName {
  // The file's; the key of a session that is in no file. Lives as long as the list.
  std::string_view name;
  FileStamp stamp;
  std::uint32_t remark = 0;  // the number of its note; 0: none
};

// Any thread may read it.
class ListedNames {
 public:
  ListedNames() = default;
  // Of an engine that has no cheaper way.
  explicit ListedNames(std::vector<SessionInfo> sessions);
  // Of files in a folder; names that are gone are in it until they are taken out.
  explicit ListedNames(SessionNames names) : names_(std::move(names)) {}

  [[nodiscard]] std::size_t size() const { return listed_.size(); }
  [[nodiscard]] const ListedName& operator[](std::size_t number) const { return listed_[number]; }
  // As Store::list gives it with names_only.
  [[nodiscard]] SessionInfo info(std::size_t number) const;
  // The same into `session`, which is new or holds another of this list; `key` is the session's, if
  // not empty.
  void set_info(std::size_t number, std::string_view key, SessionInfo& session) const;
  [[nodiscard]] std::string_view note(std::size_t number) const;
  // It is no file that can be read: what is listed is all there is.
  [[nodiscard]] bool is_no_file(std::size_t number) const;

  // Looks at each file of `root`, which has these names; without stamps, at its kind alone.
  void look_at_all(Folder& root, bool with_stamps);

 private:
  // False: it is gone.
  static bool look_at(Folder* root, const SessionName& name, ListedName& listed,
                      std::string& remark);

  SessionNames names_;
  std::vector<SessionInfo> sessions_;
  std::vector<ListedName> listed_;
  std::vector<std::string> remarks_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_LISTED_NAMES_H_
