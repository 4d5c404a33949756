// SPDX-License-Identifier: Apache-2.0
#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace everturn::tidy {
namespace {

namespace stdfs = std::filesystem;

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// What a build or an editor leaves behind; .gitignore names the same.
bool is_foreign(const stdfs::path& relative) {
  constexpr std::array<std::string_view, 4> kForeign = {".git", "build", ".cache",
                                                        "compile_commands.json"};
  const std::string top = relative.begin()->string();
  return std::find(kForeign.begin(), kForeign.end(), top) != kForeign.end() ||
         relative.filename() == "__pycache__" || relative.filename() == "node_modules";
}

std::string read_file(const stdfs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<SourceFile> read_tree(const stdfs::path& root) {
  std::vector<SourceFile> files;
  stdfs::recursive_directory_iterator entry(root);
  for (; entry != stdfs::recursive_directory_iterator(); ++entry) {
    const stdfs::path relative = entry->path().lexically_relative(root);
    if (is_foreign(relative)) {
      entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_symlink() || !entry->is_regular_file()) continue;
    SourceFile file{relative.generic_string(), read_file(entry->path())};
    const bool is_binary = file.text.find('\0') != std::string::npos;
    if (!is_binary) files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace

bool SourceFile::is_below(std::string_view folder) const { return path.starts_with(folder); }

bool SourceFile::is_cpp() const { return is_header() || path.ends_with(".cc"); }

bool SourceFile::is_header() const { return path.ends_with(".h"); }

bool SourceFile::is_test() const {
  const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
  return name.ends_with("_test.cc") || name.find("_test_") != std::string_view::npos ||
         name.starts_with("test_") || is_below("tests/");
}

bool SourceFile::is_code() const {
  constexpr std::array<std::string_view, 9> kEndings = {
      ".c", ".cmake", "CMakeLists.txt", ".py", ".sh", ".js", ".mjs", ".ts", ".tsx"};
  if (is_below("web/dist/")) return false;  // made by a program
  return is_cpp() || text.starts_with("#!") ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [this](std::string_view ending) { return path.ends_with(ending); });
}

bool SourceFile::is_prose() const { return path.ends_with(".md"); }

std::string_view SourceFile::room() const {
  constexpr std::string_view kRooms = "src/";
  if (!is_below(kRooms)) return {};
  const std::string_view rest = std::string_view(path).substr(kRooms.size());
  return rest.substr(0, rest.find('/'));
}

const std::vector<SourceFile>& source_tree() {
  static const std::vector<SourceFile> files = read_tree(EVERTURN_SOURCE_DIR);
  return files;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || !is_word_char(text[at - 1]);
    const bool ends = end == text.size() || !is_word_char(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

void Complaints::add(const SourceFile& file, std::size_t line, std::string_view problem,
                     std::string_view remedy) {
  add(line == 0 ? file.path : file.path + ":" + std::to_string(line), problem, remedy);
}

void Complaints::add(std::string_view place, std::string_view problem, std::string_view remedy) {
  text_.append("\n").append(place).append(": ").append(problem).append("; ").append(remedy);
}

Complaints check_lines(const std::function<bool(const SourceFile&)>& concerns,
                       const std::function<bool(std::string_view line)>& breaks,
                       std::string_view problem, std::string_view remedy) {
  Complaints complaints;
  for (const SourceFile& file : source_tree()) {
    if (!concerns(file)) continue;
    const std::vector<std::string_view> lines = lines_of(file.text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (breaks(lines[i])) complaints.add(file, i + 1, problem, remedy);
    }
  }
  return complaints;
}

}  // namespace everturn::tidy
