// SPDX-License-Identifier: Apache-2.0
#include "views/render.h"

#include <optional>
#include <utility>

#include "base/json.h"
#include "views/image.h"
#include "views/json_text.h"

namespace everturn {
namespace {

std::string joined_text(const Message& message) {
  std::string text;
  for (const Part& part : message.parts) {
    if (part.is_call() || part.is_thinking()) continue;
    if (!text.empty()) text += '\n';
    text += part.is_image() ? placeholder(part.entry->raw) : json_text(part.text);
  }
  return text;
}

bool has_images(const Message& message) {
  for (const Part& part : message.parts) {
    if (part.is_image() && !image_url(part.entry->raw).empty()) return true;
  }
  return false;
}

std::string text_block(std::string_view type, std::string_view text) {
  return "{\"type\":\"" + std::string(type) + "\",\"text\":" + quote_json(text) + "}";
}

void append(std::string& list, std::string_view json) {
  if (!list.empty()) list += ',';
  list += json;
}

// An object of arguments, as it stands, or as it stands within a string.
std::string arguments_object(const Part& part) {
  const std::optional<std::string> inner = decode_json_string(part.text);
  const std::string_view raw = inner ? std::string_view(*inner) : part.text;
  const std::string object = strict_json(raw);
  JsonFault fault;
  if (is_json_object_by_grammar(object, &fault)) return object;
  if (part.text.empty() || raw.empty() || raw == "null") return "{}";
  return "{\"input\":" + (inner ? quote_json(*inner) : strict_json(part.text)) + "}";
}

// A result as one text; a list of blocks as their texts.
std::string result_text(const Part& part) {
  if (part.is_closed) return std::string(kNoResult);
  if (!is_array(part.result_text)) return json_text(part.result_text);
  std::string text;
  for_each_element(part.result_text, [&](std::string_view block) {
    if (!text.empty()) text += '\n';
    const std::string_view inner =
        is_object(block) ? find_member(block, "text").value_or("") : block;
    const std::optional<std::string> decoded = decode_json_string(inner);
    const bool is_picture = !decoded && !image_url(block).empty();
    text += decoded ? *decoded : is_picture ? placeholder(block) : compact_json(block);
    return true;
  });
  return text;
}

// The images of a result as Anthropic takes them; "" if there are none.
std::string result_blocks(const Part& part) {
  if (part.is_closed || !is_array(part.result_text)) return {};
  std::string images;
  for_each_element(part.result_text, [&](std::string_view block) {
    const std::string url = is_object(block) ? image_url(block) : "";
    if (!url.empty()) append(images, anthropic_image(url));
    return true;
  });
  if (images.empty()) return {};
  return "[" + text_block("text", result_text(part)) + "," + images + "]";
}

// What a provider sealed goes back whole or not at all.
bool is_sendable(std::string_view raw) {
  JsonFault fault;
  return is_json_object_by_grammar(raw, &fault);
}

bool has_answer(const Part& part) {
  return part.is_call() && (part.result != nullptr || part.is_closed);
}

std::string_view role_name(Role role) {
  if (role == Role::system) return "system";
  return role == Role::user ? "user" : "assistant";
}

}  // namespace

void Renderer::line(std::string json, const Part& part, bool stand_in) {
  const Entry* entry = part.result != nullptr && stand_in ? part.result : part.entry;
  lines_.push_back({std::move(json), entry->record, stand_in});
}

void Renderer::add(const Message& message) {
  switch (format_) {
    case HistoryFormat::openai:
      return add_openai(message);
    case HistoryFormat::responses:
      return add_responses(message);
    case HistoryFormat::anthropic:
      return add_anthropic(message);
    case HistoryFormat::native:
      return add_native(message);
  }
}

std::vector<HistoryMessage> Renderer::finish() {
  end_message();
  return std::move(lines_);
}

void Renderer::add_openai(const Message& message) {
  std::string content;
  if (message.role == Role::user && has_images(message)) {
    for (const Part& part : message.parts) {
      const std::string url = part.is_image() ? image_url(part.entry->raw) : "";
      const std::string text =
          part.is_image() ? placeholder(part.entry->raw) : json_text(part.text);
      append(content, url.empty() ? text_block("text", text) : openai_image(url));
    }
    content = "[" + content + "]";
  } else {
    const std::string text = joined_text(message);
    content = text.empty() ? "null" : quote_json(text);
  }
  std::string calls;
  for (const Part& part : message.parts) {
    if (!part.is_call()) continue;
    append(calls, "{\"id\":" + quote_json(part.call_id) +
                      ",\"type\":\"function\",\"function\":{\"name\":" + quote_json(part.tool) +
                      ",\"arguments\":" + quote_json(arguments_object(part)) + "}}");
  }
  std::string json = "{\"role\":\"" + std::string(role_name(message.role)) + "\",\"content\":";
  json += content;
  if (!calls.empty()) json += ",\"tool_calls\":[" + calls + "]";
  line(json + "}", message.parts.front());
  for (const Part& part : message.parts) {
    if (!has_answer(part)) continue;
    line("{\"role\":\"tool\",\"tool_call_id\":" + quote_json(part.call_id) +
             ",\"content\":" + quote_json(result_text(part)) + "}",
         part, part.is_closed);
  }
}

void Renderer::add_responses(const Message& message) {
  const std::string_view type = message.role == Role::assistant ? "output_text" : "input_text";
  std::string content;
  const auto end_content = [&](const Part& part) {
    if (content.empty()) return;
    line("{\"type\":\"message\",\"role\":\"" + std::string(role_name(message.role)) +
             "\",\"content\":[" + std::exchange(content, {}) + "]}",
         part);
  };
  for (const Part& part : message.parts) {
    if (part.is_call()) {
      end_content(part);
      line("{\"type\":\"function_call\",\"call_id\":" + quote_json(part.call_id) + ",\"name\":" +
               quote_json(part.tool) + ",\"arguments\":" + quote_json(arguments_object(part)) + "}",
           part);
    } else if (part.is_thinking()) {
      // Reasoning that is only a text cannot be given back.
      const bool is_sealed =
          is_given(find_member(part.entry->raw, "encrypted_content").value_or(""));
      if (!is_sealed || !is_sendable(part.entry->raw)) continue;
      end_content(part);
      line(compact_json(part.entry->raw), part);
    } else {
      const std::string url = part.is_image() ? image_url(part.entry->raw) : "";
      const bool is_sent = !url.empty() && message.role != Role::assistant;
      const std::string text =
          part.is_image() ? placeholder(part.entry->raw) : json_text(part.text);
      append(content, is_sent ? responses_image(url) : text_block(type, text));
    }
  }
  end_content(message.parts.back());
  for (const Part& part : message.parts) {
    if (!has_answer(part)) continue;
    line("{\"type\":\"function_call_output\",\"call_id\":" + quote_json(part.call_id) +
             ",\"output\":" + quote_json(result_text(part)) + "}",
         part, part.is_closed);
  }
}

void Renderer::block(bool is_model, const std::string& json, const Part& part, bool stand_in) {
  if (is_model != is_model_) end_message();
  if (blocks_.empty()) {
    record_ = part.entry->record;
    is_model_ = is_model;
    // The first message must be the user's.
    if (is_model && lines_.empty()) {
      lines_.push_back({R"({"role":"user","content":[{"type":"text",)"
                        R"("text":"[The session begins with the assistant.]"}]})",
                        record_, true});
    }
  }
  append(blocks_, json);
  has_stand_in_ = has_stand_in_ || stand_in;
}

void Renderer::end_message() {
  if (blocks_.empty()) return;
  const std::string_view role = is_model_ ? "assistant" : "user";
  lines_.push_back({"{\"role\":\"" + std::string(role) + "\",\"content\":[" + blocks_ + "]}",
                    record_, has_stand_in_});
  blocks_.clear();
  has_stand_in_ = false;
}

void Renderer::add_anthropic(const Message& message) {
  if (message.role == Role::system) {
    if (!system_text_.empty()) system_text_ += "\n\n";
    system_text_ += joined_text(message);
    return;
  }
  const bool is_model = message.role == Role::assistant;
  for (const Part& part : message.parts) {
    const std::string_view raw = part.entry->raw;
    if (part.is_call()) {
      block(is_model,
            "{\"type\":\"tool_use\",\"id\":" + quote_json(part.call_id) +
                ",\"name\":" + quote_json(part.tool) + ",\"input\":" + arguments_object(part) + "}",
            part);
    } else if (part.is_thinking()) {
      // Signed, it goes as it stands; unsigned, it would be refused.
      const bool is_signed = is_given(find_member(raw, "signature").value_or("")) ||
                             is_text(find_member(raw, "type").value_or(""), "redacted_thinking");
      if (is_signed && is_sendable(raw)) block(is_model, std::string(raw), part);
    } else {
      const std::string url = part.is_image() && !is_model ? image_url(raw) : "";
      const std::string text = part.is_image() ? placeholder(raw) : json_text(part.text);
      block(is_model, url.empty() ? text_block("text", text) : anthropic_image(url), part);
    }
  }
  for (const Part& part : message.parts) {
    if (!has_answer(part)) continue;
    const std::string blocks = result_blocks(part);
    const bool is_failed = part.is_closed || (part.result->flags & kFailed) != 0;
    block(false,
          "{\"type\":\"tool_result\",\"tool_use_id\":" + quote_json(part.call_id) +
              (is_failed ? ",\"is_error\":true" : "") +
              ",\"content\":" + (blocks.empty() ? quote_json(result_text(part)) : blocks) + "}",
          part, part.is_closed);
  }
}

void Renderer::add_record(std::uint32_t record) {
  if (!given_.insert(record).second) return;
  const std::string_view text = session_.texts[record];
  // A document of several lines becomes one.
  const bool is_one_line = text.find_first_of("\r\n") == std::string_view::npos;
  lines_.push_back({is_one_line ? std::string(text) : compact_json(text), record, false});
}

void Renderer::add_native(const Message& message) {
  for (const Part& part : message.parts) add_record(part.entry->record);
  for (const Part& part : message.parts) {
    if (part.result != nullptr) {
      add_record(part.result->record);
    } else if (part.is_closed) {
      line(dialect_.closer(*part.entry, quote_json(kNoResult)), part, true);
    }
  }
}

}  // namespace everturn
