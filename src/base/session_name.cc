// SPDX-License-Identifier: Apache-2.0
#include "base/session_name.h"

#include "base/base64url.h"
#include "base/digest.h"
#include "base/try.h"
#include "base/utf8.h"

namespace everturn {
namespace {

constexpr std::string_view kSuffix = ".jsonl";
constexpr std::string_view kPackedSuffix = ".zst";
constexpr std::string_view kUnsafeInLegacyNames = "<>:\"/\\|?*";
constexpr std::size_t kReadableCharacters = 40;
constexpr std::size_t kHashDigits = 32;
constexpr std::size_t kShownKeyBytes = 60;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// For messages: a long key is cut, between two characters, and marked.
std::string shown(std::string_view key) {
  if (key.size() <= kShownKeyBytes) return "\"" + printable(key) + "\"";
  std::size_t length = kShownKeyBytes;
  while (length > kShownKeyBytes - 3 && is_continuation(key[length])) --length;
  return "\"" + printable(key.substr(0, length)) + "...\"";
}

Status bad_key(std::string_view key, std::string_view complaint) {
  return {Code::invalid, "the session key " + shown(key) + " " + std::string(complaint)};
}

// `text` is valid UTF-8, in which DEL is a byte of its own and C1 is C2 80 to C2 9F.
bool has_control_character(std::string_view text) {
  for (std::size_t index = 0; index < text.size(); ++index) {
    const auto byte = static_cast<unsigned char>(text[index]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && static_cast<unsigned char>(text[index + 1]) < 0xA0) return true;
  }
  return false;
}

bool has_dot_segment(std::string_view key) {
  while (true) {
    const std::size_t end = key.find_first_of("/\\");
    const std::string_view segment = key.substr(0, end);
    if (segment == "." || segment == "..") return true;
    if (end == std::string_view::npos) return false;
    key.remove_prefix(end + 1);
  }
}

std::string short_hash(std::string_view text) { return hex(sha256(text)).substr(0, kHashDigits); }

// The beginning of the key in characters that mean nothing to any file system or shell.
std::string readable_prefix(std::string_view key) {
  std::string prefix;
  for (const char byte : key) {
    if (is_continuation(byte)) continue;  // one "_" a character, not a byte
    if (prefix.size() == kReadableCharacters) break;
    if (byte >= 'A' && byte <= 'Z') {
      prefix += static_cast<char>(byte - 'A' + 'a');
      continue;
    }
    const bool is_kept = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
                         (byte == '-' && !prefix.empty());  // a name must not look like an option
    prefix += is_kept ? byte : '_';
  }
  return prefix;
}

// The white space of ASCII as Python's str.strip() sees it: the four separators are part of it.
bool is_python_space(char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r') || (byte >= 0x1C && byte <= 0x1F);
}

}  // namespace

Status check_key(std::string_view key) {
  if (key.empty()) return {Code::invalid, "the session key is empty: give it a character or more"};
  if (key.size() > kMaxKeyBytes) {
    return bad_key(key, "has " + std::to_string(key.size()) + " bytes: use at most " +
                            std::to_string(kMaxKeyBytes));
  }
  if (!is_utf8(key)) return bad_key(key, "is not UTF-8: encode it as UTF-8");
  if (key.find('\0') != std::string_view::npos) {
    return bad_key(key, "holds a NUL character: leave it out");
  }
  return {};
}

Status check_new_key(std::string_view key) {
  CHECK_OK(check_key(key));
  if (has_control_character(key)) {
    return bad_key(key, "holds a control character: leave it out");
  }
  if (has_dot_segment(key)) {
    return bad_key(key, "has \".\" or \"..\" as a path segment: use another name for it");
  }
  return {};
}

std::string session_file_name(std::string_view key, bool ignores_case) {
  if (!ignores_case) {
    std::string name = base64url_encode(key) + std::string(kSuffix);
    if (name.size() <= kMaxFileNameBytes) return name;
  }
  return readable_prefix(key) + "~" + short_hash(key) + std::string(kSuffix);
}

std::string legacy_file_name(std::string_view key) {
  if (key.find('\0') != std::string_view::npos) return "";
  while (!key.empty() && is_python_space(key.front())) key.remove_prefix(1);
  while (!key.empty() && is_python_space(key.back())) key.remove_suffix(1);
  if (key.empty() || key.front() == '.') return "";
  if (key.size() + kSuffix.size() > kMaxFileNameBytes) return "";
  std::string name(key);
  for (char& byte : name) {
    if (kUnsafeInLegacyNames.find(byte) != std::string_view::npos) byte = '_';
  }
  return name + std::string(kSuffix);
}

std::optional<std::string> key_of_file_name(std::string_view file_name) {
  if (!is_session_file_name(file_name)) return std::nullopt;
  file_name.remove_suffix(kSuffix.size());
  std::optional<std::string> key = base64url_decode(file_name);  // only what encodes back to it
  if (!key || !check_key(*key).ok()) return std::nullopt;
  if (file_name.size() + kSuffix.size() > kMaxFileNameBytes) return std::nullopt;
  return key;
}

bool is_session_file_name(std::string_view file_name) {
  return file_name.size() > kSuffix.size() && file_name.front() != '.' &&
         file_name.ends_with(kSuffix);
}

std::string packed_file_name(std::string_view file_name) {
  if (file_name.size() + kPackedSuffix.size() > kMaxFileNameBytes) return "";
  return std::string(file_name) + std::string(kPackedSuffix);
}

bool is_packed_file_name(std::string_view name) {
  return name.ends_with(kPackedSuffix) &&
         is_session_file_name(name.substr(0, name.size() - kPackedSuffix.size()));
}

std::string_view unpacked_name(std::string_view name) {
  if (is_packed_file_name(name)) name.remove_suffix(kPackedSuffix.size());
  return name;
}

std::string temporary_file_name(std::string_view file_name) {
  return "." + short_hash(file_name) + ".tmp";
}

bool is_temporary_file_name(std::string_view name) {
  constexpr std::string_view kEnding = ".tmp";
  return name.size() == 1 + kHashDigits + kEnding.size() && name.starts_with('.') &&
         name.ends_with(kEnding) &&
         name.substr(1, kHashDigits).find_first_not_of("0123456789abcdef") ==
             std::string_view::npos;
}

std::uint64_t lock_slot(std::string_view key) {
  const std::uint64_t slot = hash64(key) & 0x7FFF'FFFF'FFFF'FFFF;
  return slot == 0 ? 1 : slot;
}

}  // namespace everturn
