// SPDX-License-Identifier: Apache-2.0
#include "tests/store_contract/store_contract.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/json.h"

namespace everturn {

void PrintTo(Code code, std::ostream* out) { *out << code_name(code); }

void PrintTo(WatchEvent event, std::ostream* out) {
  constexpr std::string_view kNames[] = {"records", "reset", "removed", "timeout"};
  *out << kNames[static_cast<std::size_t>(event)];
}

void PrintTo(const Position& position, std::ostream* out) {
  *out << position.generation << "." << position.offset;
}

void PrintTo(const Version& version, std::ostream* out) {
  *out << version.generation << "." << version.end << "." << version.hash_high << "."
       << version.hash_low;
}

namespace contract {
namespace {

std::vector<std::string_view> views(const Texts& records) {
  return {records.begin(), records.end()};
}

RecordSink collect(Texts* into) {
  return [into](const Record& record) {
    into->emplace_back(record.bytes);
    return true;
  };
}

}  // namespace

void PrintTo(const EngineUnderTest& engine, std::ostream* out) { *out << engine.name; }

std::string name_of(const testing::TestParamInfo<EngineUnderTest>& info) { return info.param.name; }

std::string text(int number) {
  return R"({"role":"user","content":"turn )" + std::to_string(number) + R"("})";
}

Texts texts(int first, int last) {
  Texts all;
  for (int number = first; number <= last; ++number) all.push_back(text(number));
  return all;
}

std::string long_text(int number, std::size_t bytes) {
  return R"({"number":)" + std::to_string(number) + R"(,"content":")" + std::string(bytes, 'x') +
         R"("})";
}

std::string compact(std::string_view object) {
  std::string result;
  for_each_member(object, [&result](std::string_view name, std::string_view value) {
    result += result.empty() ? "{\"" : ",\"";
    result += name;
    result += "\":";
    result += value;
    return true;
  });
  return result.empty() ? "{}" : result + "}";
}

Texts operator+(Texts left, const Texts& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

WriteOptions expecting(const Version& version) {
  WriteOptions how;
  how.expected = version;
  return how;
}

WriteOptions creating(Create create) {
  WriteOptions how;
  how.create = create;
  return how;
}

WriteOptions once_by_operation(std::string_view operation) {
  WriteOptions how;
  how.once.operation = operation;
  return how;
}

WriteOptions once_by_member(std::string_view member) {
  WriteOptions how;
  how.once.member = member;
  return how;
}

ReadOptions from(Position position) {
  ReadOptions how;
  how.from = position;
  return how;
}

ReadOptions last(std::uint64_t count) {
  ReadOptions how;
  how.last = count;
  return how;
}

Result<Appended> append_to(Store& store, std::string_view key, const Texts& records,
                           const WriteOptions& how) {
  return store.append(key, views(records), how);
}

Result<Appended> append_to(Writer& writer, const Texts& records, const WriteOptions& how) {
  return writer.append(views(records), how);
}

Result<Appended> save_to(Store& store, std::string_view key, const Texts& records,
                         const WriteOptions& how) {
  return store.save(key, views(records), how);
}

Result<Appended> save_merging_to(Store& store, std::string_view key, const Texts& records,
                                 const WriteOptions& how) {
  return store.save_merging(key, views(records), how);
}

Result<Texts> read_from(Store& store, std::string_view key, const ReadOptions& how) {
  Texts all;
  const Result<ReadReport> report = store.read(key, how, collect(&all));
  if (!report) return report.status();
  EXPECT_EQ(report->records, all.size());
  EXPECT_EQ(report->damage_count, 0U);
  return all;
}

WatchEvent next_event(Watch& watch, Texts* into) {
  // Not one long wait: the clock of a simulated disk may run faster than this one.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    const WatchEvent event = value_of(watch.next(std::chrono::seconds(1), collect(into)));
    if (event != WatchEvent::timeout || testing::Test::HasFailure()) return event;
  }
  return WatchEvent::timeout;
}

Store& StoreContract::store() {
  if (!store_) store_ = fixture_->open({});
  return *store_;
}

std::shared_ptr<Store> StoreContract::open_another(const StoreOptions& options) {
  store();
  return fixture_->open(options);
}

void StoreContract::restart() {
  store_.reset();
  store_ = fixture_->open({});
}

Appended StoreContract::append(std::string_view key, const Texts& records,
                               const WriteOptions& how) {
  return value_of(append_to(store(), key, records, how));
}

Appended StoreContract::save(std::string_view key, const Texts& records, const WriteOptions& how) {
  return value_of(save_to(store(), key, records, how));
}

Appended StoreContract::replace(std::string_view key, const Texts& records) {
  return save(key, records, expecting(version(key)));
}

Texts StoreContract::records(std::string_view key, const ReadOptions& how) {
  return value_of(read_from(store(), key, how));
}

std::string StoreContract::raw(std::string_view key) {
  std::string bytes;
  const Status status = store().read_raw(key, [&bytes](std::string_view piece) {
    bytes += piece;
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.message();
  return bytes;
}

Version StoreContract::version(std::string_view key) { return value_of(store().version(key)); }

Metadata StoreContract::metadata(std::string_view key) { return value_of(store().metadata(key)); }

std::string StoreContract::values(std::string_view key) { return compact(metadata(key).values); }

Metadata StoreContract::set_metadata(std::string_view key, std::string_view merge) {
  MetadataChange change;
  change.merge = merge;
  return value_of(store().update_metadata(key, change));
}

TrashEntry StoreContract::remove(std::string_view key) { return value_of(store().remove(key)); }

std::unique_ptr<Writer> StoreContract::open_writer(std::string_view key, const WriterOptions& how) {
  return value_of(store().open_writer(key, how));
}

std::unique_ptr<Watch> StoreContract::watch(std::string_view key, Position position) {
  return value_of(store().watch(key, position));
}

Texts StoreContract::keys() {
  Texts all;
  for (const SessionInfo& info : value_of(store().list())) all.push_back(info.key);
  std::sort(all.begin(), all.end());
  return all;
}

std::size_t StoreContract::trash_size() { return value_of(store().trash()).size(); }

Position StoreContract::position_of(std::string_view key, std::size_t index) {
  std::vector<Position> positions;
  value_of(store().read(key, {}, [&positions](const Record& record) {
    positions.push_back(record.position);
    return true;
  }));
  if (index < positions.size()) return positions[index];
  ADD_FAILURE() << "there is no record " << index;
  return {};
}

}  // namespace contract
}  // namespace everturn
