// SPDX-License-Identifier: Apache-2.0
// What every file owes to the next reader: a size that can be read, a licence, no loose ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>

#include "tests/tidy/cpp_text.h"
#include "tests/tidy/source_tree.h"

namespace everturn::tidy {
namespace {

constexpr std::size_t kFileLines = 500;
constexpr std::size_t kPublicHeaderLines = 200;
constexpr std::size_t kPublicHeaders = 14;
constexpr std::size_t kFunctionLines = 70;
constexpr std::size_t kTestBodyLines = 50;
constexpr std::size_t kColumns = 100;

bool is_code(const SourceFile& file) { return file.is_code(); }
bool is_public_header(const SourceFile& file) { return file.is_below("include/everturn/"); }

TEST(Tidy, FilesFitASitting) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_code()) continue;
    const std::size_t limit = is_public_header(file) ? kPublicHeaderLines : kFileLines;
    const std::size_t size = lines_of(file.text).size();
    if (size <= limit) continue;
    complaints.add(file, size, std::to_string(size) + " lines",
                   "split it along what changes together; the limit is " + std::to_string(limit));
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, ThePublicFaceIsSmall) {
  const auto& files = source_tree();
  const auto count = std::count_if(files.begin(), files.end(), is_public_header);
  EXPECT_LE(static_cast<std::size_t>(count), kPublicHeaders)
      << "include/everturn: put the new thing into a header that is there, or keep it in src";
}

