// SPDX-License-Identifier: Apache-2.0
// Listing many sessions: with the catalog beside a stat of each file, without it beside reading the
// ends of each, the newest from a catalog that is trusted, and the first listing after a start of
// the machine.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/session_name.h"
#include "bench/workplace.h"
#include "everturn/listing.h"

namespace everturn::bench {
namespace {

constexpr std::size_t kEnd = 4096;  // read of the beginning and of the end

// The names in a folder that may be sessions.
std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  DIR* folder = ::opendir(path.c_str());
  if (folder == nullptr) give_up("cannot list " + path);
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(folder);
  return names;
}

// getdents, and a stat of each.
std::size_t stat_all(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  std::size_t bytes = 0;
  for (const std::string& name : names_in(path)) {
    struct stat found = {};
    if (::fstatat(folder, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0) {
      bytes += static_cast<std::size_t>(found.st_size);
    }
  }
  ::close(folder);
  return bytes;
}

// open, fstat, and a read of both ends of each.
std::size_t read_ends(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  std::array<char, kEnd> bytes{};
  std::size_t seen = 0;
  for (const std::string& name : names_in(path)) {
    const int file = ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat found = {};
    if (file < 0 || ::fstat(file, &found) != 0) give_up("cannot open " + name);
    const ssize_t head = ::pread(file, bytes.data(), bytes.size(), 0);
    const off_t tail = std::max<off_t>(found.st_size - static_cast<off_t>(kEnd), 0);
    const ssize_t rest = ::pread(file, bytes.data(), bytes.size(), tail);
    seen += static_cast<std::size_t>(head + rest);
    ::close(file);
  }
  ::close(folder);
  return seen;
}

// Sessions of 3 to 15 records of the corpus, each a file of a store of its own.
std::string make_sessions(Workplace& place, std::size_t count) {
  const std::string path = place.path("many");
  std::filesystem::create_directories(path + "/.everturn");
  std::ofstream(path + "/.everturn/format") << "everturn 1\n";
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = "chat:" + std::to_string(i);
    std::ofstream file(path + "/" + session_file_name(key, false), std::ios::binary);
    file << R"({"_type":"metadata","by":"everturn","key":")" << key
         << R"(","created_at":"2026-08-20T10:02:11","updated_at":"2026-08-20T10:02:11",)"
         << R"("metadata":{},"last_consolidated":0})" << '\n'
         << R"({"role":"user","content":"Question )" << i << R"( about the deployment"})" << '\n';
    for (std::size_t k = 0; k < 2 + i % 13; ++k) file << place.corpus.line(i * 7 + k);
  }
  return path;
}

std::size_t list_all(Store& store, bool use_file) {
  CatalogOptions options;
  options.use_file = use_file;
  return expect(Catalog(store, options).list({})).rows.size();
}

// What `everturn list` shows on a terminal: all files are looked at, and 50 rows are made.
void list_newest(Store& store) {
  ListQuery query;
  query.limit = 50;
  if (expect(Catalog(store).list(query)).rows.empty()) give_up("nothing is listed");
}

// False where this process may not.
bool drop_caches() {
  ::sync();
  std::ofstream drop("/proc/sys/vm/drop_caches");
  drop << "3";
  drop.flush();
  return drop.good();
}

double milliseconds(const std::function<void()>& work) {
  const Clock::time_point start = Clock::now();
  work();
  return microseconds_since(start) / 1000;
}

// What changed since the machine started is nothing: the stamps are read from the disk. Beside it
// the same getdents and stat that a warm listing is held against, just as cold.
void first_after_start(Workplace& place, const std::string& path, std::size_t count) {
  const auto drop = [] {
    if (!drop_caches()) give_up("only root may empty the caches");
  };
  const auto list = [&] {
    const std::unique_ptr<Store> store = expect(open_store("dir:" + path));
    if (list_all(*store, true) != count) give_up("a session is missing");
  };
  if (!drop_caches()) return place.report.note("first listing", "needs root");
  const std::vector<Series> of =
      alternate({{"cold floor", [&] { stat_all(path); }, drop}, {"first listing", list, drop}},
                place.settings.rounds_or(5), 1);
  place.report.add("first listing after a start, its time", of[1], of[0], product_at_most(1e6));
}

void newest_trusted(Workplace& place, Store& store) {
  Catalog catalog(store);
  ListQuery query;
  query.limit = 50;
  query.trusted = true;
  const auto list = [&] {
    if (expect(catalog.list(query)).rows.empty()) give_up("nothing is listed");
  };
  const std::vector<Series> of =
      alternate({{"trusted", list, {}}, {"again", list, {}}}, place.settings.rounds_or(11), 50);
  place.report.add("newest 50, catalog trusted, its time", of[0], of[1], product_at_most(1000));
}

}  // namespace

void bench_list(Workplace& place) {
  const std::size_t count = place.settings.scaled(100'000, 300);
  const std::string path = make_sessions(place, count);
  const std::string url = "dir:" + path;
  const std::unique_ptr<Store> store = expect(open_store(url));
  const double first_ms = milliseconds([&] { list_all(*store, true); });
  // Stamps of just now are not trusted: the second listing reads the files once more.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  list_all(*store, true);
  char text[128];
  std::snprintf(text, sizeof text, "%zu sessions; the catalog was made in %.0f ms", count,
                first_ms);
  place.report.note("listing", text);
  place.report.note("threads",
                    "one for the floors, up to four for the listings: with less than two "
                    "cores to themselves they lose what that wins");
  const std::string number = std::to_string(count);
  const std::size_t rounds = place.settings.rounds_or(11);
  const std::vector<Series> checked = alternate({{"floor", [&] { stat_all(path); }, {}},
                                                 {"catalog", [&] { list_all(*store, true); }, {}},
                                                 {"newest", [&] { list_newest(*store); }, {}}},
                                                rounds, 1);
  place.report.add("list " + number + ", catalog / getdents + stat", checked[1], checked[0],
                   at_most(1.2));
  place.report.add("newest 50 of " + number + ", catalog / getdents + stat", checked[2], checked[0],
                   at_most(1.2));
  const std::vector<Series> plain =
      alternate({{"floor", [&] { read_ends(path); }, {}},
                 {"no catalog", [&] { list_all(*store, false); }, {}}},
                rounds, 1);
  place.report.add("list " + number + ", no catalog / open + read both ends", plain[1], plain[0],
                   at_most(1.35));
  newest_trusted(place, *store);
  if (!place.settings.smoke) first_after_start(place, path, count);
}

}  // namespace everturn::bench
