// SPDX-License-Identifier: Apache-2.0
// A model of nanobot's session store, written from its behaviour: what it reads, what it writes,
// and the lock that it holds over each call. It lets the tests have a second program in the folder
// without having that program.
#ifndef EVERTURN_TESTS_NANOBOT_NANOBOT_MODEL_H_
#define EVERTURN_TESTS_NANOBOT_NANOBOT_MODEL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace everturn::nanobot_test {

// A session in nanobot's memory. JSON values are texts as python_dumps writes them.
struct NanobotSession {
  std::string key;
  std::vector<std::string> messages;
  std::string metadata = "{}";
  std::string created_at = "2026-08-20T10:02:11.120000";  // "": now
  std::string updated_at = "2026-08-20T10:02:11.120000";
  std::int64_t last_consolidated = 0;
  std::optional<std::string> provider_state;
};

// A line of its listing.
struct NanobotListing {
  std::string key;
  std::string title;
};

// Its lock, a flock on ".session-files.lock"; given back by the destructor.
class NanobotLock {
 public:
  // Null: somebody else holds it.
  static std::unique_ptr<NanobotLock> take(const std::string& folder, bool unlinks);
  ~NanobotLock();
  NanobotLock(const NanobotLock&) = delete;
  NanobotLock& operator=(const NanobotLock&) = delete;

 private:
  NanobotLock(std::string path, int descriptor, bool unlinks)
      : path_(std::move(path)), descriptor_(descriptor), unlinks_(unlinks) {}

  std::string path_;
  int descriptor_;
  bool unlinks_;
};

// The store over one folder. Every call holds the lock, and waits for it as long as it takes.
class Nanobot {
 public:
  // `unlinks_lock`: as several versions of its lock library do, it removes the lock file whenever
  // it gives the lock back.
  explicit Nanobot(std::string folder, bool unlinks_lock = false)
      : folder_(std::move(folder)), unlinks_lock_(unlinks_lock) {}

  // The session as the agent would continue it; nullopt: it would begin anew, over whatever there
  // is.
  [[nodiscard]] std::optional<NanobotSession> load(std::string_view key) const;
  // Replaces the file by what is in memory. False: it could not, and the file is as it was.
  [[nodiscard]] bool save(const NanobotSession& session) const;
  // Puts the members of `updates` into the metadata on the first line. False: it could not.
  [[nodiscard]] bool update_metadata(std::string_view key, std::string_view updates) const;
  // False: there was nothing.
  [[nodiscard]] bool erase(std::string_view key) const;
  [[nodiscard]] std::vector<NanobotListing> list() const;
  // A record is so deep that list() fails as a whole, for all sessions.
  [[nodiscard]] bool list_fails() const;

  // Null: somebody else holds it.
  [[nodiscard]] std::unique_ptr<NanobotLock> try_lock() const;
  // Where it keeps a session, and where its older versions did.
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] std::string legacy_path_of(std::string_view key) const;

 private:
  [[nodiscard]] std::unique_ptr<NanobotLock> lock() const;
  [[nodiscard]] bool replace(const std::string& path, const std::string& content) const;

  std::string folder_;
  bool unlinks_lock_;
};

// Its name for a session's file.
std::string nanobot_file_name(std::string_view key);

}  // namespace everturn::nanobot_test

#endif  // EVERTURN_TESTS_NANOBOT_NANOBOT_MODEL_H_
