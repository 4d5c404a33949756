// SPDX-License-Identifier: Apache-2.0
// Part 3: one transcript with a cut, a glue, a NUL block and a bad byte, and what readers make of
// it.
#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/try.h"
#include "cli/demo.h"
#include "everturn/store.h"

namespace everturn::cli::demo {
namespace {

constexpr std::string_view kKey = kDamagedKey;
constexpr std::size_t kRecords = 32;
// Which record gets what.
constexpr std::size_t kGlued = 6;  // its line end is missing
constexpr std::size_t kZeros = 13;
constexpr std::size_t kBadByte = 19;
constexpr std::size_t kCut = 25;

using Texts = std::vector<std::string>;

std::string record_text(std::size_t number) {
  return R"({"role":")" + std::string(number % 2 == 0 ? "user" : "assistant") +
         R"(","content":"turn )" + std::to_string(number) +
         std::string(30 + number * 23 % 90, '.') + R"("})";
}

Texts all_texts() {
  Texts texts;
  for (std::size_t i = 0; i < kRecords; ++i) texts.push_back(record_text(i));
  return texts;
}

// Those whose bytes are left alone.
std::set<std::string> whole_texts() {
  std::set<std::string> texts;
  for (std::size_t i = 0; i < kRecords; ++i) {
    if (i != kZeros && i != kBadByte && i != kCut) texts.insert(record_text(i));
  }
  return texts;
}

Texts lines_of(std::string_view bytes) {
  Texts lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    lines.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return lines;
}

// Record `number` and its line end as they shall stand in the file.
std::string damaged_line(std::size_t number, const std::string& text) {
  switch (number) {
    case kGlued:
      return text;
    case kZeros:
      return std::string(text.size() + 1, '\0');
    case kBadByte:
      return text.substr(0, text.size() / 2) + '\xFF' + text.substr(text.size() / 2 + 1) + '\n';
    case kCut:
      return text.substr(0, text.size() / 2);
    default:
      return text + '\n';
  }
}

// The session's bytes with the damage done; what stands before the first record stays.
std::string damaged(std::string_view bytes) {
  const Texts texts = all_texts();
  std::string result(bytes.substr(0, bytes.find(texts.front())));
  for (std::size_t i = 0; i < kRecords; ++i) result += damaged_line(i, texts[i]);
  return result;
}

Status write_session(const std::string& url) {
  const std::unique_ptr<Store> store = TRY(open_store(url));
  const Texts texts = all_texts();
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  return store->append(kKey, views).status();
}

Result<std::string> raw_bytes(Store& store) {
  std::string bytes;
  CHECK_OK(store.read_raw(kKey, [&](std::string_view piece) {
    bytes += piece;
    return true;
  }));
  return bytes;
}

Status replace_file(const std::string& folder_path, const std::string& name,
                    std::string_view bytes) {
  const std::unique_ptr<Folder> folder = TRY(posix_fs().open_folder(folder_path, false));
  CHECK_OK(folder->remove(name));
  const std::unique_ptr<File> file = TRY(folder->open(name, Access::create_new));
  while (!bytes.empty()) {
    const std::size_t taken = TRY(file->append(bytes));
    bytes.remove_prefix(taken);
  }
  return file->close();
}

// Whatever does not do what it should with the file of the session does it here.
Status do_damage(const std::string& folder) {
  const std::unique_ptr<Store> store = TRY(open_store("dir:" + folder));
  const std::vector<SessionInfo> sessions = TRY(store->list());
  if (sessions.size() != 1) return {Code::io, "the demo's store does not list its one session"};
  const std::string bytes = TRY(raw_bytes(*store));
  return replace_file(folder, sessions.front().file_name, damaged(bytes));
}

// A range of the file: a record that was given back, or damage.
struct Piece {
  std::size_t offset = 0;
  char letter = ' ';
  std::string text;  // of a record
};

char letter_of(DamageReason reason) {
  switch (reason) {
    case DamageReason::zeros:
      return '0';
    case DamageReason::bad_utf8:
      return 'B';
    case DamageReason::torn:
    case DamageReason::unterminated:
      return 'T';
    default:
      return '?';
  }
}

