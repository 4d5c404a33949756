// SPDX-License-Identifier: Apache-2.0
// Reading writes nothing, whatever state the session is in.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "everturn/store.h"
#include "fs/sim_fs.h"
#include "store/engine.h"

namespace everturn {
namespace {

constexpr const char* kFile = "/store/YQ.jsonl";  // of the key "a"
constexpr const char* kHead = R"({"_type":"metadata","by":"everturn","key":"a","created_at":"",)"
                              R"("updated_at":"","metadata":{},"last_consolidated":0})";

bool pass(const Record&) { return true; }

void read_everything(SimFs& disk) {
  auto engine = open_dir_engine(disk, "/store", {});
  ASSERT_TRUE(engine.ok());
  Store store(*std::move(engine));
  ReadOptions last;
  last.last = 2;
  ReadOptions backwards;
  backwards.backwards = true;
  for (const ReadOptions& how : {ReadOptions{}, last, backwards}) {
    EXPECT_TRUE(store.read("a", how, pass).ok());
  }
  ListOptions check;
  check.check = true;
  EXPECT_TRUE(store.list(check).ok());
  EXPECT_TRUE(store.metadata("a").ok());
  EXPECT_TRUE(store.version("a").ok());
  EXPECT_TRUE(store.read_raw("a", [](std::string_view) { return true; }).ok());
  EXPECT_TRUE(store.trash().ok());
  EXPECT_TRUE(store.info().ok());
  const auto watch = store.watch("a");
  ASSERT_TRUE(watch.ok());
  EXPECT_TRUE((*watch)->next(std::chrono::milliseconds(0), pass).ok());
}

class Reading : public testing::TestWithParam<std::string> {};

TEST_P(Reading, P10_ChangesNoByteNoNameAndNoTime) {
  SimFs disk;
  disk.write_file("/store/.everturn/format", "everturn 1\n");
  disk.write_file("/store/.everturn/lock", "");
  disk.write_file(kFile, std::string(kHead) + "\n{\"n\":1}\n" + GetParam());
  const auto before = disk.files();
  const auto mutations = disk.mutations();
  read_everything(disk);
  EXPECT_EQ(disk.files(), before);
  EXPECT_EQ(disk.mutations(), mutations) << disk.trace();
}

INSTANTIATE_TEST_SUITE_P(
    States, Reading,
    testing::Values("", "{\"n\":2}\n", "{\"n\":2,\"torn", std::string(40, '\0'),
                    std::string(40, '\0') + "{\"n\":2}\n", "{\"n\":2}{\"n\":3}\n", "\xFF\xFE\n",
                    std::string(100, '\t') + "\n", std::string(100, '\t') + "\n{\"n\":2}\n",
                    "[1]\n\n\n", "{\"n\":2}"));

TEST(Reading, P10_UnterminatedLastLineIsInFlightAndNoDamage) {
  SimFs disk;
  disk.write_file("/store/.everturn/format", "everturn 1\n");
  disk.write_file(kFile, std::string(kHead) + "\n{\"n\":1}\n{\"n\":2,\"half");
  auto engine = open_dir_engine(disk, "/store", {});
  Store store(*std::move(engine));
  const Result<ReadReport> report = store.read("a", {}, pass);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->records, 1U);
  EXPECT_EQ(report->damage_count, 0U);
  EXPECT_EQ(report->in_flight_bytes, 12U);
}

}  // namespace
}  // namespace everturn
