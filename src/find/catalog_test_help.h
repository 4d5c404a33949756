// SPDX-License-Identifier: Apache-2.0
// For tests of the catalog: a folder of ours on the real disk, and what may happen to its cache.
#ifndef EVERTURN_FIND_CATALOG_TEST_HELP_H_
#define EVERTURN_FIND_CATALOG_TEST_HELP_H_

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/session_name.h"
#include "everturn/listing.h"
#include "store/test_help.h"
#include "tests/traps/hook_fs.h"

namespace everturn {

// Counts the files that are opened in the store's own folder, and what is read of them.
class CountingFs final : public HookFs {
 public:
  CountingFs() : HookFs(posix_fs()) {}
  Result<std::unique_ptr<Folder>> open_folder(const std::string& path, bool create) override {
    Result<std::unique_ptr<Folder>> folder = posix_fs().open_folder(path, create);
    if (!folder) return folder.status();
    return std::unique_ptr<Folder>(std::make_unique<Counting>(*this, *std::move(folder)));
  }
  std::string real_path(const std::string& path) override { return posix_fs().real_path(path); }
  std::atomic<int> opened = 0;
  std::atomic<std::uint64_t> bytes_read = 0;

 private:
  class CountingFile final : public HookFile {
   public:
    CountingFile(CountingFs& fs, std::unique_ptr<File> real)
        : HookFile(fs, std::move(real)), fs_(fs) {}
    Result<std::size_t> read_at(std::uint64_t offset, char* into, std::size_t size) override {
      Result<std::size_t> got = HookFile::read_at(offset, into, size);
      if (got) fs_.bytes_read += *got;
      return got;
    }

   private:
    CountingFs& fs_;
  };
  class Counting final : public HookFolder {
   public:
    Counting(CountingFs& fs, std::unique_ptr<Folder> real)
        : HookFolder(fs, std::move(real)), fs_(fs) {}
    Result<std::unique_ptr<File>> open(std::string_view name, Access access) override {
      ++fs_.opened;
      Result<std::unique_ptr<File>> file = HookFolder::open(name, access);
      if (!file) return file;
      return std::unique_ptr<File>(std::make_unique<CountingFile>(fs_, *std::move(file)));
    }

   private:
    CountingFs& fs_;
  };
};

class CatalogFolderTest : public ::testing::Test {
 protected:
  CatalogFolderTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "catalog-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    base_ = pattern;
    std::filesystem::create_directories(folder() + "/.everturn");
    put(folder() + "/.everturn/format", "everturn 1\n");
    reopen();
  }
  ~CatalogFolderTest() override {
    catalog_.reset();
    store_.reset();
    for (const std::string& path : names_in(base_)) {
      if (!std::filesystem::is_directory(std::filesystem::symlink_status(path))) continue;
      std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    }
    std::filesystem::remove_all(base_);
  }

  [[nodiscard]] std::string folder() const { return base_ + "/store"; }
  [[nodiscard]] std::string cache_path(const std::string& name) const {
    return folder() + "/.everturn/cache" + (name.empty() ? "" : "/" + name);
  }
  [[nodiscard]] std::string path_of(const std::string& key) const {
    return folder() + "/" + session_file_name(key, false);
  }
  Store& store() { return *store_; }
  void reopen(bool read_only = false) {
    catalog_.reset();
    StoreOptions options;
    options.read_only = read_only;
    options.cache_folder = base_ + "/user-cache";
    store_ = must(open_store("dir:" + folder(), options));
  }

