// SPDX-License-Identifier: Apache-2.0
#include "bench/workplace.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>
#include <vector>

namespace everturn::bench {
namespace {

constexpr std::size_t kCorpusRecords = 4096;

std::string make_temporary_folder(const std::string& inside) {
  std::error_code error;
  std::filesystem::create_directories(inside, error);
  std::string pattern = inside + "/everturn_bench.XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) give_up("cannot make a folder in " + inside);
  return pattern;
}

}  // namespace

void give_up(const std::string& what) {
  std::fprintf(stderr, "everturn_bench: %s\n", what.c_str());
  std::exit(1);
}

void expect_ok(const Status& status) {
  if (!status.ok()) give_up(status.message());
}

Workplace::Workplace(const Settings& run_settings)
    : settings(run_settings),
      corpus(3, kCorpusRecords),
      report(settings.json, !settings.smoke),
      folder_(make_temporary_folder(settings.folder)),
      store_(expect(open_store("dir:" + store_path()))) {
  expect_ok(store_->adopt());
  describe_machine();
}

Workplace::~Workplace() {
  store_.reset();
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

void Workplace::describe_machine() {
  const StoreInfo info = expect(store_->info());
  utsname system = {};
  ::uname(&system);
  double load = 0;
  ::getloadavg(&load, 1);
  char text[256];
  std::snprintf(text, sizeof text, "%u cores, %s %s, load %.1f, folder on %s",
                std::thread::hardware_concurrency(), system.sysname, system.release, load,
                info.file_system.c_str());
  report.note("machine", text);
  std::snprintf(text, sizeof text, "%zu records, mean line %.0f bytes", kCorpusRecords,
                corpus.mean_bytes());
  report.note("corpus", text);
  if (info.file_system == "tmpfs") {
    report.note("warning", "tmpfs syncs nothing, so durable figures mean nothing: give --dir");
  }
}

std::string Workplace::path(std::string_view name) const {
  return folder_ + "/" + std::string(name);
}

std::string Workplace::fresh_key(std::string_view stem) {
  return std::string(stem) + ":" + std::to_string(++keys_);
}

void Workplace::fill(std::string_view key, std::size_t count) {
  constexpr std::size_t kBatch = 1000;
  WriteOptions how;
  how.durability.level = Level::kernel;
  for (std::size_t done = 0; done < count; done += kBatch) {
    expect(store_->append(key, corpus.records(done, std::min(kBatch, count - done)), how));
  }
}

std::string Workplace::session_of(std::size_t count) {
  std::string key = "filled:" + std::to_string(count);
  if (expect(store_->version(key)) == Version::none()) {
    fill(key, count);
    expect_ok(store_->flush());
  }
  return key;
}

std::unique_ptr<Writer> Workplace::open_writer(std::string_view key, Tail tail) {
  WriterOptions how;
  how.tail = tail;
  return expect(store_->open_writer(key, how));
}

}  // namespace everturn::bench
