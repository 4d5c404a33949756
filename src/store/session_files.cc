// SPDX-License-Identifier: Apache-2.0
#include "store/session_files.h"

#include <memory>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "store/metadata_record.h"

namespace everturn {
namespace {

constexpr std::size_t kFirstStep = 4096;
constexpr std::size_t kFirstLineMax = 1 << 20;

Result<bool> is_there(Folder& root, std::string_view name) {
  const Result<FileInfo> info = root.stat(name);
  if (!info) {
    if (info.status().code() == Code::not_found) return false;
    return info.status();
  }
  if (info->kind == FileKind::file) return true;
  return Status(Code::invalid, std::string(name) +
                                   " is not a regular file (a folder, a FIFO or a symbolic link); "
                                   "move it away, then try again");
}

// A legacy name can be that of several keys; its metadata says which one it is.
Result<bool> legacy_file_is_of(Folder& root, const std::string& name, std::string_view key) {
  if (name.empty()) return false;
  const bool there = TRY(is_there(root, name));
  if (!there) return false;
  const std::unique_ptr<File> file = TRY(root.open(name, Access::read));
  const std::string first_line = TRY(read_first_line(*file));
  return key_of_file(name, first_line).key == key;
}

std::string stem_of(std::string_view file_name) {
  constexpr std::string_view kEnding = ".jsonl";
  return std::string(file_name.substr(0, file_name.size() - kEnding.size()));
}

}  // namespace

Result<std::vector<std::string>> all_session_files(Folder& root, std::string_view key,
                                                   bool ignores_case) {
  std::vector<std::string> names;
  const std::string canonical = session_file_name(key, ignores_case);
  const bool there = TRY(is_there(root, canonical));
  if (there) names.push_back(canonical);
  const std::string legacy = legacy_file_name(key);
  if (legacy != canonical) {
    const bool legacy_too = TRY(legacy_file_is_of(root, legacy, key));
    if (legacy_too) names.push_back(legacy);
  }
  return names;
}

Result<SessionFile> find_session_file(Folder& root, std::string_view key, bool ignores_case) {
  SessionFile file{session_file_name(key, ignores_case), false};
  file.exists = TRY(is_there(root, file.name));
  if (file.exists) return file;
  const std::string legacy = legacy_file_name(key);
  const bool legacy_there = TRY(legacy_file_is_of(root, legacy, key));
  if (legacy_there) return SessionFile{legacy, true};
  return file;
}

KeyOfFile key_of_file(std::string_view file_name, std::string_view first_line) {
  JsonFault fault;
  std::string inside;
  if (is_json_object_by_grammar(first_line, &fault) && is_metadata_line(first_line)) {
    inside = parse_metadata(first_line).key;
  }
  const bool usable = !inside.empty() && check_key(inside).ok();
  // A legacy name may look like base64url; its own metadata tells.
  if (usable && legacy_file_name(inside) == file_name) return {inside, ""};
  if (std::optional<std::string> canonical = key_of_file_name(file_name)) {
    std::string note;
    if (usable && inside != *canonical) note = "the key in the metadata differs: " + inside;
    return {*std::move(canonical), std::move(note)};
  }
  if (usable && session_file_name(inside, true) == file_name) return {inside, ""};
  std::string note;
  if (usable) note = "the key in the metadata differs: " + inside;
  return {stem_of(file_name), std::move(note)};
}

Result<std::string> read_first_line(File& file) {
  std::string line;
  std::size_t step = kFirstStep;
  while (line.size() < kFirstLineMax) {
    const std::size_t had = line.size();
    line.resize(had + step);
    const std::size_t got = TRY(file.read_at(had, line.data() + had, step));
    line.resize(had + got);
    const std::size_t newline = line.find('\n', had);
    if (newline != std::string::npos) {
      line.resize(newline);
      return line;
    }
    if (got < step) return line;
    step *= 4;
  }
  return std::string();
}

}  // namespace everturn
