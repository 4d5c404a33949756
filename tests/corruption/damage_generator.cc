// SPDX-License-Identifier: Apache-2.0
#include "tests/corruption/damage_generator.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/json.h"
#include "journal/scan.h"

namespace everturn::corruption_test {
namespace {

constexpr int kSourceShift = 28;
constexpr Origin kOffsetMask = (Origin{1} << kSourceShift) - 1;
constexpr std::size_t kStretchMax = 48 << 10;

// The lines of a file that are records.
std::vector<TextRange> records_of(std::string_view file) {
  std::vector<TextRange> records;
  for (std::size_t begin = 0; begin < file.size();) {
    const std::size_t end = std::min(file.find('\n', begin), file.size());
    if (!is_blank(file.substr(begin, end - begin))) records.push_back({begin, end});
    begin = end + 1;
  }
  return records;
}

// The record of `records` that has this byte.
std::optional<TextRange> record_at(const std::vector<TextRange>& records, std::size_t offset) {
  const auto behind =
      std::upper_bound(records.begin(), records.end(), offset,
                       [](std::size_t wanted, const TextRange& one) { return wanted < one.begin; });
  if (behind == records.begin() || offset >= std::prev(behind)->end) return std::nullopt;
  return *std::prev(behind);
}

void insert_at(DamagedFile& file, std::size_t at, std::string_view bytes,
               std::vector<Origin> origins) {
  file.bytes.insert(at, bytes);
  file.origins.insert(file.origins.begin() + static_cast<std::ptrdiff_t>(at), origins.begin(),
                      origins.end());
}

std::vector<Origin> slice(const std::vector<Origin>& origins, TextRange range) {
  return {origins.begin() + static_cast<std::ptrdiff_t>(range.begin),
          origins.begin() + static_cast<std::ptrdiff_t>(range.end)};
}

void erase(DamagedFile& file, TextRange range) {
  file.bytes.erase(range.begin, range.end - range.begin);
  file.origins.erase(file.origins.begin() + static_cast<std::ptrdiff_t>(range.begin),
                     file.origins.begin() + static_cast<std::ptrdiff_t>(range.end));
}

void overwrite(DamagedFile& file, std::size_t at, char byte) {
  file.bytes[at] = byte;
  file.origins[at] = kForeign;
}

// Whole records that came through, one behind the other without anything between.
void find_untouched(DamagedFile& file) {
  for (std::size_t i = 0; i < file.bytes.size(); ++i) {
    const Origin origin = file.origins[i];
    if (origin == kForeign) continue;
    const auto& records = file.records[origin >> kSourceShift];
    const auto record = record_at(records, origin & kOffsetMask);
    if (!record || record->begin != (origin & kOffsetMask)) continue;
    const std::size_t size = record->end - record->begin;
    std::size_t same = 1;
    while (same < size && i + same < file.origins.size() &&
           file.origins[i + same] == origin + same) {
      ++same;
    }
    if (same == size) file.untouched.push_back({{i, i + size}});
  }
}

// Clear are those that begin a line, or stand right behind such a one, and end one or stand right
// before another.
void find_clear(DamagedFile& file) {
  bool begins_well = false;
  for (std::size_t i = 0; i < file.untouched.size(); ++i) {
    Untouched& one = file.untouched[i];
    const bool begins_line = one.at.begin == 0 || file.bytes[one.at.begin - 1] == '\n';
    const bool glued = i > 0 && file.untouched[i - 1].at.end == one.at.begin;
    begins_well = begins_line || (glued && begins_well);
    const bool ends_line = one.at.end == file.bytes.size() || file.bytes[one.at.end] == '\n';
    const bool meets_other =
        i + 1 < file.untouched.size() && file.untouched[i + 1].at.begin == one.at.end;
    one.is_clear = begins_well && (ends_line || meets_other);
  }
}

}  // namespace

DamagedFile::Verdict DamagedFile::judge(TextRange range) const {
  const auto is_blank_at = [&](std::size_t i) {
    return is_blank(std::string_view(bytes).substr(i, 1));
  };
  while (range.begin < range.end && is_blank_at(range.begin)) ++range.begin;
  while (range.begin < range.end && is_blank_at(range.end - 1)) --range.end;
  if (range.begin == range.end) return Verdict::invented;
  const Origin first = origins[range.begin];
  const Origin last = origins[range.end - 1];
  bool is_foreign = first == kForeign;
  bool has_seam = first == kForeign;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    is_foreign = is_foreign && origins[i] == kForeign;
    has_seam = has_seam || origins[i] != first + (i - range.begin);
  }
  if (is_foreign) return Verdict::altered;
  const auto record_of = [&](Origin one) {
    return one == kForeign ? std::nullopt
                           : record_at(records[one >> kSourceShift], one & kOffsetMask);
  };
  const auto of_first = record_of(first);
  const auto of_last = record_of(last);
  const bool begins_well = of_first && of_first->begin == (first & kOffsetMask);
  const bool ends_well = of_last && of_last->end == (last & kOffsetMask) + 1;
  if (!has_seam) return begins_well && ends_well ? Verdict::original : Verdict::invented;
  return begins_well && ends_well ? Verdict::altered : Verdict::by_chance;
}

