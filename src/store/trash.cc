// SPDX-License-Identifier: Apache-2.0
#include "store/trash.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/try.h"
#include "journal/replace.h"
#include "store/line_copy.h"

namespace everturn {
namespace {

constexpr std::string_view kReceiptEnding = ".json";
constexpr std::string_view kSchema = "everturn.trash/1";

std::string data_name(const std::string& id, std::size_t i) { return id + "." + std::to_string(i); }

bool is_trash_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 &&
         id.find_first_not_of("0123456789abcdefTZ-") == std::string_view::npos;
}

Status no_such_entry(std::string_view id) {
  return {Code::not_found, "there is no trash entry " + std::string(id.substr(0, 64)) +
                               " (everturn trash lists them)"};
}

// A second name where the file system has them and both folders lie on it, else a copy.
Status link_or_copy(Folder& from_folder, const std::string& from, Folder& to_folder,
                    const std::string& to) {
  const Status linked = from_folder.link(from, to_folder, to);
  if (linked.ok() || linked.code() != Code::io) return linked;
  const std::unique_ptr<File> file = TRY(from_folder.open(from, Access::read));
  const FileInfo info = TRY(file->info());
  const std::unique_ptr<Replacement> copy =
      TRY(Replacement::begin(to_folder, to, temporary_file_name(to), file.get()));
  CHECK_OK(copy_bytes(*file, 0, info.size, *copy));
  return copy->publish(false);
}

Status remove_if_there(Folder& folder, const std::string& name) {
  const Status removed = folder.remove(name);
  return removed.code() == Code::not_found ? Status() : removed;
}

}  // namespace

Trash::Receipt Trash::begin(std::string_view key, TrashKind kind) {
  const std::int64_t now_ns = context_.fs.now_ns();
  std::string id = iso_utc_time(now_ns);
  std::erase(id, ':');
  std::erase(id, '-');
  const std::uint64_t random = context_.fs.random();
  id += "-" + hex(Digest128{0, random}).substr(16);
  return {{std::move(id), std::string(key), kind, 0, 0, now_ns}, {}, {}};
}

Result<std::shared_ptr<Folder>> Trash::folder_to_fill() {
  Result<std::shared_ptr<Folder>> folder = context_.folder->trash(true);
  if (!folder) context_.note_failure(folder.status());
  return folder;
}

Status Trash::add_file(Receipt& receipt, Folder& from, const std::string& name) {
  const std::shared_ptr<Folder> folder = TRY(folder_to_fill());
  const std::unique_ptr<File> file = TRY(from.open(name, Access::read));
  // What lies in the trash is durable; so must be what it was made of.
  CHECK_OK(context_.sync_data(*file));
  const FileInfo info = TRY(file->info());
  CHECK_OK(link_or_copy(from, name, *folder, data_name(receipt.entry.id, receipt.files.size())));
  receipt.entry.bytes += info.size;
  receipt.files.push_back(name);
  return {};
}

Status Trash::add_range(Receipt& receipt, File& from, std::uint64_t begin, std::uint64_t end,
                        const std::string& name) {
  const std::shared_ptr<Folder> folder = TRY(folder_to_fill());
  const std::string data = data_name(receipt.entry.id, receipt.files.size());
  const std::unique_ptr<Replacement> copy =
      TRY(Replacement::begin(*folder, data, temporary_file_name(data), nullptr));
  CHECK_OK(copy_bytes(from, begin, end, *copy));
  CHECK_OK(context_.noted(copy->publish(false)));
  receipt.entry.bytes += end - begin;
  receipt.files.push_back(name);
  return {};
}

Status Trash::commit(const Receipt& receipt) {
  const std::shared_ptr<Folder> folder = TRY(folder_to_fill());
  const TrashEntry& entry = receipt.entry;
  std::string text =
      "{\"schema\":" + quote_json(kSchema) + ",\"id\":" + quote_json(entry.id) +
      ",\"kind\":" + (entry.kind == TrashKind::session ? "\"session\"" : "\"records\"") +
      ",\"key\":" + quote_json(entry.key) + ",\"removed_ns\":" + std::to_string(entry.removed_ns) +
      ",\"bytes\":" + std::to_string(entry.bytes) +
      ",\"records\":" + std::to_string(entry.records) +
      ",\"version_after\":" + quote_json(receipt.version_after) +
      ",\"file_count\":" + std::to_string(receipt.files.size());
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    text += ",\"file_" + std::to_string(i) + "\":" + quote_json(receipt.files[i]);
  }
  text += "}\n";
  const std::string name = entry.id + std::string(kReceiptEnding);
  const std::unique_ptr<Replacement> file =
      TRY(Replacement::begin(*folder, name, temporary_file_name(name), nullptr));
  CHECK_OK(file->write(text));
  return context_.noted(file->publish(false));
}

