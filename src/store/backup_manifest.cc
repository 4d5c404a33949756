// SPDX-License-Identifier: Apache-2.0
#include "store/backup_manifest.h"

#include <array>

#include "base/digest.h"
#include "base/json.h"
#include "base/utf8.h"

namespace everturn {
namespace {

constexpr std::string_view kSchema = "everturn.backup/1";
constexpr std::array<std::string_view, kBackupParts> kPartNames = {"sessions", "trash",
                                                                   "quarantine", "side"};

std::string member(std::string_view name, std::string_view text) {
  return "," + quote_json(name) + ":" + quote_json(text);
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const std::size_t high = kDigits.find(digits[i]);
    const std::size_t low = kDigits.find(digits[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

// Behind the lines before it.
std::string end_line(std::string_view text, std::size_t files) {
  return "{\"end\":true,\"files\":" + std::to_string(files) + member("sha256", hex(sha256(text))) +
         "}\n";
}

Status not_whole(std::string_view why) {
  return {Code::damaged, "the manifest of the backup is not whole (" + std::string(why) +
                             "); run the backup again: what it holds is checked and kept"};
}

}  // namespace

std::string_view backup_part_name(BackupPart part) {
  return kPartNames.at(static_cast<std::size_t>(part));
}

std::string backup_line(const BackupEntry& entry) {
  std::string line = "{\"part\":" + quote_json(backup_part_name(entry.part));
  line += is_utf8(entry.name) ? member("name", entry.name) : member("name_hex", hex(entry.name));
  if (!entry.key.empty()) line += member("key", entry.key);
  line += ",\"bytes\":" + std::to_string(entry.bytes) + member("sha256", entry.sha256);
  if (!entry.version.empty()) line += member("version", entry.version);
  line += ",\"modified_ns\":" + std::to_string(entry.modified_ns) + member("stamp", entry.stamp);
  if (entry.gone) line += ",\"gone\":true";
  return line + "}\n";
}

std::optional<BackupEntry> parse_backup_line(std::string_view line) {
  JsonFault fault;
  if (!is_json_object_by_grammar(line, &fault)) return std::nullopt;
  BackupEntry entry;
  const std::string part = text_member(line, "part");
  bool is_known = false;
  for (std::size_t i = 0; i < kBackupParts; ++i) {
    if (kPartNames.at(i) != part) continue;
    entry.part = static_cast<BackupPart>(i);
    is_known = true;
  }
  entry.name = text_member(line, "name");
  if (entry.name.empty()) entry.name = from_hex(text_member(line, "name_hex")).value_or("");
  const bool leads_out = entry.name.find('/') != std::string::npos || entry.name == "." ||
                         entry.name == ".." || entry.name.find('\0') != std::string::npos;
  if (!is_known || entry.name.empty() || leads_out) return std::nullopt;
  entry.key = text_member(line, "key");
  entry.bytes = static_cast<std::uint64_t>(integer_member(line, "bytes"));
  entry.sha256 = text_member(line, "sha256");
  entry.version = text_member(line, "version");
  entry.modified_ns = integer_member(line, "modified_ns");
  entry.stamp = text_member(line, "stamp");
  entry.gone = find_member(line, "gone") == "true";
  return entry;
}

std::string manifest_text(const BackupManifest& manifest) {
  std::string text = "{\"schema\":" + quote_json(kSchema) + member("store", manifest.store) +
                     member("begun", manifest.begun) + member("finished", manifest.finished) +
                     "}\n";
  for (const auto& [place, entry] : manifest.entries) text += backup_line(entry);
  return text + end_line(text, manifest.entries.size());
}

Result<BackupManifest> parse_manifest(std::string_view text) {
  const std::size_t head_end = text.find('\n');
  const std::size_t last =
      text.size() < 2 ? std::string_view::npos : text.rfind('\n', text.size() - 2);
  if (head_end == std::string_view::npos || last == std::string_view::npos || text.back() != '\n') {
    return not_whole("it ends too early");
  }
  const std::string_view head = text.substr(0, head_end);
  JsonFault fault;
  if (!is_json_object_by_grammar(head, &fault) || text_member(head, "schema") != kSchema) {
    return Status(Code::damaged, "the manifest of the backup is of another version, or none");
  }
  BackupManifest manifest;
  manifest.store = text_member(head, "store");
  manifest.begun = text_member(head, "begun");
  manifest.finished = text_member(head, "finished");
  for (std::size_t at = head_end + 1; at <= last;) {
    const std::size_t line_end = text.find('\n', at);
    std::optional<BackupEntry> entry = parse_backup_line(text.substr(at, line_end - at));
    if (!entry) return not_whole("a line is no entry");
    std::pair<BackupPart, std::string> place(entry->part, entry->name);
    manifest.entries.insert_or_assign(std::move(place), *std::move(entry));
    at = line_end + 1;
  }
  if (text.substr(last + 1) != end_line(text.substr(0, last + 1), manifest.entries.size())) {
    return not_whole("its hash is not that of its lines");
  }
  return manifest;
}

}  // namespace everturn
