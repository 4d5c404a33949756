// SPDX-License-Identifier: Apache-2.0
// A small language for tests about transcripts.
#ifndef EVERTURN_VIEWS_TEST_HELP_H_
#define EVERTURN_VIEWS_TEST_HELP_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "everturn/views.h"
#include "views/json_text.h"

namespace everturn::views_test {

using Lines = std::vector<std::string>;

inline Transcript transcript_of(const Lines& lines, const std::string& dialect = "") {
  TranscriptOptions options;
  options.dialect = dialect;
  Transcript transcript(options);
  for (const std::string& line : lines) transcript.add(line);
  return transcript;
}

// "user: hi", "tool_call ls(call_1): {..}", one a line: what a person would check.
inline std::string shown(const Entry& entry) {
  std::string text(entry_kind_name(entry.kind));
  if (!entry.name.empty()) text += " " + json_text(entry.name);
  if (!entry.call_id.empty()) text += "(" + json_text(entry.call_id) + ")";
  for (const auto& [flag, name] :
       std::initializer_list<std::pair<EntryFlags, const char*>>{{kImage, "image"},
                                                                 {kFailed, "failed"},
                                                                 {kSidechain, "sidechain"},
                                                                 {kInjected, "injected"},
                                                                 {kNotReplayed, "unsent"},
                                                                 {kCopy, "copy"},
                                                                 {kBoundary, "boundary"},
                                                                 {kDrift, "drift"},
                                                                 {kQueued, "queued"},
                                                                 {kDelivery, "delivery"},
                                                                 {kReplacement, "replacement"}}) {
    if ((entry.flags & flag) != 0) text += std::string(" ") + name;
  }
  const std::string said = json_text(entry.text);
  return said.empty() ? text : text + ": " + said;
}

inline Lines shown(Transcript& transcript) {
  Lines lines;
  for (const Entry& entry : transcript.entries()) lines.push_back(shown(entry));
  return lines;
}

// The history as lines such as "user: hi" and "tool(call_1): ok", of Chat Completions messages.
inline Lines told(const History& history) {
  Lines lines;
  const auto member = [](std::string_view json, std::string_view name) {
    return json_text(find_member(json, name).value_or(""));
  };
  for (const HistoryMessage& message : history.messages) {
    std::string line = member(message.json, "role");
    if (line == "tool") line += "(" + member(message.json, "tool_call_id") + ")";
    line += ": " + (message.stand_in ? "-" : member(message.json, "content"));
    const auto calls = find_member(message.json, "tool_calls");
    for_each_element(calls.value_or(""), [&](std::string_view call) {
      line += " +" + member(call, "id");
      return true;
    });
    lines.push_back(line);
  }
  return lines;
}

inline Lines told(Transcript transcript, const HistoryOptions& options = {}) {
  return told(*transcript.history(options));
}

inline std::string q(std::string_view text) { return quote_json(text); }

// Claude Code records.
struct Claude {
  std::string id;
  std::string parent;  // "": null
  [[nodiscard]] std::string record(const std::string& type, const std::string& members) const {
    return "{\"parentUuid\":" + (parent.empty() ? "null" : q(parent)) + ",\"sessionId\":\"s\"," +
           members + ",\"type\":" + q(type) + ",\"uuid\":" + q(id) +
           ",\"timestamp\":\"2026-08-20T10:02:11.120Z\"}";
  }
  [[nodiscard]] std::string user(const std::string& text, const std::string& more = "") const {
    return record("user", more + "\"message\":{\"role\":\"user\",\"content\":" + q(text) + "}");
  }
  // `blocks`: raw, without the brackets.
  [[nodiscard]] std::string assistant(const std::string& message, const std::string& blocks,
                                      const std::string& more = "") const {
    return record("assistant", more + "\"message\":{\"id\":" + q(message) +
                                   ",\"model\":\"m\",\"role\":\"assistant\",\"content\":[" +
                                   blocks + "]},\"requestId\":\"r\"");
  }
  [[nodiscard]] std::string result(const std::string& call, const std::string& text) const {
    return record("user", "\"message\":{\"role\":\"user\",\"content\":[{\"tool_use_id\":" +
                              q(call) + ",\"type\":\"tool_result\",\"content\":" + q(text) + "}]}");
  }
};
inline std::string text_block(const std::string& text) {
  return "{\"type\":\"text\",\"text\":" + q(text) + "}";
}
inline std::string use_block(const std::string& call) {
  return "{\"type\":\"tool_use\",\"id\":" + q(call) + ",\"name\":\"ls\",\"input\":{\"p\":1}}";
}

// Chat messages, as nanobot writes them.
inline std::string chat(const std::string& role, const std::string& text,
                        const std::string& more = "") {
  return "{\"role\":" + q(role) + ",\"content\":" + q(text) +
         ",\"timestamp\":\"2026-08-20T10:02:11.120000\"" + more + "}";
}
inline std::string chat_calls(const Lines& calls, const std::string& text = "") {
  std::string list;
  for (const std::string& call : calls) {
    list += (list.empty() ? "" : ",") + ("{\"id\":" + q(call)) +
            R"(,"type":"function","function":{"name":"ls","arguments":"{}"}})";
  }
  return chat("assistant", text, ",\"tool_calls\":[" + list + "]");
}
inline std::string chat_result(const std::string& call, const std::string& text) {
  return chat("tool", text, ",\"tool_call_id\":" + q(call) + ",\"name\":\"ls\"");
}
inline std::string nanobot_metadata(std::size_t consolidated) {
  return R"({"_type":"metadata","key":"k","created_at":"","updated_at":"","metadata":{},)"
         R"("last_consolidated":)" +
         std::to_string(consolidated) + "}";
}

// Chat messages without times: read by the dialect `openai`, whose rule is the common one.
inline std::string say(const std::string& role, const std::string& text) {
  return "{\"role\":" + q(role) + ",\"content\":" + q(text) + "}";
}
inline std::string call(const Lines& ids) {
  std::string list;
  for (const std::string& id : ids) {
    list += (list.empty() ? "" : ",") + ("{\"id\":" + q(id)) +
            R"(,"type":"function","function":{"name":"ls","arguments":"{}"}})";
  }
  return R"({"role":"assistant","content":null,"tool_calls":[)" + list + "]}";
}
inline std::string answer(const std::string& id, const std::string& text) {
  return R"({"role":"tool","tool_call_id":)" + q(id) + ",\"content\":" + q(text) + "}";
}

// Codex records.
inline std::string codex(const std::string& type, const std::string& payload) {
  return "{\"timestamp\":\"2026-08-20T10:02:11.120Z\",\"type\":" + q(type) +
         ",\"payload\":" + payload + "}";
}
inline std::string codex_message(const std::string& role, const std::string& text) {
  const std::string kind = role == "assistant" ? "output_text" : "input_text";
  return codex("response_item", "{\"type\":\"message\",\"role\":" + q(role) +
                                    ",\"content\":[{\"type\":" + q(kind) + ",\"text\":" + q(text) +
                                    "}]}");
}
inline std::string codex_call(const std::string& call) {
  return codex(
      "response_item",
      R"({"type":"function_call","name":"ls","arguments":"{}","call_id":)" + q(call) + "}");
}
inline std::string codex_result(const std::string& call, const std::string& text) {
  return codex("response_item", "{\"type\":\"function_call_output\",\"call_id\":" + q(call) +
                                    ",\"output\":" + q(text) + "}");
}

// An id that begins with its time, as UUIDs of version 7 do.
inline std::string codex_id(int time) {
  return "019b2ea4-000" + std::to_string(time) + "-7000-8000-000000000000";
}
inline std::string codex_fork(const std::string& id, const std::string& parent) {
  return codex("session_meta", "{\"id\":" + q(id) + ",\"forked_from_id\":" + q(parent) + "}");
}

// pi records; without an id they are of version 1.
inline std::string pi(const std::string& type, const std::string& members,
                      const std::string& id = "", const std::string& parent = "") {
  std::string record = "{\"type\":" + q(type);
  if (!id.empty()) {
    record += ",\"id\":" + q(id) + ",\"parentId\":" + (parent.empty() ? "null" : q(parent));
  }
  return record + ",\"timestamp\":\"2026-08-20T10:02:11.120Z\"," + members + "}";
}
inline std::string pi_user(const std::string& text) {
  return R"("message":{"role":"user","content":[{"type":"text","text":)" + q(text) + "}]}";
}
inline std::string pi_assistant(const std::string& text, const Lines& calls = {},
                                const std::string& stop = "stop") {
  std::string blocks = text_block(text);
  for (const std::string& call : calls) {
    blocks += R"(,{"type":"toolCall","name":"ls","arguments":{},"id":)" + q(call) + "}";
  }
  return R"("message":{"role":"assistant","content":[)" + blocks + "],\"stopReason\":" + q(stop) +
         "}";
}
inline std::string pi_result(const std::string& call, const std::string& text) {
  return R"("message":{"role":"toolResult","toolName":"ls","isError":false,"toolCallId":)" +
         q(call) + R"(,"content":[{"type":"text","text":)" + q(text) + "}]}";
}
inline const std::string kPiHeader =
    R"({"type":"session","version":3,"id":"s","timestamp":"2026-08-20T10:02:11Z","cwd":"/srv"})";

inline std::string gemini(const std::string& id, const std::string& type, const std::string& text,
                          const std::string& more = "") {
  return "{\"id\":" + q(id) + ",\"timestamp\":\"2026-08-20T10:02:11.120Z\",\"type\":" + q(type) +
         ",\"content\":" + q(text) + more + "}";
}
inline const std::string kGeminiHeader =
    R"({"sessionId":"s","projectHash":"h","startTime":"2026-08-20T10:02:11Z","kind":"main"})";

}  // namespace everturn::views_test

#endif  // EVERTURN_VIEWS_TEST_HELP_H_
