// SPDX-License-Identifier: Apache-2.0
// Writes one JSON object, member by member, on one line.
#ifndef EVERTURN_BASE_JSON_OBJECT_H_
#define EVERTURN_BASE_JSON_OBJECT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace everturn {

// As quote_json(), and what could act on a terminal is escaped too: C1 controls, which begin a
// sequence as ESC does, and what changes the direction of text.
std::string quote_json_to_show(std::string_view text);

class JsonObject {
 public:
  JsonObject() = default;
  // Begins with "schema", such as "everturn.list/1".
  explicit JsonObject(std::string_view schema) { add("schema", schema); }

  JsonObject& add(std::string_view name, std::string_view text) {
    return add_raw(name, quote_json_to_show(text));
  }
  JsonObject& add_number(std::string_view name, std::uint64_t number) {
    return add_raw(name, std::to_string(number));
  }
  JsonObject& add_signed(std::string_view name, std::int64_t number) {
    return add_raw(name, std::to_string(number));
  }
  JsonObject& add_bool(std::string_view name, bool value) {
    return add_raw(name, value ? "true" : "false");
  }
  // `value` must be JSON without line breaks.
  JsonObject& add_raw(std::string_view name, std::string_view value) {
    text_ += text_.size() > 1 ? "," : "";
    text_ += quote_json(name);
    text_ += ':';
    text_ += value;
    return *this;
  }
  JsonObject& add_list(std::string_view name, std::span<const std::string> raw_values) {
    std::string list = "[";
    for (const std::string& value : raw_values) {
      if (list.size() > 1) list += ',';
      list += value;
    }
    return add_raw(name, list + "]");
  }
  [[nodiscard]] std::string text() const { return text_ + "}"; }
  [[nodiscard]] std::string line() const { return text_ + "}\n"; }

 private:
  std::string text_ = "{";
};

}  // namespace everturn

#endif  // EVERTURN_BASE_JSON_OBJECT_H_
