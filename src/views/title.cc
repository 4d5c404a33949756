// SPDX-License-Identifier: Apache-2.0
#include "views/title.h"

#include <algorithm>

#include "base/digest.h"
#include "views/dialects/dialect.h"

namespace everturn {

bool is_prompt(std::string_view text) {
  constexpr std::array<std::string_view, 12> kOthers = {"<command-",
                                                        "<local-command",
                                                        "Caveat: ",
                                                        "<ide_",
                                                        "[Request interrupted",
                                                        "<system-reminder>",
                                                        "<bash-",
                                                        "<session-start-hook>",
                                                        "<task-notification>",
                                                        "<environment_context>",
                                                        "<user_instructions>",
                                                        "# AGENTS.md"};
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return false;
  text.remove_prefix(start);
  constexpr std::string_view kStarts = "/<C[#";  // of all that is none
  if (kStarts.find(text.front()) == std::string_view::npos) return true;
  const std::string_view first_word = text.substr(0, text.find_first_of(" \t\r\n"));
  const bool is_command = first_word.starts_with('/') && first_word.find('/', 1) == text.npos;
  return !is_command && std::none_of(kOthers.begin(), kOthers.end(), [&](std::string_view other) {
    return text.starts_with(other);
  });
}

std::string first_line_of(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  text.remove_prefix(start);
  return std::string(text.substr(0, text.find_first_of("\r\n")));
}

void TitleFinder::add(const Entry& entry) {
  if (!entry.id.empty()) ids_.insert(hash64(entry.id));
  constexpr EntryFlags kNoPrompt = kInjected | kNotReplayed | kImage | kDelivery;
  const bool may_be_prompt = entry.kind == EntryKind::user && !is_shell_command(entry);
  if (first_prompt_.empty() && may_be_prompt && (entry.flags & kNoPrompt) == 0) {
    std::string text = json_text(entry.text);
    if (is_prompt(text)) first_prompt_ = std::move(text);
  }
  if (entry.title == TitleRank::chosen && !is_given(entry.text)) last_.back().clear();
  if (entry.title == TitleRank::none || !is_given(entry.text)) return;
  if (entry.title == TitleRank::summary) {
    const bool names_leaf = is_string(entry.parent);
    summaries_.push_back(
        {std::string(entry.text), names_leaf, names_leaf ? hash64(entry.parent) : 0});
  } else if (entry.title >= TitleRank::last_prompt) {
    const auto rank =
        static_cast<std::size_t>(entry.title) - static_cast<std::size_t>(TitleRank::last_prompt);
    last_.at(rank) = entry.text;
  }
}

void TitleFinder::clear() {
  for (std::string& text : last_) text.clear();
  summaries_.clear();
  first_prompt_.clear();
  ids_.clear();
}

std::string_view TitleFinder::summary() const {
  // A summary names the leaf that it is of, and that is most often in another session.
  const auto found = std::find_if(summaries_.rbegin(), summaries_.rend(), [&](const Summary& one) {
    return !one.names_leaf || ids_.contains(one.leaf);
  });
  return found == summaries_.rend() ? std::string_view() : std::string_view(found->text);
}

std::string TitleFinder::title() const {
  for (auto text = last_.rbegin(); text != last_.rend(); ++text) {
    if (!text->empty()) return first_line_of(json_text(*text));
  }
  const std::string_view of_summary = summary();
  return of_summary.empty() ? first_line_of(first_prompt_) : first_line_of(json_text(of_summary));
}

}  // namespace everturn
