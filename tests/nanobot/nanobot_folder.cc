// SPDX-License-Identifier: Apache-2.0
#include "tests/nanobot/nanobot_folder.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace everturn::nanobot_test {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  path_ = (fs::temp_directory_path() / "everturn-nanobot-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) std::abort();
  fs::create_directory(sessions());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

StoreOptions options_for(const TemporaryFolder& folder) {
  StoreOptions options;
  options.state_folder = folder.state();
  return options;
}

std::unique_ptr<Store> open_in(const TemporaryFolder& folder) {
  return must(open_store("dir:" + folder.sessions(), options_for(folder)));
}

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << "cannot read " << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_whole(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  EXPECT_TRUE(file.flush()) << "cannot write " << path;
}

void append_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << bytes;
  EXPECT_TRUE(file.flush()) << "cannot write " << path;
}

Texts names_in(const std::string& folder) {
  Texts names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

Texts files_holding(const std::string& folder, std::string_view bytes) {
  Texts paths;
  if (!fs::exists(folder)) return paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    if (read_whole(entry.path()).find(bytes) != std::string::npos) paths.push_back(entry.path());
  }
  return paths;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

Texts dumped(const Texts& records) {
  Texts all;
  for (const std::string& record : records) all.push_back(python_dumps(record));
  return all;
}

NanobotSession session_of(std::string_view key, const Texts& records) {
  NanobotSession session;
  session.key = key;
  session.messages = dumped(records);
  return session;
}

void nanobot_turn(const Nanobot& nanobot, std::string_view key, const std::string& record) {
  NanobotSession session = nanobot.load(key).value_or(session_of(key, {}));
  session.messages.push_back(python_dumps(record));
  EXPECT_TRUE(nanobot.save(session));
}

NanobotSession must_load(const Nanobot& nanobot, std::string_view key) {
  std::optional<NanobotSession> session = nanobot.load(key);
  EXPECT_TRUE(session.has_value()) << "nanobot cannot load " << key;
  return session.value_or(NanobotSession());
}

Texts keys_in(const std::vector<NanobotListing>& list) {
  Texts keys;
  for (const NanobotListing& line : list) keys.push_back(line.key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

Texts keys_in(const std::vector<SessionInfo>& list) {
  Texts keys;
  for (const SessionInfo& line : list) keys.push_back(line.key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::string name_of(const Setting& setting) {
  return std::string(setting.adopted ? "Adopted" : "Shared") +
         (setting.unlinks_lock ? "LockUnlinked" : "LockStays");
}

void PrintTo(const Setting& setting, std::ostream* out) { *out << name_of(setting); }

NanobotFolder::NanobotFolder() : nanobot_(folder_.sessions(), GetParam().unlinks_lock) {
  write_whole(folder_.sessions() + "/.workspace", "/home/someone/project\n");
  EXPECT_TRUE(nanobot_.list().empty());
  store_ = open();
  if (GetParam().adopted) {
    EXPECT_TRUE(store_->adopt().ok());
  }
}

void NanobotFolder::set_title(std::string_view title, std::string_view key) const {
  MetadataChange change;
  change.merge = R"({"title":")" + std::string(title) + R"("})";
  must(store().update_metadata(key, change));
}

}  // namespace everturn::nanobot_test
