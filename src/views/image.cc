// SPDX-License-Identifier: Apache-2.0
#include "views/image.h"

#include <optional>

#include "base/json.h"
#include "views/dialects/dialect.h"

namespace everturn {
namespace {

std::string member_text(std::string_view object, std::string_view name) {
  const std::optional<std::string_view> raw = find_member(object, name);
  return raw && is_string(*raw) ? decode_json_string(*raw).value_or("") : "";
}

std::string first_text(std::string_view object, std::string_view name, std::string_view other) {
  std::string text = member_text(object, name);
  return text.empty() ? member_text(object, other) : text;
}

// {"media_type" or "mimeType", "data"} as a URL.
std::string data_url(std::string_view object) {
  const std::string data = member_text(object, "data");
  const std::string type = first_text(object, "media_type", "mimeType");
  if (data.empty() || !type.starts_with("image/")) return {};
  return "data:" + type + ";base64," + data;
}

}  // namespace

std::string image_url(std::string_view raw_block) {
  if (const auto image = find_member(raw_block, "image_url")) {
    return is_object(*image) ? member_text(*image, "url") : member_text(raw_block, "image_url");
  }
  if (is_text(find_member(raw_block, "type").value_or(""), "document")) return {};
  for (const std::string_view name : {"source", "inlineData"}) {
    const auto source = find_member(raw_block, name);
    if (!source) continue;
    std::string url = member_text(*source, "url");
    return url.empty() ? data_url(*source) : url;
  }
  return data_url(raw_block);
}

std::string placeholder(std::string_view raw_block) {
  std::string type = member_text(raw_block, "type");
  if (type.empty() || type.find("image") != std::string::npos) type = "image";
  return "[" + type + "]";
}

std::string openai_image(std::string_view url) {
  return R"({"type":"image_url","image_url":{"url":)" + quote_json(url) + "}}";
}

std::string responses_image(std::string_view url) {
  return R"({"type":"input_image","image_url":)" + quote_json(url) + "}";
}

std::string anthropic_image(std::string_view url) {
  const std::size_t comma = url.find(',');
  const std::size_t mark = url.substr(0, comma).find(";base64");
  if (!url.starts_with("data:") || comma == url.npos || mark == url.npos) {
    return R"({"type":"image","source":{"type":"url","url":)" + quote_json(url) + "}}";
  }
  return R"({"type":"image","source":{"type":"base64","media_type":)" +
         quote_json(url.substr(5, mark - 5)) + ",\"data\":" + quote_json(url.substr(comma + 1)) +
         "}}";
}

}  // namespace everturn
