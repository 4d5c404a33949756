// SPDX-License-Identifier: Apache-2.0
#include "tests/nanobot/nanobot_model.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "base/base64url.h"
#include "base/json.h"
#include "base/utf8.h"
#include "tests/nanobot/python_json.h"

namespace everturn::nanobot_test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTextChunk = 8192;  // what Python decodes at once

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string text_of(std::string_view object, std::string_view name) {
  const auto raw = find_member(object, name);
  return raw ? decode_json_string(*raw).value_or("") : "";
}

bool is_object(std::string_view text) { return text.starts_with('{'); }

// One pass over a file's lines. Strict, it gives up at the first line that is not as it should be;
// else (nanobot's repair) it leaves such lines out.
class Loading {
 public:
  Loading(std::string_view key, bool strict) : strict_(strict) {
    session_.key = key;
    session_.created_at = session_.updated_at = "";
  }

  // Nullopt: nothing can be loaded.
  std::optional<NanobotSession> run(const std::string& bytes) {
    if (!is_utf8(bytes)) return std::nullopt;
    for (const std::string& line : python_lines(bytes)) {
      if (!line.empty() && !take(line)) return std::nullopt;
    }
    const bool empty = session_.messages.empty() && session_.metadata == "{}" &&
                       !session_.provider_state.has_value();
    if (!strict_ && empty) return std::nullopt;
    const auto count = static_cast<std::int64_t>(session_.messages.size());
    if (session_.last_consolidated < 0 || session_.last_consolidated > count) {
      session_.last_consolidated = 0;
    }
    return session_;
  }

 private:
  bool take(const std::string& line) {
    const std::optional<PythonObject> object = parse_as_python(line);
    if (!object) return !strict_;
    if (!object->can_be_read()) return false;  // an error that the repair does not expect
    const std::string type = text_of(object->dumped, "_type");
    if (type == "metadata") return take_metadata(object->dumped);
    if (type == "provider_state") return take_state(object->dumped);
    session_.messages.push_back(object->lone_surrogate ? line : object->dumped);
    return true;
  }

  bool take_metadata(const std::string& line) {
    const auto values = find_member(line, "metadata");
    session_.metadata = values && is_object(*values) ? std::string(*values) : "{}";
    take_time(line, "created_at", session_.created_at);
    take_time(line, "updated_at", session_.updated_at);
    const auto offset = find_member(line, "last_consolidated");
    session_.last_consolidated = offset ? decode_json_integer(*offset).value_or(0) : 0;
    return !(strict_ && bad_time_);
  }

  void take_time(const std::string& line, std::string_view name, std::string& time) {
    const std::string text = text_of(line, name);
    if (text.empty() || is_naive_iso_time(text)) {
      time = text;
    } else {
      bad_time_ = true;
    }
  }

  bool take_state(const std::string& line) {
    const auto state = find_member(line, "state");
    const bool usable = state && is_object(*state) && !text_of(*state, "kind").empty();
    if (usable) session_.provider_state = std::string(*state);
    if (!usable && strict_) session_.provider_state.reset();
    return true;
  }

  bool strict_;
  bool bad_time_ = false;
  NanobotSession session_;
};

std::optional<NanobotSession> load_or_repair(std::string_view key, const std::string& bytes) {
  std::optional<NanobotSession> session = Loading(key, true).run(bytes);
  return session ? session : Loading(key, false).run(bytes);
}

std::string metadata_line(const NanobotSession& session) {
  return python_dumps("{\"_type\":\"metadata\",\"key\":" + quote_json(session.key) +
                      ",\"created_at\":" + quote_json(session.created_at) + ",\"updated_at\":" +
                      quote_json(session.updated_at) + ",\"metadata\":" + session.metadata +
                      ",\"last_consolidated\":" + std::to_string(session.last_consolidated) + "}");
}

// What the first line tells; if it cannot be parsed, what a repair finds.
std::optional<NanobotListing> listing_of(const std::string& named, const std::string& bytes) {
  if (utf8_valid_prefix(bytes) < std::min(bytes.size(), kTextChunk)) return std::nullopt;
  const std::vector<std::string> lines = python_lines(bytes);
  if (lines.empty() || lines.front().empty()) return std::nullopt;
  const std::optional<PythonObject> first = parse_as_python(lines.front());
  if (!first) {
    const std::optional<NanobotSession> repaired = Loading(named, false).run(bytes);
    if (!repaired) return std::nullopt;
    return NanobotListing{named, text_of(repaired->metadata, "title")};
  }
  if (text_of(first->dumped, "_type") != "metadata") return std::nullopt;
  const std::string key = text_of(first->dumped, "key");
  const auto values = find_member(first->dumped, "metadata");
  return NanobotListing{key.empty() ? named : key, values ? text_of(*values, "title") : ""};
}

}  // namespace

