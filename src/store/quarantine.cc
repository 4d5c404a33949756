// SPDX-License-Identifier: Apache-2.0
#include "store/quarantine.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "journal/reader.h"
#include "journal/unreadable.h"

namespace everturn {
namespace {

constexpr std::string_view kReceiptEnding = ".json";
constexpr std::string_view kBytesEnding = ".bytes";
constexpr std::string_view kEditsEnding = ".edits";
constexpr std::string_view kSchema = "everturn.receipt/1";
constexpr std::size_t kStep = 256 << 10;

bool is_receipt_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 &&
         id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string file_of(std::string_view id, std::string_view ending) {
  return std::string(id) + std::string(ending);
}

Status no_such_receipt(std::string_view id) {
  return {Code::not_found, "there is no receipt " + std::string(id.substr(0, 64)) +
                               " (everturn repair --receipts lists them)"};
}

Status unreadable(std::string_view id, std::string_view what) {
  return {Code::damaged, "the " + std::string(what) + " of receipt " + std::string(id) +
                             " cannot be read; the bytes that were taken out are beside it, in " +
                             file_of(id, kBytesEnding)};
}

std::string mark_json(const ContentMark& mark) {
  return "{\"bytes\":" + std::to_string(mark.bytes) +
         ",\"sha256\":" + quote_json(hex(mark.sha256)) + "}";
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool parse_mark(std::string_view receipt, std::string_view name, ContentMark& mark) {
  const auto raw = find_member(receipt, name);
  if (!raw) return false;
  mark.bytes = static_cast<std::uint64_t>(integer_member(*raw, "bytes"));
  const std::string digits = text_member(*raw, "sha256");
  if (digits.size() != 2 * mark.sha256.size()) return false;
  for (std::size_t i = 0; i < mark.sha256.size(); ++i) {
    const int high = hex_value(digits[2 * i]);
    const int low = hex_value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    mark.sha256[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

std::string receipt_json(const QuarantineEntry& entry) {
  const RepairReceipt& receipt = entry.receipt;
  return "{\"schema\":" + quote_json(kSchema) + ",\"id\":" + quote_json(receipt.id) +
         ",\"key\":" + quote_json(receipt.key) + ",\"folder\":" + quote_json(entry.folder) +
         ",\"file\":" + quote_json(receipt.file_name) +
         ",\"repaired_ns\":" + std::to_string(receipt.repaired_ns) +
         ",\"taken_bytes\":" + std::to_string(receipt.bytes) +
         ",\"summary\":" + quote_json(receipt.summary) + ",\"before\":" + mark_json(entry.before) +
         ",\"after\":" + mark_json(entry.after) +
         ",\"generation\":" + quote_json(std::to_string(entry.generation)) +
         ",\"was_terminated\":" + (entry.was_terminated ? "true" : "false") + "}\n";
}

class EditReader : public LineSink {
 public:
  EditReader(std::string_view id, File& taken, const Quarantine::EditVisit& visit)
      : id_(id), taken_(taken), visit_(visit) {}
  bool on_line(std::uint64_t, std::string_view line, bool terminated) override {
    JsonFault fault;
    if (!terminated || !is_json_object_by_grammar(line, &fault)) {
      status = unreadable(id_, "script");
    } else {
      status = give(line);
    }
    return status.ok();
  }
  bool on_long_line(std::uint64_t, std::uint64_t) override {
    status = unreadable(id_, "script");
    return false;
  }
  bool on_unreadable(std::uint64_t offset, std::uint64_t length, std::string_view) override {
    status = unreadable_range(offset, length);
    return false;
  }
  Status status;

 private:
  Status give(std::string_view line) {
    const std::int64_t offset = integer_member(line, "offset");
    const std::int64_t size = integer_member(line, "taken");
    const std::int64_t put = integer_member(line, "put");
    const FileInfo info = TRY(taken_.info());
    if (offset < 0 || size < 0 || put < 0 ||
        static_cast<std::uint64_t>(size) > info.size - std::min(info.size, at_)) {
      return unreadable(id_, "script");
    }
    bytes_.resize(static_cast<std::size_t>(size));
    const std::size_t got = TRY(taken_.read_at(at_, bytes_.data(), bytes_.size()));
    if (got != bytes_.size()) return unreadable(id_, "bytes");
    at_ += got;
    return visit_(static_cast<std::uint64_t>(offset), bytes_, static_cast<std::uint64_t>(put));
  }

  std::string_view id_;
  File& taken_;
  const Quarantine::EditVisit& visit_;
  std::string bytes_;
  std::uint64_t at_ = 0;
};

}  // namespace

Status Quarantine::Draft::add(const RepairEdit& edit) {
  CHECK_OK(taken_->write(edit.taken));
  bytes_ += edit.taken.size();
  return edits_->write("{\"offset\":" + std::to_string(edit.offset) +
                       ",\"taken\":" + std::to_string(edit.taken.size()) +
                       ",\"put\":" + std::to_string(edit.put.size()) +
                       ",\"action\":" + quote_json(repair_action_name(edit.action)) +
                       ",\"reason\":" + quote_json(edit.reason) + "}\n");
}

// No lock says that a leftover is one, so each file of each draft has a name of its own.
Result<std::unique_ptr<Replacement>> Quarantine::Draft::begin_file() {
  return Replacement::begin(*folder_, {}, temporary_file_name(std::to_string(fs_.random())),
                            nullptr);
}

Status Quarantine::Draft::commit(const QuarantineEntry& entry) {
  const std::string& id = entry.receipt.id;
  CHECK_OK(taken_->publish_as(file_of(id, kBytesEnding), true));
  CHECK_OK(edits_->publish_as(file_of(id, kEditsEnding), true));
  const std::unique_ptr<Replacement> receipt = TRY(begin_file());
  CHECK_OK(receipt->write(receipt_json(entry)));
  return receipt->publish_as(file_of(id, kReceiptEnding), true);
}

Result<std::unique_ptr<Quarantine::Draft>> Quarantine::begin() {
  auto folder = TRY(context_.folder->quarantine(true));
  std::unique_ptr<Draft> draft(new Draft(context_.fs, std::move(folder)));
  draft->taken_ = TRY(draft->begin_file());
  draft->edits_ = TRY(draft->begin_file());
  return draft;
}

Result<std::shared_ptr<Folder>> Quarantine::folder_of(std::string_view id) {
  if (!is_receipt_id(id)) return no_such_receipt(id);
  std::shared_ptr<Folder> folder = TRY(context_.folder->quarantine(false));
  if (folder == nullptr) return no_such_receipt(id);
  return folder;
}

Result<QuarantineEntry> Quarantine::find(std::string_view id) {
  const std::shared_ptr<Folder> folder = TRY(folder_of(id));
  const Result<std::unique_ptr<File>> file =
      folder->open(file_of(id, kReceiptEnding), Access::read);
  if (!file && file.status().code() == Code::not_found) return no_such_receipt(id);
  if (!file) return file.status();
  const std::string text = TRY(read_first_line(**file));
  JsonFault fault;
  QuarantineEntry entry;
  if (!is_json_object_by_grammar(text, &fault) || text_member(text, "schema") != kSchema ||
      !parse_mark(text, "before", entry.before) || !parse_mark(text, "after", entry.after)) {
    return unreadable(id, "text");
  }
  entry.receipt.id = id;
  entry.receipt.key = text_member(text, "key");
  entry.receipt.file_name = text_member(text, "file");
  entry.receipt.repaired_ns = integer_member(text, "repaired_ns");
  entry.receipt.bytes = static_cast<std::uint64_t>(integer_member(text, "taken_bytes"));
  entry.receipt.summary = text_member(text, "summary");
  entry.folder = text_member(text, "folder");
  const std::string generation = text_member(text, "generation");
  std::from_chars(generation.data(), generation.data() + generation.size(), entry.generation);
  entry.was_terminated = find_member(text, "was_terminated").value_or("true") == "true";
  return entry;
}

Result<std::vector<RepairReceipt>> Quarantine::list() {
  std::vector<RepairReceipt> receipts;
  const std::shared_ptr<Folder> folder = TRY(context_.folder->quarantine(false));
  if (folder == nullptr) return receipts;
  std::vector<std::string> ids;
  CHECK_OK(folder->list([&](std::string_view name, FileKind) {
    if (!name.ends_with(kReceiptEnding)) return true;
    const std::string_view id = name.substr(0, name.size() - kReceiptEnding.size());
    if (is_receipt_id(id)) ids.emplace_back(id);
    return true;
  }));
  for (const std::string& id : ids) {
    Result<QuarantineEntry> entry = find(id);
    if (!entry && entry.status().code() != Code::damaged) return entry.status();
    RepairReceipt receipt;
    receipt.id = id;
    if (entry) receipt = std::move(entry->receipt);
    receipts.push_back(std::move(receipt));
  }
  std::sort(receipts.begin(), receipts.end(), [](const RepairReceipt& a, const RepairReceipt& b) {
    return a.repaired_ns != b.repaired_ns ? a.repaired_ns > b.repaired_ns : a.id < b.id;
  });
  return receipts;
}

Status Quarantine::for_each_edit(std::string_view id, const EditVisit& visit) {
  const std::shared_ptr<Folder> folder = TRY(folder_of(id));
  const std::unique_ptr<File> taken = TRY(folder->open(file_of(id, kBytesEnding), Access::read));
  const std::unique_ptr<File> edits = TRY(folder->open(file_of(id, kEditsEnding), Access::read));
  const FileInfo info = TRY(edits->info());
  EditReader reader(id, *taken, visit);
  CHECK_OK(read_lines(*edits, 0, info.size, {}, reader));
  return reader.status;
}

Status Quarantine::read_taken(std::string_view id,
                              const std::function<Status(std::string_view)>& visit) {
  const std::shared_ptr<Folder> folder = TRY(folder_of(id));
  const std::unique_ptr<File> taken = TRY(folder->open(file_of(id, kBytesEnding), Access::read));
  std::string bytes(kStep, '\0');
  for (std::uint64_t at = 0;;) {
    const std::size_t got = TRY(taken->read_at(at, bytes.data(), bytes.size()));
    if (got == 0) return {};
    CHECK_OK(visit(std::string_view(bytes).substr(0, got)));
    at += got;
  }
}

Result<std::uint64_t> Quarantine::size() {
  std::uint64_t bytes = 0;
  const std::shared_ptr<Folder> folder = TRY(context_.folder->quarantine(false));
  if (folder == nullptr) return bytes;
  std::vector<std::string> names;
  CHECK_OK(folder->list([&](std::string_view name, FileKind kind) {
    if (kind == FileKind::file) names.emplace_back(name);
    return true;
  }));
  for (const std::string& name : names) {
    const Result<FileInfo> info = folder->stat(name);
    if (info) bytes += info->size;
  }
  return bytes;
}

std::string Quarantine::receipt_path(std::string_view id) const {
  return context_.folder->quarantine_path() + "/" + file_of(id, kReceiptEnding);
}

}  // namespace everturn
