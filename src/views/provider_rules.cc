// SPDX-License-Identifier: Apache-2.0
#include "views/provider_rules.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "views/json_text.h"

namespace everturn {
namespace {

std::string_view member(std::string_view object, std::string_view name) {
  return find_member(object, name).value_or("");
}

std::string text_member(std::string_view object, std::string_view name) {
  return decode_json_string(member(object, name)).value_or("");
}

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> list;
  for_each_element(array, [&](std::string_view element) {
    list.push_back(element);
    return true;
  });
  return list;
}

bool is_blank_text(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_plain_word(std::string_view word, std::size_t size_max) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !word.empty() && word.size() <= size_max &&
         std::all_of(word.begin(), word.end(), is_plain);
}

bool is_json_object(std::string_view text) {
  JsonFault fault;
  return is_json_object_by_grammar(text, &fault);
}

// Collects the first complaint.
class Rules {
 public:
  virtual ~Rules() = default;

  std::string check(std::span<const HistoryMessage> messages) {
    for (const HistoryMessage& message : messages) {
      ++number_;
      demand(is_json_object(message.json), "not one JSON object");
      demand(message.json.find('\n') == std::string::npos, "a raw line break");
      const std::string role = text_member(message.json, "role");
      check_one(message.json, role);
      if (!complaint_.empty()) return complaint_;
    }
    check_end();
    return complaint_;
  }

 protected:
  virtual void check_one(std::string_view json, const std::string& role) = 0;
  virtual void check_end() {
    for (const std::string& id : open_) demand(false, "no result for call " + id);
  }

  void demand(bool holds, const std::string& rule) {
    if (holds || !complaint_.empty()) return;
    complaint_ = "message " + std::to_string(number_) + ": " + rule;
  }

  void begin_call(const std::string& id, const std::string& name) {
    demand(is_plain_word(id, 40), "call id " + id);
    demand(is_plain_word(name, 64), "tool name " + name);
    demand(used_.insert(id).second, "call id " + id + " used twice");
    open_.insert(id);
  }
  void end_call(const std::string& id) {
    demand(open_.erase(id) == 1, "a result without its call: " + id);
  }
  [[nodiscard]] bool has_open() const { return !open_.empty(); }

 private:
  std::string complaint_;
  std::size_t number_ = 0;
  std::set<std::string> used_;
  std::set<std::string> open_;
};

class OpenaiRules : public Rules {
 protected:
  void check_one(std::string_view json, const std::string& role) override {
    const std::string_view content = member(json, "content");
    if (role == "tool") {
      demand(content.starts_with('"'), "a result that is no text");
      return end_call(text_member(json, "tool_call_id"));
    }
    demand(!has_open(), "a call without its result");
    demand(role == "system" || role == "user" || role == "assistant", "role " + role);
    const bool has_text = content.starts_with('"') && content != "\"\"";
    const std::vector<std::string_view> calls = elements(member(json, "tool_calls"));
    if (role == "assistant") {
      demand(has_text || (content == "null" && !calls.empty()), "content " + std::string(content));
    } else {
      demand(has_text || !elements(content).empty(), "no content");
      demand(calls.empty(), "calls of a " + role);
    }
    for (const std::string_view call : calls) {
      const std::string_view function = member(call, "function");
      demand(text_member(call, "type") == "function", "a call of another type");
      demand(is_json_object(text_member(function, "arguments")), "arguments");
      begin_call(text_member(call, "id"), text_member(function, "name"));
    }
  }
};

class ResponsesRules : public Rules {
 protected:
  void check_one(std::string_view json, const std::string& role) override {
    const std::string type = text_member(json, "type");
    if (was_reasoning_) {
      demand(type == "reasoning" || type == "function_call" || role == "assistant",
             "reasoning without what it led to");
    }
    was_reasoning_ = type == "reasoning";
    if (type == "message") {
      const std::string expected = role == "assistant" ? "output_text" : "input_text";
      const std::vector<std::string_view> blocks = elements(member(json, "content"));
      demand(!blocks.empty(), "no content");
      for (const std::string_view block : blocks) {
        const std::string kind = text_member(block, "type");
        demand(kind == expected || (role == "user" && kind == "input_image"), "content " + kind);
      }
    } else if (type == "function_call") {
      demand(is_json_object(text_member(json, "arguments")), "arguments");
      begin_call(text_member(json, "call_id"), text_member(json, "name"));
    } else if (type == "function_call_output") {
      demand(member(json, "output").starts_with('"'), "an output that is no text");
      end_call(text_member(json, "call_id"));
    } else {
      demand(type == "reasoning", "type " + type);
    }
  }

  void check_end() override {
    demand(!was_reasoning_, "reasoning at the end");
    Rules::check_end();
  }

 private:
  bool was_reasoning_ = false;
};

class AnthropicRules : public Rules {
 protected:
  void check_one(std::string_view json, const std::string& role) override {
    demand(role != last_role_, "two messages of " + role + " in a row");
    demand(role == "user" || role == "assistant", "role " + role);
    demand(!last_role_.empty() || role == "user", "does not begin with the user");
    last_role_ = role;
    const std::vector<std::string_view> blocks = elements(member(json, "content"));
    demand(!blocks.empty(), "no content");
    bool is_front = true;
    for (const std::string_view block : blocks) {
      const std::string type = text_member(block, "type");
      if (type == "tool_result") {
        demand(role == "user" && is_front, "a result that is not at the front");
        end_call(text_member(block, "tool_use_id"));
        continue;
      }
      is_front = false;
      check_block(block, type, role);
    }
    if (role == "user") demand(!has_open(), "a call without its result");
    const std::string last = blocks.empty() ? "" : text_member(blocks.back(), "type");
    demand(!last.ends_with("thinking"), "ends in thinking");
  }

 private:
  void check_block(std::string_view block, const std::string& type, const std::string& role) {
    if (type == "text") {
      demand(!is_blank_text(text_member(block, "text")), "a blank text");
    } else if (type == "tool_use") {
      demand(role == "assistant", "a call of the user");
      demand(is_json_object(member(block, "input")), "input that is no object");
      begin_call(text_member(block, "id"), text_member(block, "name"));
    } else if (type == "thinking") {
      demand(!text_member(block, "signature").empty(), "thinking without a signature");
    } else {
      demand(type == "image" || type == "redacted_thinking", "block " + type);
    }
  }

  std::string last_role_;
};

}  // namespace

std::string provider_complaint(HistoryFormat format, std::span<const HistoryMessage> messages) {
  switch (format) {
    case HistoryFormat::openai:
      return OpenaiRules().check(messages);
    case HistoryFormat::responses:
      return ResponsesRules().check(messages);
    case HistoryFormat::anthropic:
      return AnthropicRules().check(messages);
    case HistoryFormat::native:
      break;
  }
  return {};
}

}  // namespace everturn