bool is_alone_on_its_line(std::string_view bytes, std::size_t offset, std::size_t size) {
  const bool begins = offset == 0 || bytes[offset - 1] == '\n';
  return begins && offset + size < bytes.size() && bytes[offset + size] == '\n';
}

std::vector<Piece> pieces_of(std::string_view bytes, const Texts& loaded,
                             const std::vector<Damage>& damage) {
  std::vector<Piece> pieces;
  for (const std::string& text : loaded) {
    const std::size_t offset = std::min(bytes.find(text), bytes.size());
    pieces.push_back({offset, is_alone_on_its_line(bytes, offset, text.size()) ? 'W' : 'G', text});
  }
  for (const Damage& one : damage) {
    pieces.push_back({static_cast<std::size_t>(one.offset), letter_of(one.reason), ""});
  }
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
  return pieces;
}

// What a reader keeps that takes the file line by line and skips those that are no JSON object.
std::set<std::string> keep_good_lines(std::string_view bytes, bool* all_good) {
  std::set<std::string> kept;
  *all_good = true;
  for (const std::string& line : lines_of(bytes)) {
    JsonFault fault;
    if (is_json_object_by_grammar(line, &fault)) {
      kept.insert(line);
    } else {
      *all_good = false;
    }
  }
  return kept;
}

std::string strip_of(const std::vector<Piece>& pieces, const std::set<std::string>& kept) {
  std::string strip;
  for (const Piece& piece : pieces) {
    strip += piece.text.empty() ? ' ' : kept.contains(piece.text) ? '#' : '-';
  }
  return strip;
}

std::uint64_t count_of(const std::set<std::string>& wanted, const std::set<std::string>& kept) {
  return static_cast<std::uint64_t>(std::count_if(
      wanted.begin(), wanted.end(), [&](const std::string& text) { return kept.contains(text); }));
}

void compare(std::string_view bytes, const Texts& loaded, DamageReport& report) {
  const std::set<std::string> whole = whole_texts();
  const std::set<std::string> given(loaded.begin(), loaded.end());
  bool all_good = false;
  const std::set<std::string> skipping = keep_good_lines(bytes, &all_good);
  const std::set<std::string> strict = all_good ? skipping : std::set<std::string>();
  report.written = kRecords;
  report.whole = whole.size();
  report.loaded = count_of(whole, given);
  report.invented = loaded.size() - report.loaded;
  report.skipping = count_of(whole, skipping);
  report.strict = count_of(whole, strict);
  const std::vector<Piece> pieces = pieces_of(bytes, loaded, report.damage);
  for (const Piece& piece : pieces) report.file_strip += piece.letter;
  report.loaded_strip = strip_of(pieces, given);
  report.skipping_strip = strip_of(pieces, skipping);
  report.strict_strip = strip_of(pieces, strict);
}

}  // namespace

std::string damaged_folder(const std::string& folder) { return folder + "/damaged"; }

Result<DamageReport> damage_transcript(const Stage& stage) {
  CHECK_OK(check_not_stopped());
  const std::string folder = damaged_folder(stage.folder);
  const std::string url = "dir:" + folder;
  CHECK_OK(write_session(url));
  CHECK_OK(do_damage(folder));
  const std::unique_ptr<Store> store = TRY(open_store(url));
  DamageReport report;
  const std::vector<SessionInfo> sessions = TRY(store->list({.check = true}));
  if (!sessions.empty()) report.listed = sessions.front();
  Texts loaded;
  const ReadReport read = TRY(store->read(kKey, {}, [&](const Record& record) {
    report.salvaged += record.salvaged ? 1 : 0;
    if (!record.salvaged) loaded.emplace_back(record.bytes);
    return true;
  }));
  report.damage = read.damage;
  const std::string bytes = TRY(raw_bytes(*store));
  compare(bytes, loaded, report);
  return report;
}

}  // namespace everturn::cli::demo
