// SPDX-License-Identifier: Apache-2.0
#include "tests/corruption/scanned_file.h"

#include <algorithm>
#include <utility>

#include "base/json.h"

namespace everturn::corruption_test {
namespace {

class Collector : public ScanSink {
 public:
  explicit Collector(ScannedFile& found) : found_(found) {}
  bool on_record(const ScannedRecord& one) override {
    found_.records.push_back(
        {one.offset, one.length, one.next, std::string(one.bytes), one.salvaged, one.nonfinite});
    return true;
  }
  bool on_damage(Damage damage) override {
    found_.damage.push_back(std::move(damage));
    return true;
  }
  bool on_note(Note note) override {
    found_.notes.push_back(std::move(note));
    return true;
  }

 private:
  ScannedFile& found_;
};

std::string at(std::string_view what, std::uint64_t offset) {
  return std::string(what) + " at byte " + std::to_string(offset);
}

std::string complaint_about_record(const FoundRecord& record, std::string_view bytes) {
  if (record.offset + record.length > bytes.size())
    return at("a record beyond the end", record.offset);
  const std::string_view there = bytes.substr(record.offset, record.length);
  JsonFault fault;
  if (record.salvaged) {
    if (record.bytes != mend_json_text(there))
      return at("a record mended otherwise", record.offset);
  } else if (record.bytes != there) {
    return at("a record with other bytes", record.offset);
  }
  if (record.nonfinite) return "";
  return is_json_object_by_grammar(record.bytes, &fault) ? "" : at("no object", record.offset);
}

// Marks ranges of the file, each byte once.
class Coverage {
 public:
  explicit Coverage(std::size_t size) : covered_(size, false) {}
  bool add(std::uint64_t offset, std::uint64_t length) {
    if (length == 0 || offset + length > covered_.size()) return false;
    bool is_free = true;
    for (std::uint64_t i = offset; i < offset + length; ++i) {
      is_free = is_free && !covered_[i];
      covered_[i] = true;
    }
    return is_free;
  }
  [[nodiscard]] bool has(std::size_t index) const { return covered_[index]; }

 private:
  std::vector<bool> covered_;
};

}  // namespace

ScannedFile scan_file(std::string_view bytes, const ScanOptions& options) {
  ScannedFile found;
  Collector collector(found);
  Scanner scanner(options, collector);
  std::string padded(bytes);
  padded.append(kJsonPadding, '\0');
  const std::string_view file = std::string_view(padded).substr(0, bytes.size());
  for (std::size_t begin = 0; begin < file.size();) {
    const std::size_t newline = file.find('\n', begin);
    const std::size_t end = std::min(newline, file.size());
    scanner.line(begin, file.substr(begin, end - begin), newline != std::string_view::npos);
    begin = end + 1;
  }
  scanner.finish();
  found.in_flight_bytes = scanner.in_flight_bytes();
  return found;
}

std::string complaint_about(const ScannedFile& found, std::string_view bytes) {
  Coverage coverage(bytes.size());
  std::uint64_t behind = 0;
  for (const FoundRecord& record : found.records) {
    std::string complaint = complaint_about_record(record, bytes);
    if (!complaint.empty()) return complaint;
    if (record.offset < behind) return at("a record out of order", record.offset);
    behind = record.offset + record.length;
    if (record.next < behind || record.next > bytes.size())
      return at("a wrong next", record.offset);
    if (!coverage.add(record.offset, record.length)) return at("two records", record.offset);
  }
  for (const Damage& damage : found.damage) {
    const bool is_salvaged =
        std::any_of(found.records.begin(), found.records.end(), [&](const FoundRecord& record) {
          return record.salvaged && record.offset == damage.offset &&
                 record.length == damage.length;
        });
    if (is_salvaged) continue;
    if (!coverage.add(damage.offset, damage.length)) return at("damage over others", damage.offset);
  }
  for (const Note& note : found.notes) {
    if (note.offset + note.length > bytes.size()) return at("a note beyond the end", note.offset);
  }
  const std::uint64_t settled = bytes.size() - found.in_flight_bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (coverage.has(i) || i >= settled || is_blank(bytes.substr(i, 1))) continue;
    const bool is_mark = bytes.substr(i).starts_with(kByteOrderMark);
    if (!is_mark) return at("a byte that nothing accounts for", i);
    i += kByteOrderMark.size() - 1;
  }
  return "";
}

}  // namespace everturn::corruption_test
