// SPDX-License-Identifier: Apache-2.0
// Sessions made up at random, as each agent would write them.
#ifndef EVERTURN_VIEWS_RANDOM_SESSION_TEST_HELP_H_
#define EVERTURN_VIEWS_RANDOM_SESSION_TEST_HELP_H_

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "views/test_help.h"

namespace everturn::views_test {

// A session at random, in one form of records: a dialect's name, or an older form of it.
class Author {
 public:
  Author(const std::string& form, std::uint32_t seed)
      : dialect_(dialect_of(form)), has_ids_(form != "pi_v1"), random_(seed) {}

  static std::string dialect_of(const std::string& form) { return form == "pi_v1" ? "pi" : form; }

  Lines write() {
    if (dialect_ == "pi") lines_.push_back(kPiHeader);
    if (dialect_ == "gemini") lines_.push_back(kGeminiHeader);
    if (dialect_ == "nanobot") lines_.push_back(nanobot_metadata(random_() % 12));
    for (std::size_t turns = 1 + random_() % 4; turns > 0; --turns) turn();
    return lines_;
  }

 private:
  bool one_in(std::uint32_t n) { return random_() % n == 0; }
  std::string next(const std::string& prefix) { return prefix + std::to_string(++count_); }

  void turn() {
    if (!one_in(6)) user(one_in(10) ? " " : next("question "));
    for (std::size_t steps = random_() % 4; steps > 0; --steps) {
      Lines calls;
      for (std::size_t n = 1 + random_() % 3; n > 0; --n) calls.push_back(next("c"));
      const std::vector<std::string> parents = response(calls);
      std::vector<std::size_t> order(calls.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::shuffle(order.begin(), order.end(), random_);
      for (const std::size_t i : order) {
        if (one_in(8)) continue;  // interrupted
        if (one_in(12)) user("in between");
        result(one_in(15) ? next("orphan") : calls[i], parents[i]);
      }
    }
    if (!one_in(4)) response({});
    if (one_in(6)) aside();
  }

  void user(const std::string& text) {
    if (dialect_ == "claude") return chain(Claude{next("u"), last_}.user(text), true);
    if (dialect_ == "codex") return lines_.push_back(codex_message("user", text));
    if (dialect_ == "pi") return pi_line(pi_user(text));
    if (dialect_ == "gemini") return lines_.push_back(gemini(next("g"), "user", text));
    lines_.push_back(dialect_ == "nanobot" ? chat("user", text) : say("user", text));
  }

  void chain(const std::string& line, bool is_last) {
    lines_.push_back(line);
    const std::size_t at = line.find("\"uuid\":\"") + 8;
    made_ = line.substr(at, line.find('"', at) - at);
    if (is_last) last_ = one_in(30) ? "gone" : made_;
  }

  void pi_line(const std::string& members) { pi_entry("message", members); }

  void pi_entry(const std::string& type, const std::string& members) {
    const std::string id = has_ids_ ? next("p") : "";
    lines_.push_back(pi(type, members, id, last_));
    if (has_ids_) last_ = one_in(20) ? "gone" : id;
  }

  // Keeps what was said from some entry on.
  void pi_compaction() {
    const std::size_t kept = random_() % lines_.size();
    const std::string from = has_ids_ ? "\"firstKeptEntryId\":" + q("p" + std::to_string(kept + 1))
                                      : "\"firstKeptEntryIndex\":" + std::to_string(kept);
    pi_entry("compaction", "\"summary\":\"so far\"," + from);
  }

  void codex_compaction() {
    const std::string item =
        R"({"type":"message","role":"user","content":[{"type":"input_text","text":"so far"}]})";
    const std::string replacement = R"(,"replacement_history":[)" + item + "]";
    lines_.push_back(
        codex("compacted", R"({"message":"a summary")" + (one_in(2) ? replacement : "") + "}"));
  }

  // Returns what each call's result hangs on.
  std::vector<std::string> response(const Lines& calls) {
    const std::string text = one_in(4) ? "" : next("answer ");
    if (dialect_ == "claude") return claude_response(calls, text);
    if (dialect_ == "codex") {
      if (!text.empty()) lines_.push_back(codex_message("assistant", text));
      for (const std::string& id : calls) lines_.push_back(codex_call(id));
    } else if (dialect_ == "pi") {
      pi_line(pi_assistant(text, calls, one_in(8) ? "aborted" : "stop"));
    } else if (dialect_ == "gemini") {
      gemini_response(calls, text);
    } else if (!calls.empty()) {
      lines_.push_back(dialect_ == "nanobot" ? chat_calls(calls, text) : call(calls));
    } else {
      lines_.push_back(dialect_ == "nanobot" ? chat("assistant", text) : say("assistant", text));
    }
    return Lines(calls.size());
  }

  std::vector<std::string> claude_response(const Lines& calls, const std::string& text) {
    const std::string message = next("msg");
    std::vector<std::string> parents;
    if (!text.empty()) chain(Claude{next("a"), last_}.assistant(message, text_block(text)), true);
    for (const std::string& id : calls) {
      chain(Claude{next("a"), last_}.assistant(message, use_block(id)), true);
      parents.push_back(made_);
    }
    return parents;
  }

  // A message whose calls get their results in later lines with its id.
  void gemini_response(const Lines& calls, const std::string& text) {
    const std::string id = next("g");
    std::string list;
    for (const std::string& one : calls) {
      const std::string response = one_in(6) ? ""
                                             : R"(,"result":[{"functionResponse":{"id":)" + q(one) +
                                                   R"(,"name":"ls","response":{"output":"x"}}}])";
      list += (list.empty() ? "" : ",") + ("{\"id\":" + q(one)) + R"(,"name":"ls","args":{})" +
              response + "}";
      lines_.push_back(gemini(id, "gemini", text, ",\"toolCalls\":[" + list + "]"));
    }
    if (calls.empty()) lines_.push_back(gemini(id, "gemini", text));
  }

  void result(const std::string& id, const std::string& parent) {
    if (dialect_ == "claude") {
      return chain(Claude{next("r"), parent}.result(id, "x"), one_in(2));
    }
    if (dialect_ == "codex") return lines_.push_back(codex_result(id, "x"));
    if (dialect_ == "pi") return pi_line(pi_result(id, "x"));
    if (dialect_ == "gemini") return;
    lines_.push_back(dialect_ == "nanobot" ? chat_result(id, "x") : answer(id, "x"));
  }

  void aside() {
    if (dialect_ == "claude") {
      chain(Claude{next("b"), ""}.record("system", "\"subtype\":\"compact_boundary\""), true);
      chain(Claude{next("s"), last_}.user("summary", "\"isCompactSummary\":true,"), true);
    } else if (dialect_ == "codex" && one_in(2)) {
      codex_compaction();
    } else if (dialect_ == "codex") {
      lines_.push_back(codex("event_msg", R"({"type":"thread_rolled_back","num_turns":1})"));
    } else if (dialect_ == "pi") {
      pi_compaction();
    } else if (dialect_ == "gemini") {
      lines_.push_back("{\"$rewindTo\":" + q("g" + std::to_string(random_() % 9)) + "}");
    }
  }

  std::string dialect_;
  bool has_ids_;
  std::mt19937 random_;
  Lines lines_;
  std::string last_;  // id of the record that the next one hangs on
  std::string made_;
  int count_ = 0;
};

}  // namespace everturn::views_test

#endif  // EVERTURN_VIEWS_RANDOM_SESSION_TEST_HELP_H_
