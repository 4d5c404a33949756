// SPDX-License-Identifier: Apache-2.0
// Sessions as each agent writes them while nothing goes wrong: prompts, answers in several records,
// calls and results, with what they used.
#ifndef EVERTURN_VIEWS_STRAIGHT_SESSION_TEST_HELP_H_
#define EVERTURN_VIEWS_STRAIGHT_SESSION_TEST_HELP_H_

#include <string>
#include <utility>
#include <vector>

#include "views/test_help.h"

namespace everturn::views_test {

inline const std::vector<std::string> kStraightForms = {
    "claude",   "sub_agent", "codex",   "fork",   "fork_by_time", "pi",
    "openclaw", "gemini",    "nanobot", "openai", "generic"};

class StraightSession {
 public:
  // `filling`: so many characters more in each answer.
  explicit StraightSession(std::string form, std::size_t filling = 0)
      : form_(std::move(form)), filling_(filling, 'x') {}

  Lines write(int exchanges) {
    begin();
    for (; exchanges > 0; --exchanges) exchange();
    return std::move(lines_);
  }
  static std::string dialect_of(const std::string& form) {
    if (form == "openclaw") return "pi";
    if (form == "sub_agent") return "claude";
    return form == "fork" || form == "fork_by_time" ? "codex" : form;
  }

 private:
  static constexpr const char* kMetadata =
      R"({"_type":"metadata","key":"s","created_at":"2026-08-20T10:02:11",)"
      R"("updated_at":"2026-08-20T10:02:11","metadata":{},"last_consolidated":0})";

  [[nodiscard]] std::string text(const std::string& what) const {
    return what + " " + std::to_string(count_) + filling_;
  }
  std::string next(const std::string& prefix) { return prefix + std::to_string(++count_); }

  void begin() {
    if (form_ == "pi" || form_ == "openclaw") lines_.push_back(kPiHeader);
    if (form_ == "gemini") lines_.push_back(kGeminiHeader);
    if (form_ == "nanobot") lines_.push_back(kMetadata);
    if (form_ == "codex")
      lines_.push_back(codex("session_meta", "{\"id\":" + q(codex_id(5)) + "}"));
    if (form_ != "fork" && form_ != "fork_by_time") return;
    lines_.push_back(codex_fork(codex_id(5), codex_id(1)));
    for (int i = 0; i < 4; ++i) codex_exchange(turn(1));  // the parent's
  }
  // Its id: with its time in it, or a number.
  [[nodiscard]] std::string turn(int time) const {
    return form_ == "fork_by_time" ? std::to_string(count_) : codex_id(time);
  }

  void exchange() {
    const std::string dialect = dialect_of(form_);
    if (dialect == "claude") return claude_exchange();
    if (dialect == "codex") return own_codex_exchange();
    if (dialect == "pi") return pi_exchange();
    if (dialect == "gemini") return gemini_exchange();
    chat_exchange();
  }

  std::string usage(const std::string& input, const std::string& output) {
    return "{" + q(input) + ":" + std::to_string(100 + count_ * 7 % 50) + "," + q(output) + ":" +
           std::to_string(++used_ * 3 % 100) + "}";
  }

  void claude_line(const std::string& type, const std::string& members) {
    const std::string id = next("u");
    const std::string side = form_ == "sub_agent" ? "\"isSidechain\":true," : "";
    lines_.push_back(Claude{id, last_}.record(type, side + members));
    last_ = id;
  }
  void claude_answer(const std::string& message, const std::string& block) {
    claude_line("assistant", "\"message\":{\"id\":" + q(message) +
                                 R"(,"model":"m","role":"assistant","content":[)" + block +
                                 "],\"usage\":" + usage("input_tokens", "output_tokens") +
                                 "},\"requestId\":\"r\"");
  }
  void claude_exchange() {
    const auto said = [](const std::string& words) {
      return R"("message":{"role":"user","content":)" + q(words) + "}";
    };
    if (form_ == "claude") {
      lines_.push_back(R"({"type":"queue-operation","operation":"enqueue","sessionId":"s",)"
                       R"("content":)" +
                       q(text("question")) + "}");
      lines_.push_back(R"({"type":"queue-operation","operation":"dequeue","sessionId":"s"})");
    }
    claude_line("user", said(text("question")));
    const std::string message = next("msg");
    const std::string call = next("call");
    claude_answer(message, text_block(text("I look")));
    claude_answer(message, use_block(call));
    const std::string inner = Claude{next("x"), ""}.assistant(next("side"), text_block("found"));
    claude_line("progress", R"("data":{"type":"agent_progress","message":)" + inner + "}");
    claude_line("user", R"("message":{"role":"user","content":[{"type":"tool_result",)"
                        R"("tool_use_id":)" +
                            q(call) + R"(,"content":"ok"}]})");
    claude_line("system", R"("subtype":"turn_duration","content":"2 s")");
    claude_answer(next("msg"), text_block(text("done")));
  }

