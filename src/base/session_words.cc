// SPDX-License-Identifier: Apache-2.0
// The text forms of positions, versions and damage reasons.
#include <array>
#include <charconv>

#include "everturn/repair.h"
#include "everturn/report.h"

namespace everturn {
namespace {

void append_hex(std::string& text, std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  const auto size = static_cast<std::size_t>(end - digits.data());
  text.append(16 - size, '0');
  text.append(digits.data(), size);
}

// Reads a number that fills `text`.
bool read_number(std::string_view text, int base, std::uint64_t& value) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value, base);
  return !text.empty() && result.ec == std::errc() && result.ptr == end;
}

}  // namespace

std::string Position::to_string() const {
  std::string text;
  append_hex(text, generation);
  return text + "." + std::to_string(offset);
}

Result<Position> Position::parse(std::string_view text) {
  Position position;
  const std::size_t dot = text.find('.');
  if (dot == 16 && read_number(text.substr(0, dot), 16, position.generation) &&
      read_number(text.substr(dot + 1), 10, position.offset)) {
    return position;
  }
  return Status(Code::invalid, "not a position; take one from load or append, as it stands there");
}

std::string Version::to_string() const {
  if (*this == none()) return "none";
  std::string text;
  append_hex(text, generation);
  text += ".";
  text += std::to_string(end);
  text += ".";
  append_hex(text, hash_high);
  append_hex(text, hash_low);
  return text;
}

Result<Version> Version::parse(std::string_view text) {
  if (text == "none") return none();
  Version version;
  const std::size_t dot = text.rfind('.');
  if (dot != std::string_view::npos && text.size() - dot == 33) {
    const Result<Position> place = Position::parse(text.substr(0, dot));
    if (place && read_number(text.substr(dot + 1, 16), 16, version.hash_high) &&
        read_number(text.substr(dot + 17), 16, version.hash_low)) {
      version.generation = place->generation;
      version.end = place->offset;
      return version;
    }
  }
  return Status(Code::invalid, "not a version; take one from load or append, as it stands there");
}

std::string_view damage_reason_name(DamageReason reason) {
  switch (reason) {
    case DamageReason::torn:
      return "torn";
    case DamageReason::zeros:
      return "zeros";
    case DamageReason::gap:
      return "gap";
    case DamageReason::not_json:
      return "not_json";
    case DamageReason::bad_utf8:
      return "bad_utf8";
    case DamageReason::not_object:
      return "not_object";
    case DamageReason::oversize:
      return "oversize";
    case DamageReason::unterminated:
      return "unterminated";
    case DamageReason::unreadable:
      return "unreadable";
  }
  return "unknown";
}

std::string_view note_kind_name(NoteKind kind) {
  constexpr std::array<std::string_view, 17> kNames = {"unterminated_record",
                                                       "glued",
                                                       "salvaged",
                                                       "nonfinite",
                                                       "candidate",
                                                       "byte_order_mark",
                                                       "carriage_return",
                                                       "blank",
                                                       "duplicate_block",
                                                       "metadata_missing",
                                                       "metadata_torn",
                                                       "metadata_doubled",
                                                       "metadata_not_first",
                                                       "bad_timestamp",
                                                       "consolidated_range",
                                                       "consolidated_shifted",
                                                       "json_document"};
  static_assert(kNames.size() == static_cast<std::size_t>(NoteKind::json_document) + 1);
  const auto index = static_cast<std::size_t>(kind);
  return index < kNames.size() ? kNames.at(index) : "unknown";
}

std::string_view repair_action_name(RepairAction action) {
  constexpr std::string_view kNames[] = {"set_aside", "split",  "mend", "partial",
                                         "join",      "unfold", "leave"};
  return kNames[static_cast<std::size_t>(action)];
}

}  // namespace everturn
