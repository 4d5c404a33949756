// SPDX-License-Identifier: Apache-2.0
// Who may include whom. The rooms, from left to right:
//
//   base <- fs <- journal <- agents <- store <- views <- find <- server <- { cli, capi }
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "tests/tidy/cpp_text.h"
#include "tests/tidy/source_tree.h"

namespace everturn::tidy {
namespace {

// How far to the right a room lies; 0: not a room.
int rank_of(std::string_view room) {
  static const std::map<std::string_view, int> ranks = {
      {"base", 1},  {"fs", 2},   {"journal", 3}, {"agents", 4}, {"store", 5},
      {"views", 6}, {"find", 7}, {"server", 8},  {"cli", 9},    {"capi", 9}};
  const auto found = ranks.find(room);
  return found == ranks.end() ? 0 : found->second;
}

bool is_simulated_disk(std::string_view target) {
  return target.starts_with("fs/sim_") || target.starts_with("fs/power_cut");
}

// A file of a room looks at the public face, at its own room, and to the left.
bool may_include(const SourceFile& file, std::string_view target) {
  if (target.starts_with("everturn/")) return true;
  if (file.is_test() && (target.starts_with("tests/") || is_simulated_disk(target))) return true;
  const std::string_view room = target.substr(0, target.find('/'));
  const int rank = rank_of(room);
  return rank != 0 && (room == file.room() || rank < rank_of(file.room()));
}

bool is_standard(std::string_view header) {
  return header.find_first_of("./") == std::string_view::npos || header == "stddef.h" ||
         header == "stdint.h";  // what the C interface may use
}

TEST(Tidy, EveryIncludeGoesLeft) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_cpp() || file.room().empty()) continue;
    for (const Include& include : includes_of(file.text)) {
      if (include.angled || may_include(file, include.target)) continue;
      complaints.add(file, include.line, "includes " + include.target,
                     "a room includes \"everturn/...\", its own room and the rooms to its left");
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, EveryRoomHasItsPlace) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (file.room().empty() || rank_of(file.room()) != 0) continue;
    complaints.add(file, 0, "lies in no known room", "give the room its place in this test");
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, ThePublicFaceStandsAlone) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_below("include/")) continue;
    for (const Include& include : includes_of(file.text)) {
      const bool fine =
          include.angled ? is_standard(include.target) : include.target.starts_with("everturn/");
      if (fine) continue;
      complaints.add(file, include.line, "includes " + include.target,
                     "a public header needs only other public headers and the standard library");
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

using Arrows = std::map<std::string, std::vector<std::string>>;

// Header to headers, by path.
Arrows arrows_between_headers() {
  Arrows arrows;
  for (const SourceFile& file : source_tree()) {
    if (file.is_header()) arrows[file.path] = {};
  }
  for (const SourceFile& file : source_tree()) {
    if (!file.is_header()) continue;
    for (const Include& include : includes_of(file.text)) {
      for (const std::string_view folder : {"include/", "src/", ""}) {
        const std::string path = std::string(folder) + include.target;
        if (!include.angled && arrows.contains(path)) arrows[file.path].push_back(path);
      }
    }
  }
  return arrows;
}

// Everything that `start` leads to; `start` itself only if it lies on a cycle.
std::set<std::string> reach_of(const Arrows& arrows, const std::string& start) {
  std::set<std::string> seen;
  std::vector<std::string> open = arrows.at(start);
  while (!open.empty()) {
    const std::string next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    open.insert(open.end(), arrows.at(next).begin(), arrows.at(next).end());
  }
  return seen;
}

TEST(Tidy, NoHeadersIncludeEachOther) {
  Complaints complaints;
  const Arrows arrows = arrows_between_headers();
  for (const auto& [header, targets] : arrows) {
    if (!reach_of(arrows, header).contains(header)) continue;
    complaints.add(header, "includes itself in the end", "forward-declare, or split the header");
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

// A header with a narrow home. `header` ending in '/' stands for all below it.
struct Home {
  std::string_view header;
  std::string_view files;  // begin with this
};

// What stands here may be included in its home; any other header of the system or of a library may
// not be included in src/ at all. A new line here is a new dependency: say why in the changelog.
constexpr std::array<Home, 35> kHomes = {{
    {"simdjson.h", "src/base/"},
    {"xxhash.h", "src/base/"},
    {"openssl/", "src/base/"},
    {"zlib.h", "src/base/"},
    {"zstd.h", "src/base/"},
    {"sqlite3.h", "src/find/"},
    {"utf8proc.h", "src/find/characters.cc"},
    {"re2/", "src/find/match.cc"},
    {"re2/", "src/views/redact_finders.cc"},
    {"libpq-fe.h", "src/store/pg_store.cc"},
    {"boost/", "src/server/"},
    {"sys/stat.h", "src/server/listener.cc"},  // the mode of a socket's name
    {"unistd.h", "src/server/listener.cc"},
    {"csignal", "src/server/listener.cc"},
    {"sys/socket.h", "src/server/notify.cc"},
    {"sys/un.h", "src/server/notify.cc"},
    {"unistd.h", "src/server/notify.cc"},
    {"sys/resource.h", "src/cli/serve.cc"},  // how many connections may be open
    {"CLI/", "src/cli/"},
    {"unistd.h", "src/cli/"},
    {"pwd.h", "src/cli/user.cc"},  // who took something out, for the audit line
    {"csignal", "src/cli/"},
    {"cstdio", "src/cli/"},
    // The command line's own streams and terminal, and its stop signals; never a file by name.
    {"poll.h", "src/cli/"},
    {"fcntl.h", "src/cli/output.cc"},
    {"sys/ioctl.h", "src/cli/output.cc"},
    {"fcntl.h", "src/cli/pager.cc"},  // a pipe to a program of the user's
    {"spawn.h", "src/cli/pager.cc"},
    {"fcntl.h", "src/cli/browser.cc"},  // a program of the user's
    {"spawn.h", "src/cli/browser.cc"},
    {"sys/wait.h", "src/cli/pager.cc"},
    {"sys/eventfd.h", "src/cli/signals.cc"},
    {"stddef.h", "include/everturn/"},
    {"stdint.h", "include/everturn/"},
    {"fs/sim_", "src/cli/demo"},
}};

constexpr std::array<std::string_view, 3> kNowhere = {"iostream", "regex", "filesystem"};
constexpr std::array<std::string_view, 3> kOnlyAtHome = {"fstream", "cstdio", "csignal"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool is_at_home(const SourceFile& file, std::string_view header) {
  return std::any_of(kHomes.begin(), kHomes.end(), [&](const Home& home) {
    const bool is_prefix = home.header.ends_with('/') || home.header.ends_with('_');
    const bool fits = is_prefix ? header.starts_with(home.header) : header == home.header;
    return fits && file.is_below(home.files);
  });
}

// Unit tests may set a scene with the operating system itself; what ships may not.
bool ships(const SourceFile& file) {
  return file.is_cpp() && !file.is_test() && (file.is_below("src/") || file.is_below("include/"));
}

TEST(Tidy, KernelFileCallsOnlyBehindTheSeam) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!ships(file) || file.is_below("src/fs/posix_")) continue;
    for (const Include& include : includes_of(file.text)) {
      const bool is_free = is_standard(include.target) && !contains(kOnlyAtHome, include.target);
      if (!include.angled || is_free || is_at_home(file, include.target)) continue;
      complaints.add(file, include.line, "includes <" + include.target + ">",
                     "call the seam (src/fs/fs.h), or give the header its home in this test");
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, NoSlowOrGlobalHeadersInTheLibrary) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!ships(file)) continue;
    for (const Include& include : includes_of(file.text)) {
      if (!include.angled || !contains(kNowhere, include.target)) continue;
      complaints.add(file, include.line, "includes <" + include.target + ">",
                     "use string_view code, the seam, or (in the CLI) <cstdio>");
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, NoStandardStreamsOrFilesInTheLibrary) {
  constexpr std::array<std::string_view, 9> kWords = {
      "FILE", "fopen", "fdopen", "fprintf", "printf", "stderr", "stdout", "system", "popen"};
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!ships(file) || file.is_below("src/cli/") || file.is_below("src/fs/posix_")) continue;
    const std::string code = without_comments_and_literals(file.text);
    const std::vector<std::string_view> lines = lines_of(code);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (const std::string_view word : kWords) {
        if (!has_word(lines[i], word)) continue;
        // A role in a conversation has that name too: it is the call that is meant.
        const bool is_call = lines[i].find("system(") != std::string_view::npos;
        if (word == "system" && !is_call) continue;
        complaints.add(file, i + 1, "uses " + std::string(word), "return a Status, call the seam");
      }
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, TheSimulatedDiskNeverShips) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    const bool is_part = is_simulated_disk(std::string_view(file.path).substr(sizeof("src")));
    if (!file.is_cpp() || file.is_test() || is_part) continue;
    for (const Include& include : includes_of(file.text)) {
      if (!is_simulated_disk(include.target) || is_at_home(file, include.target)) continue;
      complaints.add(file, include.line, "includes " + include.target,
                     "only tests and the demo use the simulated disk");
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, EnginesHideBehindTheStore) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_cpp() || file.is_below("src/store/")) continue;
    for (const Include& include : includes_of(file.text)) {
      const std::string_view target = include.target;
      if (!target.starts_with("store/dir_") && !target.starts_with("store/pg_")) continue;
      complaints.add(file, include.line, "includes " + include.target,
                     "open a store through the public face: everturn/store.h");
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

}  // namespace
}  // namespace everturn::tidy
