// SPDX-License-Identifier: Apache-2.0
#include "tests/tidy/cpp_text.h"

#include <algorithm>
#include <cctype>

#include "tests/tidy/source_tree.h"

namespace everturn::tidy {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Goes through a text and blanks what is not code.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text) {}

  std::string run() && {
    while (at_ < text_.size()) step();
    return std::move(text_);
  }

 private:
  void step() {
    const std::string_view rest = std::string_view(text_).substr(at_);
    const char before = at_ == 0 ? '\0' : text_[at_ - 1];
    if (rest.starts_with("//")) {
      blank_to(text_.find('\n', at_));
    } else if (rest.starts_with("/*")) {
      blank_to(after(text_.find("*/", at_ + 2), 2));
    } else if (rest.starts_with("R\"") && !is_alnum(before)) {
      const std::string delimiter(rest.substr(2, rest.find('(') - 2));
      const std::string closing = ")" + delimiter + "\"";
      blank_to(after(text_.find(closing, at_), closing.size()));
    } else if (rest.front() == '"' || (rest.front() == '\'' && !is_alnum(before))) {
      blank_to(end_of_literal(rest.front()));
    } else {
      ++at_;
    }
  }

  [[nodiscard]] std::size_t end_of_literal(char quote) const {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
    return end + 1;
  }

  static std::size_t after(std::size_t found, std::size_t size) {
    return found == std::string::npos ? found : found + size;
  }

  void blank_to(std::size_t end) {
    for (end = std::min(end, text_.size()); at_ < end; ++at_) {
      if (text_[at_] != '\n') text_[at_] = ' ';
    }
  }

  std::string text_;
  std::size_t at_ = 0;
};

// Blanks #define and its like, with the lines they continue on.
void blank_directives(std::string& code) {
  bool continues = false;
  std::size_t start = 0;
  while (start < code.size()) {
    const std::size_t end = std::min(code.find('\n', start), code.size());
    const std::string_view line = std::string_view(code).substr(start, end - start);
    const bool is_directive = continues || trimmed(line).starts_with('#');
    continues = is_directive && line.ends_with('\\');
    if (is_directive) std::fill(&code[start], &code[start] + (end - start), ' ');
    start = end + 1;
  }
}

enum class Brace { scope, function, other };

// `head`: what stands before an opening brace, from the end of the statement before it.
Brace classify(std::string_view head) {
  if (head.starts_with("template")) {
    std::size_t at = head.find('<');
    for (std::size_t depth = 0; at < head.size(); ++at) {
      if (head[at] == '<') ++depth;
      if (head[at] == '>' && --depth == 0) break;
    }
    head = trimmed(head.substr(std::min(at + 1, head.size())));
  }
  const bool has_parameters = head.find('(') != std::string_view::npos;
  for (const std::string_view word :
       {"namespace", "inline namespace", "class", "struct", "union"}) {
    if (head.starts_with(word) && !is_alnum(head.size() > word.size() ? head[word.size()] : ' ')) {
      return Brace::scope;
    }
  }
  if (head.starts_with("extern") && !has_parameters) return Brace::scope;
  return has_parameters && !head.ends_with('=') ? Brace::function : Brace::other;
}

bool is_test_head(std::string_view head) {
  const std::string_view word = head.substr(0, head.find('('));
  return word == "TEST" || word == "TEST_F" || word == "TEST_P" || word == "TYPED_TEST" ||
         word == "TYPED_TEST_P";
}

// Follows the braces; what lies inside a function or an initialiser is passed over.
class FunctionFinder {
 public:
  std::vector<Function> run(std::string_view code) && {
    for (const char c : code) {
      see(c);
      if (c == '\n') ++line_;
    }
    return std::move(found_);
  }

 private:
  struct Open {
    Brace kind;
    std::size_t parens;
    std::size_t head_line;
    std::size_t brace_line;
    bool is_test;
  };

  void see(char c) {
    if (c == '{') return open();
    if (c == '}') return close();
    if (c == '(') ++parens_;
    if (c == ')' && parens_ > 0) --parens_;
    if (c == ';' && parens_ == 0) return start_head();
    const bool is_blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (head_.empty() && is_blank) return;
    if (head_.empty()) head_line_ = line_;
    head_.push_back(is_blank ? ' ' : c);
    if (head_ == "public:" || head_ == "private:" || head_ == "protected:") start_head();
  }

  void open() {
    Open brace{Brace::other, parens_, head_line_, line_, false};
    const std::string_view head = trimmed(head_);
    const bool in_scope = open_.empty() || open_.back().kind == Brace::scope;
    // `Name() : first_{1}, second_{2} {`: the pieces belong to one function.
    const bool goes_on = may_go_on_ && (head.empty() || head.starts_with(','));
    if (in_scope && parens_ == 0 && goes_on) {
      brace.kind = Brace::function;
      brace.head_line = found_.back().line;
      found_.pop_back();
    } else if (in_scope && parens_ == 0) {
      brace.kind = classify(head);
      brace.is_test = is_test_head(head);
    }
    open_.push_back(brace);
    parens_ = 0;
    start_head();
  }

  void close() {
    start_head();
    if (open_.empty()) return;
    const Open brace = open_.back();
    open_.pop_back();
    parens_ = brace.parens;
    if (brace.kind != Brace::function) return;
    const std::size_t body = line_ > brace.brace_line ? line_ - brace.brace_line - 1 : 0;
    found_.push_back({brace.head_line, line_ - brace.head_line + 1, body, brace.is_test});
    may_go_on_ = true;
  }

  void start_head() {
    head_.clear();
    may_go_on_ = false;
  }

  std::vector<Function> found_;
  std::vector<Open> open_;
  std::string head_;
  std::size_t head_line_ = 1;
  std::size_t line_ = 1;
  std::size_t parens_ = 0;
  bool may_go_on_ = false;  // a function's brace was closed and nothing ended the statement
};

}  // namespace

std::vector<Include> includes_of(std::string_view text) {
  std::vector<Include> includes;
  const std::vector<std::string_view> lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].starts_with("#include ")) continue;
    const std::string_view rest = trimmed(lines[i].substr(sizeof("#include")));
    if (rest.empty()) continue;
    const bool angled = rest.front() == '<';
    const std::size_t end = rest.find(angled ? '>' : '"', 1);
    if (end == std::string_view::npos) continue;
    includes.push_back({i + 1, std::string(rest.substr(1, end - 1)), angled});
  }
  return includes;
}

std::string without_comments_and_literals(std::string_view text) { return Blanker(text).run(); }

std::vector<Function> functions_of(std::string_view text) {
  std::string code = without_comments_and_literals(text);
  blank_directives(code);
  return FunctionFinder().run(code);
}

}  // namespace everturn::tidy