std::string DamageGenerator::text() {
  static constexpr std::string_view kParts[] = {"hello ",
                                                "{\\\"role\\\":\\\"user\\\"}",
                                                "\\n",
                                                "gr\xC3\xBC\xC3\x9F ",
                                                "\xF0\x9F\x98\x80",
                                                "\\ud83d ",
                                                "a { b } [ c ], : ",
                                                "\\\\",
                                                "\\u00e9",
                                                "{\\\"a\\\":1},"};
  std::string text = "\"";
  for (std::size_t count = below(below(12) == 0 ? 200 : 8); count > 0; --count) {
    text += kParts[below(std::size(kParts))];
    text += std::to_string(below(1000));
  }
  return text + "\"";
}

std::string DamageGenerator::value(int depth) {
  switch (below(depth > 2 ? 3 : 6)) {
    case 0:
      return std::to_string(below(100000));
    case 1:
    case 2:
      return text();
    case 3:
      return "[" + object(depth + 1) + "," + object(depth + 1) + "]";
    case 4:
      return "[" + value(depth + 1) + "," + value(depth + 1) + "]";
    default:
      return object(depth + 1);
  }
}

std::string DamageGenerator::object(int depth) {
  static constexpr std::string_view kNames[] = {"role", "type", "id"};
  std::string object = "{\"" + std::string(kNames[below(3)]) + "\":" + value(depth);
  for (std::size_t count = below(3); count > 0; --count) {
    object += ",\"m" + std::to_string(count) + "\":" + value(depth);
  }
  return object + "}";
}

// No two are equal.
std::string DamageGenerator::record() {
  return R"({"role":"user","n":)" + std::to_string(++number_) + ",\"content\":" + value(0) + "}";
}

std::string DamageGenerator::stretch_of_real_transcript() {
  const std::string& whole = transcripts_[below(transcripts_.size())];
  const std::size_t middle = below(whole.size() + 1);
  const std::size_t begin = middle == 0 ? 0 : whole.rfind('\n', middle - 1) + 1;
  std::string stretch;
  for (std::size_t at = begin; at < whole.size() && stretch.size() < kStretchMax;) {
    const std::size_t end = std::min(whole.find('\n', at), whole.size());
    const std::string_view line = std::string_view(whole).substr(at, end - at);
    JsonFault fault;
    if (line.size() > kStretchMax) break;
    if (is_json_object_by_grammar(line, &fault)) stretch.append(line) += '\n';
    at = end + 1;
  }
  return stretch;
}

std::string DamageGenerator::transcript() {
  if (!transcripts_.empty() && below(2) == 0) {
    std::string stretch = stretch_of_real_transcript();
    if (!stretch.empty()) return stretch;
  }
  std::string file = R"({"_type":"metadata","key":"k","n":)" + std::to_string(++number_) + "}\n";
  for (std::size_t count = 2 + below(20); count > 0; --count) file += record() + "\n";
  return file;
}

