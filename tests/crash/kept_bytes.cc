// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a damaged session are, by what its repairs left in quarantine.
#include <algorithm>
#include <functional>

#include "base/json.h"
#include "tests/crash/store_world.h"

namespace everturn {
namespace {

constexpr std::string_view kQuarantinePath = "/store/.everturn/quarantine/";

// What a repair took out, read past the store.
struct Taken {
  std::size_t offset = 0;
  std::string bytes;
  std::size_t put = 0;
};

std::vector<Taken> script_of(std::string_view edits, std::string_view bytes) {
  std::vector<Taken> script;
  for (std::size_t begin = 0; begin < edits.size();) {
    const std::size_t end = std::min(edits.find('\n', begin), edits.size());
    const std::string_view line = edits.substr(begin, end - begin);
    const auto size =
        std::min(static_cast<std::size_t>(integer_member(line, "taken")), bytes.size());
    script.push_back({static_cast<std::size_t>(integer_member(line, "offset")),
                      std::string(bytes.substr(0, size)),
                      static_cast<std::size_t>(integer_member(line, "put"))});
    bytes.remove_prefix(size);
    begin = end + 1;
  }
  return script;
}

using Scripts = std::vector<std::vector<Taken>>;

// "" if the script does not fit.
std::string turned_around(std::string_view raw, const std::vector<Taken>& script) {
  std::string old;
  for (const Taken& taken : script) {
    const std::size_t kept = taken.offset - old.size();
    if (taken.offset < old.size() || kept + taken.put > raw.size()) return "";
    old += std::string(raw.substr(0, kept)) + taken.bytes;
    raw.remove_prefix(kept + taken.put);
  }
  return old + std::string(raw);
}

// Is every byte of `original` in `text`, or was it overwritten where it stood? "" or a sentence.
std::string lost_byte(std::string_view original, std::string_view text, const Scripts& scripts) {
  std::string kept(text.substr(0, original.size()));
  kept.resize(original.size(), '\0');
  for (const std::vector<Taken>& script : scripts) {
    for (const Taken& taken : script) {
      const bool was_here =
          original.substr(std::min(taken.offset, original.size())).starts_with(taken.bytes);
      if (was_here) kept.replace(taken.offset, taken.bytes.size(), taken.bytes);
    }
  }
  if (kept == original) return "";
  const auto first = std::mismatch(kept.begin(), kept.end(), original.begin()).first;
  return "byte " + std::to_string(first - kept.begin()) +
         " of the damaged session is neither in it nor in quarantine";
}

// What the session is, and what it was before its repairs, each turned around at most once. Ends
// when `visit` returns false.
void visit_contents(const std::string& content, const Scripts& scripts,
                    const std::function<bool(const std::string&)>& visit) {
  constexpr std::size_t kMostContents = 64;
  struct Turned {
    std::string content;
    std::set<std::size_t> scripts;
  };
  std::vector<Turned> all = {{content, {}}};
  for (std::size_t at = 0; at < all.size() && visit(all[at].content); ++at) {
    for (std::size_t i = 0; i < scripts.size() && all.size() < kMostContents; ++i) {
      if (all[at].scripts.contains(i)) continue;
      Turned before = {turned_around(all[at].content, scripts[i]), all[at].scripts};
      before.scripts.insert(i);
      if (!before.content.empty()) all.push_back(std::move(before));
    }
  }
}

}  // namespace

std::string check_bytes_are_kept(const SimFs& disk, const Damaged& damaged, std::string_view raw) {
  return check_bytes_are_kept(disk.files(), kQuarantinePath, damaged, raw);
}

std::string check_bytes_are_kept(const std::map<std::string, std::string>& files,
                                 std::string_view quarantine, const Damaged& damaged,
                                 std::string_view raw) {
  Scripts scripts;
  for (const auto& [path, receipt] : files) {
    if (!path.starts_with(quarantine) || !path.ends_with(".json")) continue;
    const std::string stem = path.substr(0, path.size() - 5);
    const auto edits = files.find(stem + ".edits");
    const auto bytes = files.find(stem + ".bytes");
    if (edits == files.end() || bytes == files.end()) continue;
    scripts.push_back(script_of(edits->second, bytes->second));
  }
  std::set<std::string> pieces(damaged.pieces.begin(), damaged.pieces.end());
  std::string broken;
  bool is_kept = false;
  visit_contents(std::string(raw), scripts, [&](const std::string& content) {
    std::erase_if(pieces, [&](const auto& piece) { return content.find(piece) != content.npos; });
    if (!is_kept) broken = lost_byte(damaged.original, content, scripts);
    is_kept = is_kept || broken.empty();
    return !is_kept || !pieces.empty();
  });
  if (!pieces.empty()) return "a later damage is neither in the session nor in quarantine";
  return broken;
}

}  // namespace everturn