Result<Trash::Receipt> Trash::read_receipt(Folder& folder, std::string_view id) {
  if (!is_trash_id(id)) return no_such_entry(id);
  const Result<std::unique_ptr<File>> file =
      folder.open(std::string(id) + std::string(kReceiptEnding), Access::read);
  if (!file) {
    return file.status().code() == Code::not_found ? no_such_entry(id) : file.status();
  }
  const std::string text = TRY(read_first_line(**file));
  JsonFault fault;
  if (!is_json_object_by_grammar(text, &fault) || text_member(text, "schema") != kSchema) {
    return Status(Code::damaged, "the receipt of trash entry " + std::string(id) +
                                     " is not readable; its files lie beside it, untouched");
  }
  Receipt receipt;
  receipt.entry.id = id;
  receipt.entry.key = text_member(text, "key");
  receipt.entry.kind =
      text_member(text, "kind") == "records" ? TrashKind::records : TrashKind::session;
  receipt.entry.bytes = static_cast<std::uint64_t>(integer_member(text, "bytes"));
  receipt.entry.records = static_cast<std::uint64_t>(integer_member(text, "records"));
  receipt.entry.removed_ns = integer_member(text, "removed_ns");
  receipt.version_after = text_member(text, "version_after");
  const std::int64_t count = std::min<std::int64_t>(integer_member(text, "file_count"), 8);
  for (std::int64_t i = 0; i < count; ++i) {
    receipt.files.push_back(text_member(text, "file_" + std::to_string(i)));
  }
  return receipt;
}

// False for an entry that was begun and never completed: its files are still the session's.
Result<bool> Trash::is_in_force(Folder& folder, const Receipt& receipt) {
  const std::shared_ptr<Folder> root = context_.folder->root();
  bool gone = receipt.entry.kind == TrashKind::records;
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    const Result<FileInfo> kept = folder.stat(data_name(receipt.entry.id, i));
    if (!kept) {
      if (kept.status().code() == Code::not_found) return false;
      return kept.status();
    }
    const Result<FileInfo> live = root->stat(receipt.files[i]);
    gone = gone || !live || live->id != kept->id;
  }
  return gone;
}

Result<bool> Trash::is_back(const Receipt& receipt, std::string_view name, Folder& folder) {
  const std::shared_ptr<Folder> trash = TRY(context_.folder->trash(false));
  const auto file = std::find(receipt.files.begin(), receipt.files.end(), name);
  if (trash == nullptr || file == receipt.files.end()) return false;
  const auto i = static_cast<std::size_t>(file - receipt.files.begin());
  const FileInfo kept = TRY(trash->stat(data_name(receipt.entry.id, i)));
  const Result<FileInfo> live = folder.stat(name);
  return live && live->id == kept.id;
}

Result<Trash::Receipt> Trash::find(std::string_view id) {
  const std::shared_ptr<Folder> folder = TRY(context_.folder->trash(false));
  if (folder == nullptr) return no_such_entry(id);
  Receipt receipt = TRY(read_receipt(*folder, id));
  const bool in_force = TRY(is_in_force(*folder, receipt));
  if (!in_force) return no_such_entry(id);
  return receipt;
}

Result<std::vector<TrashEntry>> Trash::list() {
  std::vector<TrashEntry> entries;
  const std::shared_ptr<Folder> folder = TRY(context_.folder->trash(false));
  if (folder == nullptr) return entries;
  std::vector<std::string> ids;
  CHECK_OK(folder->list([&](std::string_view name, FileKind) {
    if (name.ends_with(kReceiptEnding)) {
      ids.emplace_back(name.substr(0, name.size() - kReceiptEnding.size()));
    }
    return true;
  }));
  for (const std::string& id : ids) {
    const Result<Receipt> receipt = read_receipt(*folder, id);
    if (!receipt) {
      // Shown, so that a person can look; undelete and purge say what is wrong.
      if (receipt.status().code() == Code::damaged) entries.push_back({id, "", {}, 0, 0, 0});
      continue;
    }
    const bool in_force = TRY(is_in_force(*folder, *receipt));
    if (in_force) entries.push_back(receipt->entry);
  }
  std::sort(entries.begin(), entries.end(), [](const TrashEntry& a, const TrashEntry& b) {
    return a.removed_ns != b.removed_ns ? a.removed_ns > b.removed_ns : a.id > b.id;
  });
  return entries;
}

Result<std::unique_ptr<File>> Trash::open_file(const Receipt& receipt, std::size_t i) {
  const std::shared_ptr<Folder> folder = TRY(context_.folder->trash(false));
  if (folder == nullptr) return no_such_entry(receipt.entry.id);
  return folder->open(data_name(receipt.entry.id, i), Access::read);
}

Status Trash::give_back(const Receipt& receipt, std::size_t i, Folder& to) {
  if (!is_session_file_name(unpacked_name(receipt.files[i]))) {
    return {Code::damaged, "the receipt names a file that is no session file"};
  }
  const std::shared_ptr<Folder> folder = TRY(context_.folder->trash(false));
  if (folder == nullptr) return no_such_entry(receipt.entry.id);
  const std::string& name = receipt.files[i];
  const bool back = TRY(is_back(receipt, name, to));
  // Somebody gave it this name and came no further: a failed sync may have lost it.
  if (back) return write_anew(to, name, temporary_file_name(name));
  return link_or_copy(*folder, data_name(receipt.entry.id, i), to, name);
}

Status Trash::drop(const Receipt& receipt) {
  const std::shared_ptr<Folder> folder = TRY(context_.folder->trash(false));
  if (folder == nullptr) return no_such_entry(receipt.entry.id);
  for (std::size_t i = 0; i < receipt.files.size(); ++i) {
    CHECK_OK(remove_if_there(*folder, data_name(receipt.entry.id, i)));
  }
  CHECK_OK(remove_if_there(*folder, receipt.entry.id + std::string(kReceiptEnding)));
  return context_.noted(folder->sync());
}

}  // namespace everturn