  void codex_exchange(const std::string& turn) {
    lines_.push_back(
        codex("turn_context", R"({"model":"m","turn_id":)" + q(turn) + R"(,"cwd":"/srv"})"));
    lines_.push_back(codex_message("user", text("question")));
    const std::string call = next("call");
    lines_.push_back(codex_call(call));
    lines_.push_back(codex_result(call, text("ok")));
    lines_.push_back(codex_message("assistant", text("done")));
    total_ += 20 + ++used_;
    const std::string count =
        R"({"type":"token_count","info":{"total_token_usage":{"total_tokens":)" +
        std::to_string(total_) + R"(},"last_token_usage":)" +
        usage("input_tokens", "output_tokens") + "}}";
    lines_.push_back(codex("event_msg", count));
    lines_.push_back(codex("event_msg", count));  // as when its limits change
  }

  void own_codex_exchange() {
    const std::size_t first = lines_.size();
    codex_exchange(turn(6));
    if (form_ != "fork_by_time") return;
    // An hour after the fork.
    for (std::size_t i = first; i < lines_.size(); ++i) {
      lines_[i].replace(lines_[i].find("T10:02:11"), 9, "T11:02:11");
    }
  }

  void pi_line(const std::string& members, const std::string& id, const std::string& parent) {
    lines_.push_back(pi("message", members, id, parent));
    last_ = id;
  }
  void pi_exchange() {
    pi_line(pi_user(text("question")), next("p"), last_);
    const std::string call = next("call");
    const auto answer = [&](const Lines& calls) {
      std::string members = pi_assistant(text("answer"), calls);
      members.insert(members.rfind("\"stopReason\""),
                     "\"usage\":" + usage("input", "output") + ",");
      pi_line(members, next("p"), last_);
    };
    answer({call});
    pi_line(pi_result(call, "ok"), next("p"), form_ == "openclaw" ? call : last_);
    answer({});
  }

  void gemini_exchange() {
    lines_.push_back(gemini(next("g"), "user", text("question")));
    const std::string id = next("g");
    for (const char* part : {"I look", "I look, and am done"}) {
      lines_.push_back(gemini(id, "gemini", text(part),
                              ",\"tokens\":" + usage("input", "output") + R"(,"model":"m")"));
    }
  }

  void chat_exchange() {
    const bool is_nanobot = form_ == "nanobot";
    const std::string id = next("resp");
    const std::string used = (is_nanobot ? "" : ",\"id\":" + q(id)) +
                             ",\"usage\":" + usage("prompt_tokens", "completion_tokens");
    if (form_ == "generic") {
      for (const char* const who : {"user", "bot"}) {
        lines_.push_back("{\"author\":" + q(who) + ",\"text\":" + q(text("words")) + "}");
      }
      return;
    }
    if (is_nanobot) {
      lines_.push_back(chat("user", text("question")));
      lines_.push_back(chat("assistant", text("answer"), used));
      return;
    }
    lines_.push_back(say("user", text("question")));
    std::string answer = say("assistant", text("answer"));
    answer.insert(answer.size() - 1, used);
    lines_.push_back(answer);
  }

  std::string form_;
  std::string filling_;
  Lines lines_;
  std::string last_;  // id of the record that the next one hangs on
  int count_ = 0;
  int used_ = 0;
  int total_ = 0;
};

}  // namespace everturn::views_test

#endif  // EVERTURN_VIEWS_STRAIGHT_SESSION_TEST_HELP_H_
