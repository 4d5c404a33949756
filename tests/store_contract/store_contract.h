// SPDX-License-Identifier: Apache-2.0
// The contract of include/everturn/store.h as tests. Every engine passes all of them; no test asks
// which engine it runs on. A new engine is a line in engines*.cc.
#ifndef EVERTURN_TESTS_STORE_CONTRACT_STORE_CONTRACT_H_
#define EVERTURN_TESTS_STORE_CONTRACT_STORE_CONTRACT_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "everturn/store.h"

namespace everturn {

// For messages of failed expectations.
void PrintTo(Code code, std::ostream* out);
void PrintTo(WatchEvent event, std::ostream* out);
void PrintTo(const Position& position, std::ostream* out);
void PrintTo(const Version& version, std::ostream* out);

namespace contract {

// A place where a store can lie, empty at first.
class EngineFixture {
 public:
  virtual ~EngineFixture() = default;
  // Opens the store there, as another process would. Where nothing outlives the process, all calls
  // return one Store, and the options of the first call hold.
  virtual std::shared_ptr<Store> open(const StoreOptions& options) = 0;
};

struct EngineUnderTest {
  std::string name;  // letters and digits
  std::function<std::unique_ptr<EngineFixture>()> make;
};
void PrintTo(const EngineUnderTest& engine, std::ostream* out);
std::string name_of(const testing::TestParamInfo<EngineUnderTest>& info);

// The engine that the others are compared with.
std::unique_ptr<EngineFixture> make_reference();

using Texts = std::vector<std::string>;

inline constexpr std::string_view kKey = "telegram:12345";
inline constexpr std::string_view kOtherKey = "discord:42/general";

// A small record, another one for each number.
std::string text(int number);
// text(first) to text(last).
Texts texts(int first, int last);
// A record of about `bytes` bytes.
std::string long_text(int number, std::size_t bytes);
// A JSON object without the blanks between its members.
std::string compact(std::string_view object);
Texts operator+(Texts left, const Texts& right);

template <class T>
Code code_of(const Result<T>& result) {
  return result.status().code();
}
inline Code code_of(const Status& status) { return status.code(); }

// The value, or a failure of the test that shows the status, and T().
template <class T>
T value_of(Result<T> result) {
  if (result.ok()) return *std::move(result);
  ADD_FAILURE() << code_name(code_of(result)) << ": " << result.status().message();
  return T();
}

// Write options, one thing each.
WriteOptions expecting(const Version& version);
WriteOptions creating(Create create);
WriteOptions once_by_operation(std::string_view operation);
WriteOptions once_by_member(std::string_view member);
// Read options, one thing each.
ReadOptions from(Position position);
ReadOptions last(std::uint64_t count);

// The calls of a Store on texts.
Result<Appended> append_to(Store& store, std::string_view key, const Texts& records,
                           const WriteOptions& how = {});
Result<Appended> append_to(Writer& writer, const Texts& records, const WriteOptions& how = {});
Result<Appended> save_to(Store& store, std::string_view key, const Texts& records,
                         const WriteOptions& how);
Result<Appended> save_merging_to(Store& store, std::string_view key, const Texts& records,
                                 const WriteOptions& how);
Result<Texts> read_from(Store& store, std::string_view key, const ReadOptions& how = {});
// The next event that is no timeout; gives up after half a minute. Adds the records to `into`.
WatchEvent next_event(Watch& watch, Texts* into);

class StoreContract : public testing::TestWithParam<EngineUnderTest> {
 protected:
  StoreContract() : fixture_(GetParam().make()) {}

  // Opened on first use.
  Store& store();
  // The same sessions, as another process sees them.
  std::shared_ptr<Store> open_another(const StoreOptions& options = {});
  // Before the first use of store().
  void open_with(const StoreOptions& options) { store_ = fixture_->open(options); }
  // The store is closed and opened again.
  void restart();

  // Calls that must succeed.
  Appended append(std::string_view key, const Texts& records, const WriteOptions& how = {});
  Appended save(std::string_view key, const Texts& records, const WriteOptions& how);
  Appended replace(std::string_view key, const Texts& records);  // whatever is there
  Texts records(std::string_view key, const ReadOptions& how = {});
  std::string raw(std::string_view key);
  Version version(std::string_view key);
  Metadata metadata(std::string_view key);
  std::string values(std::string_view key);  // of the metadata, compact
  Metadata set_metadata(std::string_view key, std::string_view merge);
  TrashEntry remove(std::string_view key);
  std::unique_ptr<Writer> open_writer(std::string_view key, const WriterOptions& how = {});
  std::unique_ptr<Watch> watch(std::string_view key, Position position = {});
  Texts keys();  // sorted
  std::size_t trash_size();
  // Where the record number `index`, from 0, begins.
  Position position_of(std::string_view key, std::size_t index);

 private:
  std::unique_ptr<EngineFixture> fixture_;
  std::shared_ptr<Store> store_;
};

}  // namespace contract
}  // namespace everturn

#endif  // EVERTURN_TESTS_STORE_CONTRACT_STORE_CONTRACT_H_
