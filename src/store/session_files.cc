// SPDX-License-Identifier: Apache-2.0
#include "store/session_files.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "journal/reader.h"
#include "journal/scan.h"
#include "journal/unreadable.h"
#include "store/metadata_record.h"
#include "store/packed_file.h"

namespace everturn {
namespace {

constexpr std::size_t kFirstStep = 4096;
constexpr std::size_t kFirstLineMax = 1 << 20;

Result<bool> is_there(Folder& root, std::string_view name) {
  if (name.empty()) return false;
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
  const std::unique_ptr<File> file = TRY(open_session_content(root, name));
  const FileInfo info = TRY(file->info());
  const KeyOfFile found = TRY(find_key_of_file(*file, name, info.size));
  if (found.key == key) return true;
  // Else a session whose metadata cannot be read would be taken for none, and a new one begun.
  if (!found.hole.ok()) return found.hole.within("whose session " + name + " is cannot be told");
  return false;
}

std::string stem_of(std::string_view file_name) {
  constexpr std::string_view kEnding = ".jsonl";
  return std::string(file_name.substr(0, file_name.size() - kEnding.size()));
}

// `is_record`: the line is one.
KeyOfFile key_by_name(std::string_view file_name, std::string_view first_line, bool is_record);

bool is_record(std::string_view line) {
  if (line.empty()) return false;
  JsonFault fault;
  return is_json_object_by_grammar(without_byte_order_mark(line), &fault);
}

// Reads until a record tells the key of the file.
class KeyFinder : public LineSink, public ScanSink {
 public:
  explicit KeyFinder(std::string_view file_name)
      : file_name_(unpacked_name(file_name)),
        name_tells_(key_of_file_name(file_name_).has_value()) {}

  bool on_line(std::uint64_t offset, std::string_view bytes, bool terminated) override {
    return scanner_.line(offset, bytes, terminated);
  }
  bool on_long_line(std::uint64_t, std::uint64_t) override {
    saw_record = true;  // perhaps
    return true;
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view front) override {
    if (!hole) hole = unreadable_range(offset, length);
    return scanner_.unreadable(offset, length, front);
  }
  bool on_record(const ScannedRecord& record) override {
    saw_record = true;
    if (name_tells_) return false;
    if (!is_metadata_line(record.bytes)) return true;
    KeyOfFile key = key_of_file(file_name_, record.bytes);
    if (parse_metadata(record.bytes).key != key.key) return true;
    found = std::move(key);
    return false;
  }
  bool on_damage(Damage) override { return true; }

  bool saw_record = false;
  std::optional<KeyOfFile> found;
  std::optional<Status> hole;  // the first

 private:
  std::string_view file_name_;
  bool name_tells_;
  Scanner scanner_{{}, *this};
};

}  // namespace

Result<KeyOfFile> find_key_of_file(File& file, std::string_view name, std::uint64_t size) {
  return find_key_of_file(file, name, size, {});
}

Result<KeyOfFile> find_key_of_file(File& file, std::string_view name, std::uint64_t size,
                                   std::string_view beginning) {
  std::string longer;
  std::string_view first_line = beginning.substr(0, beginning.find('\n'));
  if (first_line.size() == beginning.size() && beginning.size() < size) {
    longer = TRY(read_first_line(file));
    first_line = longer;
  }
  const bool has_record = is_record(first_line);
  KeyOfFile key = key_by_name(name, first_line, has_record);
  if (has_record) key.first_record = first_line.size();
  if (size == 0 || has_record) return key;
  KeyFinder finder(name);
  CHECK_OK(read_lines(file, 0, size, {}, finder));
  if (finder.found) key = *std::move(finder.found);
  key.no_record = !finder.saw_record;
  if (!finder.found && finder.hole) key.hole = *std::move(finder.hole);
  return key;
}

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
  const std::string packed = packed_file_name(canonical);
  const bool packed_too = TRY(is_there(root, packed));
  if (packed_too) names.push_back(packed);
  const std::string packed_legacy = legacy == canonical ? "" : packed_file_name(legacy);
  const bool packed_legacy_too = TRY(legacy_file_is_of(root, packed_legacy, key));
  if (packed_legacy_too) names.push_back(packed_legacy);
  return names;
}

Result<SessionFile> find_session_file(Folder& root, std::string_view key, bool ignores_case) {
  SessionFile file{session_file_name(key, ignores_case), false, false};
  file.exists = TRY(is_there(root, file.name));
  if (file.exists) return file;
  file.exists = file.packed = TRY(is_there(root, packed_file_name(file.name)));
  if (file.exists) return file;
  const std::string legacy = legacy_file_name(key);
  const bool legacy_there = TRY(legacy_file_is_of(root, legacy, key));
  if (legacy_there) return SessionFile{legacy, true, false};
  const std::string packed_legacy = legacy.empty() ? "" : packed_file_name(legacy);
  const bool packed_legacy_there = TRY(legacy_file_is_of(root, packed_legacy, key));
  if (packed_legacy_there) return SessionFile{legacy, true, true};
  return file;
}

KeyOfFile key_of_file(std::string_view file_name, std::string_view first_line) {
  return key_by_name(file_name, first_line, is_record(first_line));
}

namespace {

KeyOfFile key_by_name(std::string_view file_name, std::string_view first_line, bool is_record) {
  file_name = unpacked_name(file_name);
  std::string inside;
  first_line = without_byte_order_mark(first_line);
  if (is_record && is_metadata_line(first_line)) inside = text_member(first_line, "key");
  const bool usable = !inside.empty() && check_key(inside).ok();
  std::optional<std::string> canonical = key_of_file_name(file_name);
  if (canonical && (!usable || inside == *canonical)) return {*std::move(canonical), ""};
  // A legacy name may look like base64url; its own metadata tells.
  if (usable && legacy_file_name(inside) == file_name) return {inside, ""};
  if (!canonical && usable && session_file_name(inside, true) == file_name) return {inside, ""};
  std::string note;
  if (usable) note = "the key in the metadata differs: " + inside;
  return {canonical ? *std::move(canonical) : stem_of(file_name), std::move(note)};
}

}  // namespace

Result<std::string> read_first_line(File& file) {
  std::string line;
  std::size_t step = kFirstStep;
  while (line.size() < kFirstLineMax) {
    const std::size_t had = line.size();
    line.resize(had + step);
    const std::size_t got = TRY(read_around_holes(file, had, line.data() + had, step));
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
