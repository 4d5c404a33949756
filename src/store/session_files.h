// SPDX-License-Identifier: Apache-2.0
// Which file holds which session: from a key to its file, and from a file to its key.
//
// A canonical name decides its key. Hashed names (of long keys, or where the folder ignores case)
// and legacy names (nanobot's older "telegram_1.jsonl") are decided by the key in the metadata
// record, and files of other agents by their name.
#ifndef EVERTURN_STORE_SESSION_FILES_H_
#define EVERTURN_STORE_SESSION_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/session_name.h"
#include "everturn/session.h"
#include "fs/fs.h"

namespace everturn {

struct SessionFile {
  std::string name;     // unpacked
  bool exists = false;  // it, or a packed one beside its place
  bool packed = false;  // only the packed one, under packed_file_name(name)

  // Under which it lies there.
  [[nodiscard]] std::string real_name() const { return packed ? packed_file_name(name) : name; }
};

// The file that `key` leads to: the canonical or hashed name, else an existing legacy one; where
// none exists, the name for a new file. Of a plain and a packed file of one name, the plain one
// counts.
Result<SessionFile> find_session_file(Folder& root, std::string_view key, bool ignores_case);
// All existing files that `key` leads to, packed ones too, the effective one first.
Result<std::vector<std::string>> all_session_files(Folder& root, std::string_view key,
                                                   bool ignores_case);

struct KeyOfFile {
  std::string key;
  std::string note;              // what is odd about it
  bool no_record = false;        // the file holds bytes and none of them is a record
  std::size_t first_record = 0;  // the length of the first line, where that is one record
  // Not ok: the metadata may stand where the disk cannot read, so that the key was not found.
  Status hole = {};
};
// `first_line`: of the file, without '\n'; empty if there is none.
KeyOfFile key_of_file(std::string_view file_name, std::string_view first_line);
// The key of the file `name`: if its first line is damaged, and the name alone does not tell, from
// the first metadata record in it that fits the name. Reads on only where the first line is
// damaged.
Result<KeyOfFile> find_key_of_file(File& file, std::string_view name, std::uint64_t size);
// The same for who has read the file's first bytes already.
Result<KeyOfFile> find_key_of_file(File& file, std::string_view name, std::uint64_t size,
                                   std::string_view beginning);
// The first line of a file, up to 1 MiB; empty if it is longer.
Result<std::string> read_first_line(File& file);

}  // namespace everturn

#endif  // EVERTURN_STORE_SESSION_FILES_H_
