// SPDX-License-Identifier: Apache-2.0
// A folder on the real disk that nanobot (its model) and a store of ours share.
#ifndef EVERTURN_TESTS_NANOBOT_NANOBOT_FOLDER_H_
#define EVERTURN_TESTS_NANOBOT_NANOBOT_FOLDER_H_

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"
#include "store/test_help.h"
#include "tests/nanobot/nanobot_model.h"
#include "tests/nanobot/python_json.h"

namespace everturn::nanobot_test {

// Removed with all that is in it: "sessions", the folder that is shared, and "state" for our trash.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string sessions() const { return path_ + "/sessions"; }
  [[nodiscard]] std::string state() const { return path_ + "/state"; }

 private:
  std::string path_;
};

StoreOptions options_for(const TemporaryFolder& folder);
std::unique_ptr<Store> open_in(const TemporaryFolder& folder);

std::string read_whole(const std::string& path);
void write_whole(const std::string& path, std::string_view bytes);
void append_bytes(const std::string& path, std::string_view bytes);
// The names in a folder, sorted.
Texts names_in(const std::string& folder);
// The paths of all files below `folder` that hold `bytes`.
Texts files_holding(const std::string& folder, std::string_view bytes);
std::size_t count(std::string_view text, std::string_view part);

// Records as nanobot has them in memory.
Texts dumped(const Texts& records);
// A session in nanobot's memory with these records.
NanobotSession session_of(std::string_view key, const Texts& records);
// Loads, adds and saves, as one turn of the agent does.
void nanobot_turn(const Nanobot& nanobot, std::string_view key, const std::string& record);
// What nanobot loads; a failure if that is nothing.
NanobotSession must_load(const Nanobot& nanobot, std::string_view key);
Texts keys_in(const std::vector<NanobotListing>& list);
Texts keys_in(const std::vector<SessionInfo>& list);

// Whose folder it is, and which version of nanobot's lock library is there.
struct Setting {
  bool adopted = false;
  bool unlinks_lock = false;
};
std::string name_of(const Setting& setting);
void PrintTo(const Setting& setting, std::ostream* out);

// The folder as nanobot leaves it behind after its first start, and a store of ours in it.
class NanobotFolder : public testing::TestWithParam<Setting> {
 protected:
  NanobotFolder();

  [[nodiscard]] Store& store() const { return *store_; }
  [[nodiscard]] const Nanobot& nanobot() const { return nanobot_; }
  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  // Another store on the same folder, like one of another process.
  [[nodiscard]] std::unique_ptr<Store> open() const { return open_in(folder_); }
  void append(const Texts& records, std::string_view key = kKey) const {
    ASSERT_TRUE(append_to(store(), key, records).ok());
  }
  [[nodiscard]] Texts our_records(std::string_view key = kKey) const {
    return load(store(), key).records;
  }
  [[nodiscard]] std::string file_bytes(std::string_view key = kKey) const {
    return read_whole(nanobot_.path_of(key));
  }
  void set_title(std::string_view title, std::string_view key = kKey) const;

 private:
  TemporaryFolder folder_;
  Nanobot nanobot_;
  std::unique_ptr<Store> store_;
};

// The same, but only where the folder is not adopted.
class SharedFolder : public NanobotFolder {};

}  // namespace everturn::nanobot_test

#endif  // EVERTURN_TESTS_NANOBOT_NANOBOT_FOLDER_H_