std::string nanobot_file_name(std::string_view key) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string name;
  for (std::size_t bit = 0; bit < key.size() * 8; bit += 6) {
    const std::size_t at = bit / 8;
    const unsigned next = at + 1 < key.size() ? static_cast<unsigned char>(key[at + 1]) : 0;
    const unsigned two = static_cast<unsigned>(static_cast<unsigned char>(key[at])) << 8U | next;
    name += kDigits[two >> (10 - bit % 8) & 63U];
  }
  return name + ".jsonl";
}

std::unique_ptr<NanobotLock> NanobotLock::take(const std::string& folder, bool unlinks) {
  const std::string path = folder + "/.session-files.lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return nullptr;
  struct stat found = {};
  const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  // A file that its last holder has removed meanwhile protects nothing.
  if (!locked || ::fstat(descriptor, &found) != 0 || found.st_nlink == 0) {
    ::close(descriptor);
    return nullptr;
  }
  return std::unique_ptr<NanobotLock>(new NanobotLock(path, descriptor, unlinks));
}

NanobotLock::~NanobotLock() {
  if (unlinks_) ::unlink(path_.c_str());
  ::flock(descriptor_, LOCK_UN);
  ::close(descriptor_);
}

std::unique_ptr<NanobotLock> Nanobot::try_lock() const {
  return NanobotLock::take(folder_, unlinks_lock_);
}

std::unique_ptr<NanobotLock> Nanobot::lock() const {
  while (true) {
    if (std::unique_ptr<NanobotLock> held = try_lock()) return held;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::string Nanobot::path_of(std::string_view key) const {
  return folder_ + "/" + nanobot_file_name(key);
}

std::string Nanobot::legacy_path_of(std::string_view key) const {
  std::string name(key);
  for (char& byte : name) {
    if (std::string_view("<>:\"/\\|?*").find(byte) != std::string_view::npos) byte = '_';
  }
  return folder_ + "/" + name + ".jsonl";
}

std::optional<NanobotSession> Nanobot::load(std::string_view key) const {
  const auto held = lock();
  const std::optional<std::string> bytes = read_file(path_of(key));
  return bytes ? load_or_repair(key, *bytes) : std::nullopt;
}

// Through a second file, which no listing takes for a session.
bool Nanobot::replace(const std::string& path, const std::string& content) const {
  const std::string name = fs::path(path).filename().string();
  const std::string temporary = folder_ + "/." + name + ".0123456789abcdef.tmp";
  std::ofstream file(temporary, std::ios::binary);
  file << content;
  file.close();
  return !file.fail() && ::rename(temporary.c_str(), path.c_str()) == 0;
}

bool Nanobot::save(const NanobotSession& session) const {
  const auto held = lock();
  std::string content = metadata_line(session) + "\n";
  if (session.provider_state) {
    content += R"({"_type": "provider_state", "state": )" + *session.provider_state + "}\n";
  }
  for (const std::string& message : session.messages) {
    const std::optional<PythonObject> object = parse_as_python(message);
    if (!object || object->lone_surrogate) return false;  // it cannot be encoded
    content += object->dumped + "\n";
  }
  return replace(path_of(session.key), content);
}

bool Nanobot::update_metadata(std::string_view key, std::string_view updates) const {
  const auto held = lock();
  const std::optional<std::string> bytes = read_file(path_of(key));
  if (!bytes || !is_utf8(*bytes)) return false;
  const std::size_t end = std::min(bytes->find('\n'), bytes->size());
  const std::optional<PythonObject> first = parse_as_python(bytes->substr(0, end));
  if (!first || text_of(first->dumped, "_type") != "metadata") return false;
  const auto old = find_member(first->dumped, "metadata");
  const std::string values =
      merge_json_members(old && is_object(*old) ? *old : std::string_view("{}"), updates);
  const std::string line = merge_json_members(first->dumped, "{\"metadata\":" + values + "}");
  const std::string rest = end < bytes->size() ? bytes->substr(end + 1) : "";
  return replace(path_of(key), python_dumps(line) + "\n" + rest);
}

bool Nanobot::erase(std::string_view key) const {
  const auto held = lock();
  const bool canonical = ::unlink(path_of(key).c_str()) == 0;
  const bool legacy = ::unlink(legacy_path_of(key).c_str()) == 0;
  return canonical || legacy;
}

std::vector<NanobotListing> Nanobot::list() const {
  const auto held = lock();
  std::vector<NanobotListing> found;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".jsonl") continue;
    const auto named = base64url_decode(entry.path().stem().string());
    if (!named || !is_utf8(*named)) continue;  // no name that it would give
    const std::string bytes = read_file(entry.path().string()).value_or("");
    if (std::optional<NanobotListing> line = listing_of(*named, bytes)) found.push_back(*line);
  }
  return found;
}

// It copies messages to show the beginning of one.
bool Nanobot::list_fails() const {
  const auto held = lock();
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".jsonl") continue;
    const std::string bytes = read_file(entry.path().string()).value_or("");
    for (const std::string& line : python_lines(bytes)) {
      const std::optional<PythonObject> object = parse_as_python(line);
      if (object && !object->can_be_copied()) return true;
    }
  }
  return false;
}

}  // namespace everturn::nanobot_test