std::string DamageGenerator::foreign_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  const std::size_t kind = below(5);
  for (char& byte : bytes) {
    if (kind == 0) byte = static_cast<char>(below(256));
    if (kind == 1) byte = static_cast<char>(' ' + below(95));
    if (kind == 2) byte = "\n\r\t "[below(4)];
    if (kind == 3) byte = "{}[]\",:\\"[below(8)];
  }
  return bytes;  // kind 4: NUL
}

// Not empty; in whole sectors or pages two times of three, where there are such.
TextRange DamageGenerator::range_in(std::size_t size) {
  static constexpr std::size_t kUnits[] = {1, 512, 4096};
  const std::size_t unit = kUnits[below(3)];
  std::size_t begin = below(size) / unit * unit;
  std::size_t length = unit * (1 + below(unit == 1 ? 64 : 3));
  if (unit == 1 && below(2) == 0) length = 1;
  return {begin, std::min(begin + length, size)};
}

void DamageGenerator::damage(DamagedFile& file, std::uint32_t other) {
  static constexpr std::string_view kNames[] = {"cut",  "flip", "insert",    "delete",
                                                "zero", "swap", "duplicate", "splice"};
  if (file.bytes.empty()) return;
  const std::size_t kind = below(std::size(kNames));
  const TextRange range = range_in(file.bytes.size());
  const std::string_view part =
      std::string_view(file.bytes).substr(range.begin, range.end - range.begin);
  file.what_happened += std::string(kNames[kind]) + " " + std::to_string(range.begin) + "+" +
                        std::to_string(part.size()) + "; ";
  switch (kind) {
    case 0:
      return erase(file, {range.begin, file.bytes.size()});
    case 1:
      if (file.origins[range.begin] == kForeign) return;  // a second flip could undo the first
      return overwrite(
          file, range.begin,
          static_cast<char>(file.bytes[range.begin] ^ static_cast<char>(1U << below(8))));
    case 2: {
      const std::string foreign = foreign_bytes(part.size());
      return insert_at(file, range.begin, foreign, std::vector<Origin>(foreign.size(), kForeign));
    }
    case 3:
      return erase(file, range);
    case 4:
      for (std::size_t i = range.begin; i < range.end; ++i) overwrite(file, i, '\0');
      return;
    case 7: {  // behind the head, the tail of another file
      erase(file, {range.begin, file.bytes.size()});
      const std::string& tail = originals_[other];
      const std::size_t from = below(tail.size());
      std::vector<Origin> origins(tail.size() - from);
      for (std::size_t i = 0; i < origins.size(); ++i) {
        origins[i] = (other << kSourceShift) + static_cast<Origin>(from + i);
      }
      return insert_at(file, range.begin, std::string_view(tail).substr(from), std::move(origins));
    }
    default:
      break;
  }
  // Swapped with what comes behind, or written once more, somewhere.
  const std::string bytes(part);
  const std::vector<Origin> origins = slice(file.origins, range);
  if (kind == 5) erase(file, range);
  insert_at(file, below(file.bytes.size() + 1), bytes, origins);
}

DamagedFile DamageGenerator::next() {
  DamagedFile file;
  originals_ = {transcript(), transcript()};
  for (const std::string& original : originals_) file.records.push_back(records_of(original));
  file.bytes = originals_[0];
  file.origins.resize(file.bytes.size());
  for (std::size_t i = 0; i < file.origins.size(); ++i) file.origins[i] = static_cast<Origin>(i);
  for (std::size_t count = 1 + below(3); count > 0; --count) damage(file, 1);
  find_untouched(file);
  find_clear(file);
  return file;
}

std::vector<std::string> real_transcripts() {
  std::vector<std::string> transcripts;
  const char* folder = std::getenv("EVERTURN_TRANSCRIPTS");
  if (folder == nullptr) return transcripts;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".jsonl") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    transcripts.emplace_back(std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>());
  }
  std::erase(transcripts, "");
  return transcripts;
}

}  // namespace everturn::corruption_test