TEST(Tidy, FunctionsFitAScreen) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_cpp()) continue;
    for (const Function& function : functions_of(file.text)) {
      const std::size_t size = function.is_test ? function.body_lines : function.lines;
      const std::size_t limit = function.is_test ? kTestBodyLines : kFunctionLines;
      if (size <= limit) continue;
      complaints.add(file, function.line, "a function of " + std::to_string(size) + " lines",
                     "name its parts; the limit is " + std::to_string(limit));
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

// Characters, not bytes: UTF-8 continuation bytes do not count.
std::size_t columns_of(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

TEST(Tidy, LinesFitAHundredColumns) {
  const Complaints complaints = check_lines(
      is_code, [](std::string_view line) { return columns_of(line) > kColumns; },
      "over " + std::to_string(kColumns) + " columns", "break the line");
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

// What the expression made before would never be destroyed.
TEST(Tidy, NothingIsMadeBeforeATryInTheSameExpression) {
  const Complaints complaints =
      check_lines([](const SourceFile& file) { return file.is_cpp(); },
                  [](std::string_view line) {
                    const std::size_t at = line.find("TRY(");
                    return at != std::string_view::npos && line.substr(0, at).ends_with(", ");
                  },
                  "TRY behind something else", "give its value a name first");
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, LinesEndInTextNotInBlanks) {
  const Complaints complaints = check_lines(
      is_code, [](std::string_view line) { return line.ends_with(' ') || line.ends_with('\t'); },
      "blanks at the end of the line", "take them out");
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

TEST(Tidy, EveryFileNamesItsLicence) {
  const std::string licence = std::string("SPDX-License-") + "Identifier: Apache-2.0";
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_code()) continue;
    const std::vector<std::string_view> lines = lines_of(file.text);
    const std::size_t first = file.text.starts_with("#!") ? 1 : 0;  // behind the interpreter
    if (lines.size() > first && lines[first].ends_with(licence)) continue;
    complaints.add(file, first + 1, "no licence", "write: " + licence);
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

// EVERTURN_STATUS_H_ for include/everturn/status.h, EVERTURN_FS_FS_H_ for src/fs/fs.h.
std::string guard_of(const SourceFile& file) {
  std::string_view name = file.path;
  for (const std::string_view folder : {"include/everturn/", "src/"}) {
    if (name.starts_with(folder)) name.remove_prefix(folder.size());
  }
  std::string guard = "EVERTURN_";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    guard.push_back(std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_');
  }
  return guard + "_";
}

TEST(Tidy, EveryHeaderHasItsGuard) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_header()) continue;
    const std::string guard = guard_of(file);
    const std::string opening = "#ifndef " + guard + "\n#define " + guard + "\n";
    if (file.text.find(opening) != std::string::npos) continue;
    complaints.add(file, 0, "no guard of its name", "write #ifndef and #define " + guard);
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

// "Journal" of "class Journal final {" in the first column; "" of any other line, and of a nested
// type that is defined outside ("struct Page::State {"), whose name its owner makes its own.
std::string_view type_defined_by(std::string_view line) {
  const bool opens = line.ends_with('{') || line.ends_with("};");
  for (const std::string_view start : {"struct ", "class ", "enum class ", "enum ", "union "}) {
    if (!opens || !line.starts_with(start)) continue;
    line.remove_prefix(start.size());
    if (line.starts_with("[[")) line.remove_prefix(line.find("]] ") + 3);
    const std::size_t end = line.find_first_of(" :{");
    const bool is_nested = line.substr(end).starts_with("::");
    return is_nested ? std::string_view() : line.substr(0, end);
  }
  return {};
}

// What two rooms both call by one name, the linker takes for one: the members that it keeps may be
// those of the other type.
TEST(Tidy, NoTwoTypesHaveOneName) {
  std::map<std::string, std::string> places;  // of a type, by its namespaces and name
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_cpp()) continue;
    std::vector<std::string_view> namespaces;
    for (const std::string_view line : lines_of(file.text)) {
      if (line.starts_with("namespace ") && line.ends_with('{')) {
        const std::string_view name = line.substr(10, line.find_first_of(" {", 10) - 10);
        namespaces.push_back(name.empty() ? std::string_view(file.path) : name);
      }
      if (line.starts_with("}  // namespace") && !namespaces.empty()) namespaces.pop_back();
      const std::string_view type = type_defined_by(line);
      if (type.empty()) continue;
      std::string name;
      for (const std::string_view part : namespaces) name += std::string(part) + "::";
      name += type;
      const auto [known, is_new] = places.emplace(name, file.path);
      if (!is_new) complaints.add(file, 0, name + " is also in " + known->second, "rename one");
    }
  }
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

// The forbidden words are put together here, so that this file may hold them.
TEST(Tidy, NoToDoOnMain) {
  const std::array<std::string, 4> notes = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                            std::string("XX") + "X", std::string("HA") + "CK"};
  const Complaints complaints = check_lines(
      [](const SourceFile& file) { return file.is_code() || file.is_prose(); },
      [&notes](std::string_view line) {
        return std::any_of(notes.begin(), notes.end(),
                           [line](const std::string& note) { return has_word(line, note); });
      },
      "a note to do something later", "do it now, or write an issue");
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

// True where the path itself starts in `line`: "/home/a/b" does not hold the path "/a/".
bool has_path(std::string_view line, std::string_view path) {
  const std::size_t at = line.find(path);
  if (at == std::string_view::npos) return false;
  const char before = at == 0 ? ' ' : line[at - 1];
  const bool goes_on = std::isalnum(static_cast<unsigned char>(before)) != 0 ||
                       std::string_view("_-.~}").find(before) != std::string_view::npos;
  return !goes_on || has_path(line.substr(at + 1), path);
}

TEST(Tidy, NoMachinePaths) {
  const std::array<std::string, 4> paths = {std::string("/wo") + "rk/",
                                            std::string("/tmp/b") + "uild",
                                            std::string("/ro") + "ot/", std::string("/mn") + "t/"};
  const std::array<std::string, 5> hosts = {
      std::string("deb.deb") + "ian.org", std::string("registry.") + "npmjs.org",
      std::string("files.python") + "hosted.org", std::string("pypi.or") + "g/simple",
      std::string("127.0.0.1") + ":3128"};
  const Complaints complaints = check_lines(
      [](const SourceFile&) { return true; },
      [&](std::string_view line) {
        return std::any_of(paths.begin(), paths.end(),
                           [line](const std::string& path) { return has_path(line, path); }) ||
               std::any_of(hosts.begin(), hosts.end(), [line](const std::string& host) {
                 return line.find(host) != std::string_view::npos;
               });
      },
      "names a place that only one machine has", "compute it, or ask for it");
  EXPECT_TRUE(complaints.empty()) << complaints.text();
}

}  // namespace
}  // namespace everturn::tidy
