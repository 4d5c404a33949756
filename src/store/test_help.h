// SPDX-License-Identifier: Apache-2.0
// For tests of the folder engine: stores on a disk in memory, and short words for what they do.
#ifndef EVERTURN_STORE_TEST_HELP_H_
#define EVERTURN_STORE_TEST_HELP_H_

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/session_name.h"
#include "everturn/store.h"
#include "fs/posix_test_help.h"
#include "fs/sim_fs.h"
#include "store/engine.h"

namespace everturn {

using Texts = std::vector<std::string>;

inline constexpr std::string_view kKey = "telegram:12345";
inline constexpr std::string_view kOtherKey = "discord:42";

inline void PrintTo(Code code, std::ostream* out) { *out << code_name(code); }
inline void PrintTo(DamageReason reason, std::ostream* out) { *out << damage_reason_name(reason); }

// A small record, another one for each number.
inline std::string text(int number) {
  return R"({"role":"user","content":"turn )" + std::to_string(number) + R"("})";
}
inline Texts texts(int first, int last) {
  Texts all;
  for (int number = first; number <= last; ++number) all.push_back(text(number));
  return all;
}
// A record of exactly `bytes` bytes.
inline std::string record_of(std::size_t bytes, char fill = 'x') {
  constexpr std::string_view kFrame = R"({"c":""})";
  return R"({"c":")" + std::string(bytes - kFrame.size(), fill) + R"("})";
}
inline std::string lines(const Texts& records) {
  std::string bytes;
  for (const std::string& record : records) bytes += record + "\n";
  return bytes;
}
inline std::string first_line(std::string_view key) {
  return R"({"_type":"metadata","key":")" + std::string(key) + R"("})";
}

template <class T>
Code code_of(const Result<T>& result) {
  return result.status().code();
}
inline Code code_of(const Status& status) { return status.code(); }

template <class Target>
Result<Appended> append_to(Target& target, const Texts& records, const WriteOptions& how = {}) {
  return target.append(std::vector<std::string_view>(records.begin(), records.end()), how);
}
inline Result<Appended> append_to(Store& store, std::string_view key, const Texts& records,
                                  const WriteOptions& how = {}) {
  return store.append(key, std::vector<std::string_view>(records.begin(), records.end()), how);
}

// A session as a reader got it.
struct Loaded {
  Texts records;
  ReadReport report;
  [[nodiscard]] std::string damage() const {  // "gap 10+20 torn 40+5"
    std::string all;
    for (const Damage& damage : report.damage) {
      all += (all.empty() ? "" : " ") + std::string(damage_reason_name(damage.reason)) + " " +
             std::to_string(damage.offset) + "+" + std::to_string(damage.length);
    }
    return all;
  }
};
inline Result<Loaded> try_load(Store& store, std::string_view key, const ReadOptions& how = {}) {
  Loaded loaded;
  Result<ReadReport> report = store.read(key, how, [&](const Record& record) {
    loaded.records.emplace_back(record.bytes);
    return true;
  });
  if (!report) return report.status();
  loaded.report = *std::move(report);
  return loaded;
}
inline Loaded load(Store& store, std::string_view key, const ReadOptions& how = {}) {
  return must(try_load(store, key, how));
}
inline ReadOptions last(std::uint64_t count) {
  ReadOptions how;
  how.last = count;
  return how;
}
inline WriteOptions expecting(const Version& version) {
  WriteOptions how;
  how.expected = version;
  return how;
}

// Stores on a simulated disk; each open() is like another process on the same machine.
class SimStoreTest : public ::testing::Test {
 protected:
  explicit SimStoreTest(std::string folder = "/store") : folder_(std::move(folder)) { pad(true); }

  std::unique_ptr<Store> open(const StoreOptions& options = {}) { return open_on(disk_, options); }
  std::unique_ptr<Store> open_on(Fs& fs, const StoreOptions& options = {}) {
    return std::make_unique<Store>(must(open_dir_engine(fs, folder_, options)));
  }
  static std::unique_ptr<Writer> open_padded(Store& store, std::string_view key = kKey) {
    WriterOptions how;
    how.tail = Tail::padded;
    return must(store.open_writer(key, how));
  }
  [[nodiscard]] std::string path(std::string_view name) const {
    return folder_ + "/" + std::string(name);
  }
  [[nodiscard]] std::string file_of(std::string_view key) const {
    return path(session_file_name(key, false));
  }
  [[nodiscard]] std::string bytes_of(std::string_view key = kKey) const {
    return disk_.read_file(file_of(key)).value_or("(no file)");
  }
  // A folder of ours with this session in it.
  void put_session(const std::string& bytes, std::string_view key = kKey) {
    disk_.write_file(path(".everturn/format"), "everturn 1\n");
    disk_.write_file(file_of(key), bytes);
  }
  // Does the disk overwrite faster than it appends?
  void pad(bool pads_well) {
    FsTraits traits;
    traits.type = "simulated";
    traits.free_bytes = std::uint64_t{1} << 40U;
    traits.pads_well = pads_well;
    disk_.set_traits(traits);
  }

  const std::string folder_;
  SimFs disk_;
};

}  // namespace everturn

#endif  // EVERTURN_STORE_TEST_HELP_H_
