// SPDX-License-Identifier: Apache-2.0
// For tests only: what must hold for the JSON functions whatever the bytes are. json_test.cc tries
// it on mutations of known texts, tests/fuzz/json_fuzz.cc on what a fuzzer comes up with.
#ifndef EVERTURN_BASE_JSON_PROPERTY_H_
#define EVERTURN_BASE_JSON_PROPERTY_H_

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/utf8.h"

namespace everturn {

class JsonProperty {
 public:
  // The first thing that does not hold for `text`, or "". `padding_byte` stands behind the text.
  std::string complaint(std::string_view text, char padding_byte) {
    buffer_.assign(text);
    buffer_.append(kJsonPadding, padding_byte);
    const std::string_view padded = std::string_view(buffer_).substr(0, text.size());
    JsonFault fault;
    const bool is_object = is_json_object_by_grammar(padded, &fault);
    std::string found = against_simdjson(padded, is_object);
    if (found.empty()) found = against_checker(padded, is_object, fault);
    if (found.empty()) found = is_object ? of_members(padded) : of_fault(padded, fault);
    return found;
  }

 private:
  // simdjson accepts nothing that the grammar refuses, and refuses for known reasons only.
  std::string against_simdjson(std::string_view text, bool is_object) {
    if (text.empty()) return "";
    const auto root = parser_.parse(text.data(), text.size(), false);
    const simdjson::error_code error = root.error();
    if (error == simdjson::SUCCESS && root.is_object() && !is_object) {
      return "simdjson accepts what the grammar refuses";
    }
    if (!is_object) return "";
    if (error == simdjson::SUCCESS) return root.is_object() ? "" : "simdjson sees no object";
    return is_known_gap(error) ? "" : std::string("simdjson: ") + simdjson::error_message(error);
  }

  // Lone surrogates; integers of 2^64 and more, and 1e999; more than 1,024 levels.
  static bool is_known_gap(simdjson::error_code error) {
    return error == simdjson::STRING_ERROR || error == simdjson::NUMBER_ERROR ||
           error == simdjson::DEPTH_ERROR;
  }

  std::string against_checker(std::string_view text, bool is_object, const JsonFault& fault) {
    if (checker_.is_object(text) != is_object) return "checker and grammar differ";
    const JsonFault& other = checker_.fault();
    const bool is_same = other.offset == fault.offset && other.reason == fault.reason;
    return is_object || is_same ? "" : "checker and grammar differ about the fault";
  }

  // Everything before the fault could have become an object, and the byte at it spoils that.
  static std::string of_fault(std::string_view text, const JsonFault& fault) {
    if (fault.at_end != (fault.offset == text.size())) return "at_end is wrong";
    JsonFault again;
    if (parse_json_object(text, &again)) return "";  // more behind it
    if (parse_json_object(text.substr(0, fault.offset), &again)) return "an object before a fault";
    if (!again.at_end || again.offset != fault.offset) return "the fault lies further ahead";
    if (fault.at_end) return "";
    if (parse_json_object(text.substr(0, fault.offset + 1), &again))
      return "an object with a fault";
    return !again.at_end && again.offset == fault.offset ? "" : "the fault lies further back";
  }

  std::string of_members(std::string_view text) {
    std::string found;
    for_each_member(text, [&](std::string_view raw_name, std::string_view raw_value) {
      found = of_member(text, raw_name, raw_value);
      return found.empty();
    });
    if (!found.empty()) return found;
    return merge_json_members(text, "{}") == text ? "" : "merging nothing changes the object";
  }

  static std::string of_member(std::string_view text, std::string_view raw_name,
                               std::string_view raw_value) {
    JsonFault fault;
    const std::string alone = "{\"a\":" + std::string(raw_value) + "}";
    if (!is_json_object_by_grammar(alone, &fault)) return "a member's value is not JSON";
    const std::optional<std::string> name = decode_json_string("\"" + std::string(raw_name) + "\"");
    if (!name || !is_utf8(*name)) return "a member's name is not a string";
    if (decode_json_string(quote_json(*name)) != name) return "a name does not survive quoting";
    if (!find_member(text, *name)) return "a member is not found";
    const bool is_string = raw_value.front() == '"';
    if (decode_json_string(raw_value).has_value() != is_string) return "a string's kind is wrong";
    const std::string removal = "{" + quote_json(*name) + ":null}";
    const std::string without = merge_json_members(text, removal);
    if (!is_json_object_by_grammar(without, &fault)) return "no object is left after a removal";
    return find_member(without, *name) ? "a removed member is still there" : "";
  }

  simdjson::dom::parser parser_;
  JsonChecker checker_;
  std::string buffer_;
};

}  // namespace everturn

#endif  // EVERTURN_BASE_JSON_PROPERTY_H_