  static void put(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  static std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put_file(const std::string& name, const std::string& bytes) const {
    put(folder() + "/" + name, bytes);
  }
  static std::string session_bytes(const std::string& key, int number) {
    const auto said = [](const std::string& text) {
      return R"({"role":"user","content":")" + text + R"(","timestamp":"2026-08-20T10:02:11Z"})";
    };
    const std::string count = std::to_string(number);
    return R"({"_type":"metadata","key":")" + key +
           R"(","created_at":"2026-08-20T10:02:11","updated_at":"2026-08-20T10:02:11",)" +
           R"("metadata":{},"last_consolidated":0})" + "\n" + said("question " + count) + "\n" +
           R"({"role":"assistant","content":"an answer"})" + "\n" + said("and again " + count) +
           "\n";
  }
  void put_session(const std::string& key, int number) const {
    put(path_of(key), session_bytes(key, number));
  }
  void append_bytes(const std::string& key, const std::string& bytes) const {
    std::ofstream(path_of(key), std::ios::binary | std::ios::app) << bytes;
  }
  // Waits until the newest stamp is older by a few ticks of the clock that stamps files, so that a
  // reading from now on is worth keeping.
  void settle() {
    std::int64_t newest_ns = 0;
    for (const SessionInfo& session : must(store_->list())) {
      newest_ns = std::max(newest_ns, session.stamp.changed_ns);
    }
    constexpr std::int64_t kTicks = 60'000'000;
    while (posix_fs().now_ns() < newest_ns + kTicks) posix_fs().sleep_ns(kTicks / 10);
  }

  ListPage list(const ListQuery& query = {}) {
    if (catalog_ == nullptr) catalog_ = std::make_unique<Catalog>(*store_);
    return must(catalog_->list(query));
  }
  ListPage plain(const ListQuery& query = {}) {
    CatalogOptions options;
    options.use_file = false;
    return must(Catalog(*store_, options).list(query));
  }
  // As if another process came.
  void forget() { catalog_.reset(); }
  static ListQuery everything() {
    ListQuery query;
    query.examine_bytes = UINT64_MAX;
    return query;
  }
  static ListQuery with_counts() {
    ListQuery query;
    query.sort = ListSort::records;
    return query;
  }

  static std::string shown(const ListPage& page) {
    std::string all;
    for (const SessionRow& row : page.rows) {
      const SessionInfo& session = row.session;
      for (const std::string& part :
           {session.key, session.file_name, session.note, row.title, row.preview, row.dialect,
            std::string(health_name(row.health))}) {
        all += part + "|";
      }
      for (const std::uint64_t number :
           {session.bytes, session.records, session.damage_count, session.damage_bytes,
            session.in_flight_bytes, session.note_count, session.salvaged, row.turns, row.rank}) {
        all += std::to_string(number) + "|";
      }
      for (const std::int64_t number : {row.tokens.input, row.tokens.output, row.tokens.cache_read,
                                        row.tokens.cache_write, row.last_time_ns}) {
        all += std::to_string(number) + "|";
      }
      all += "\n";
    }
    return all;
  }
  static std::string keys_of(const ListPage& page) {
    std::string keys;
    for (const SessionRow& row : page.rows) keys += row.session.key + " ";
    return keys;
  }
  static SessionRow row_of(const ListPage& page, const std::string& key) {
    const auto found = std::find_if(page.rows.begin(), page.rows.end(),
                                    [&](const SessionRow& row) { return row.session.key == key; });
    if (found != page.rows.end()) return *found;
    ADD_FAILURE() << "no session " << key;
    return {};
  }
  static std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      names.push_back(entry.path().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // Everybody may read all of it, nobody (but root) write.
  void open_to_all() const {
    using std::filesystem::perms;
    const perms read = perms::owner_read | perms::group_read | perms::others_read;
    const perms enter = read | perms::owner_exec | perms::group_exec | perms::others_exec;
    for (const std::string& path : names_in(base_)) {
      std::filesystem::permissions(path, std::filesystem::is_directory(path) ? enter : read);
    }
    std::filesystem::permissions(base_, enter | perms::owner_write);
  }
  [[nodiscard]] std::vector<std::string> cache_files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(cache_path(""))) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  using FileDamage = std::pair<std::string, std::function<void(const std::string&)>>;
  static std::vector<FileDamage> file_damages() {
    return {{"delete", [](const std::string& path) { std::filesystem::remove(path); }},
            {"truncate", [](const std::string& path) { std::filesystem::resize_file(path, 0); }},
            {"cut",
             [](const std::string& path) {
               std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
             }},
            {"garbage", [](const std::string& path) { put(path, std::string(70'000, 'g')); }},
            {"zeros", [](const std::string& path) { put(path, std::string(70'000, '\0')); }},
            {"folder", [](const std::string& path) {
               std::filesystem::remove(path);
               std::filesystem::create_directory(path);
             }}};
  }
  std::vector<std::pair<std::string, std::function<void()>>> place_damages() {
    return {{"a file", [this] { put(cache_path(""), "no folder"); }},
            {"a link", [this] {
               std::filesystem::create_directory(base_ + "/elsewhere");
               std::filesystem::create_symlink(base_ + "/elsewhere", cache_path(""));
             }}};
  }
  void change_database(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(cache_path("catalog.db").c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
        << (message == nullptr ? "" : message);
    sqlite3_close(database);
  }

 private:
  std::string base_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Catalog> catalog_;
};

}  // namespace everturn

#endif  // EVERTURN_FIND_CATALOG_TEST_HELP_H_
