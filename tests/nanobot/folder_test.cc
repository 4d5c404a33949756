// SPDX-License-Identifier: Apache-2.0
// What we leave behind in a folder that nanobot uses: names, padding, torn ends; and what it finds
// in a folder of ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "base/session_name.h"
#include "tests/nanobot/nanobot_folder.h"

namespace everturn::nanobot_test {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kTorn = "{\"role\":\"user\",\"content\":\"torn gr\xC3";          // half of "ü"
const std::string kTornUtf8 = "{\"role\":\"user\",\"content\":\"torn gr\xC3\xBC";  // whole

INSTANTIATE_TEST_SUITE_P(Folders, SharedFolder,
                         testing::Values(Setting{false, false}, Setting{false, true}),
                         [](const auto& test) { return name_of(test.param); });

class TornEnd : public NanobotFolder {};
INSTANTIATE_TEST_SUITE_P(Folders, TornEnd,
                         testing::Values(Setting{false, false}, Setting{false, true},
                                         Setting{true, false}, Setting{true, true}),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(SharedFolder, NothingOfOursLiesInIt) {
  append(texts(1, 4));
  set_title("title");
  must(store().pop(kKey, 1));
  must(store().fork(kKey, kOtherKey));
  must(store().remove(kOtherKey));
  must(store().vacuum(kKey));
  EXPECT_TRUE(store().sweep().ok());
  const Texts names = names_in(folder().sessions());
  EXPECT_THAT(names, Each(AnyOf(".workspace", ".session-files.lock", nanobot_file_name(kKey))));
  EXPECT_THAT(must(store().trash()), SizeIs(2));
  EXPECT_THAT(files_holding(folder().state(), text(4)), SizeIs(1)) << "the popped record";
}

TEST_P(SharedFolder, HasNoPadding) {
  WriterOptions padded;
  padded.tail = Tail::padded;
  const auto writer = must(store().open_writer(kKey, padded));
  for (int number = 1; number <= 4; ++number) must(append_to(*writer, {text(number)}));
  EXPECT_TRUE(writer->close().ok());
  EXPECT_THAT(file_bytes(), EndsWith(lines(texts(1, 4))));
}

// One byte that is not UTF-8, anywhere in the file, and nanobot begins the session anew.
TEST_P(TornEnd, ThatIsNotUtf8CostsNanobotTheSession) {
  append(texts(1, 2));
  append_bytes(nanobot().path_of(kKey), kTorn);
  EXPECT_FALSE(nanobot().load(kKey));
}

TEST_P(TornEnd, ThatIsNotUtf8IsSetAside) {
  append(texts(1, 2));
  append_bytes(nanobot().path_of(kKey), kTorn);
  append({text(3)});
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped(texts(1, 3)));
  EXPECT_EQ(our_records(), texts(1, 3));
  EXPECT_THAT(must(store().trash()), SizeIs(1));
  EXPECT_THAT(files_holding(folder().path(), kTorn), SizeIs(1)) << "in the trash, nowhere else";
}

TEST_P(TornEnd, InUtf8StaysAsDamageAndTheirRepairSkipsIt) {
  append(texts(1, 2));
  append_bytes(nanobot().path_of(kKey), kTornUtf8);
  append({text(3)});
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped(texts(1, 3)));
  const Loaded ours = load(store(), kKey);
  EXPECT_EQ(ours.records, texts(1, 3));
  EXPECT_EQ(ours.report.damage_bytes, kTornUtf8.size());
  EXPECT_THAT(must(store().trash()), IsEmpty());
}

TEST_P(TornEnd, InUtf8IsGoneWhenNanobotSavesAndWeReadOn) {
  append(texts(1, 2));
  append_bytes(nanobot().path_of(kKey), kTornUtf8);
  nanobot_turn(nanobot(), kKey, text(3));
  append({text(4)});
  EXPECT_EQ(dumped(our_records()), dumped(texts(1, 4)));
  EXPECT_EQ(load(store(), kKey).damage(), "");
}

class OwnFolder : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = open_in(folder_);
  Nanobot nanobot_{folder_.sessions()};

  void set_title(std::string_view title) {
    MetadataChange change;
    change.merge = R"({"title":")" + std::string(title) + R"("})";
    must(store_->update_metadata(kKey, change));
  }
  [[nodiscard]] std::size_t metadata_records() const {
    return count(read_whole(nanobot_.path_of(kKey)), R"("_type":"metadata")");
  }
};

// Metadata changes are appended there, and the last one counts.
TEST_F(OwnFolder, IsReadByTheirLoader) {
  for (int number = 1; number <= 3; ++number) {
    must(append_to(*store_, kKey, {text(number)}));
    set_title("title " + std::to_string(number));
  }
  EXPECT_EQ(metadata_records(), 4U);
  EXPECT_EQ(must_load(nanobot_, kKey).messages, dumped(texts(1, 3)));
  EXPECT_EQ(must_load(nanobot_, kKey).metadata, R"({"title": "title 3"})");
}

TEST_F(OwnFolder, WithATornEndIsMendedOnceNanobotIsThere) {
  must(append_to(*store_, kKey, texts(1, 2)));
  append_bytes(nanobot_.path_of(kKey), kTorn);
  EXPECT_FALSE(nanobot_.load(kKey));  // from here on its lock file is there
  const auto later = open_in(folder_);
  must(append_to(*later, kKey, {text(3)}));
  EXPECT_EQ(must_load(nanobot_, kKey).messages, dumped(texts(1, 3)));
}

TEST_F(OwnFolder, PaddingIsNothingToNanobot) {
  WriterOptions padded;
  padded.tail = Tail::padded;
  const auto writer = must(store_->open_writer(kKey, padded));
  for (int number = 1; number <= 4; ++number) must(append_to(*writer, {text(number)}));
  EXPECT_EQ(must_load(nanobot_, kKey).messages, dumped(texts(1, 4)));
}

TEST_F(OwnFolder, VacuumPutsTheNewestMetadataOnTheFirstLine) {
  must(append_to(*store_, kKey, {text(1)}));
  set_title("one");
  set_title("two");
  must(store_->vacuum(kKey));
  EXPECT_EQ(metadata_records(), 1U);
  ASSERT_EQ(nanobot_.list().size(), 1U);
  EXPECT_EQ(nanobot_.list().front().title, "two");
}

// Keys as chat programs make them, and worse ones.
std::string random_key(std::mt19937& random, std::size_t max_bytes) {
  static const Texts kParts = {"telegram:", "a",  "Z", "0",  "/", ".",  "-", "_", "~", " ",
                               "ü",         "你", "😀", "\\", "?", "\"", "%", "=", "+"};
  const std::size_t size = 1 + random() % max_bytes;
  std::string key;
  while (true) {
    const std::string& part = kParts[random() % kParts.size()];
    if (key.size() + part.size() > size) return key.empty() ? "k" : key;
    key += part;
  }
}

TEST(NanobotNames, AreOursUpTo186Bytes) {
  std::mt19937 random(20260820);
  for (int i = 0; i < 2000; ++i) {
    const std::string key = random_key(random, 186);
    ASSERT_EQ(session_file_name(key, false), nanobot_file_name(key)) << key;
    ASSERT_EQ(key_of_file_name(nanobot_file_name(key)), key);
  }
  EXPECT_EQ(session_file_name(std::string(186, 'k'), false),
            nanobot_file_name(std::string(186, 'k')));
}

TEST(NanobotNames, LongerThanAFileNameCanBeAreHashed) {
  const std::string key(187, 'k');
  EXPECT_GT(nanobot_file_name(key).size(), kMaxFileNameBytes);
  EXPECT_LE(session_file_name(key, false).size(), kMaxFileNameBytes);
  EXPECT_FALSE(key_of_file_name(session_file_name(key, false)));
}

TEST(NanobotNames, HashedOnesAreNotListedByNanobotButBelongToNobodyElse) {
  const TemporaryFolder folder;
  const auto store = open_in(folder);
  const std::string key(187, 'k');
  must(append_to(*store, key, {text(1)}));
  EXPECT_THAT(Nanobot(folder.sessions()).list(), IsEmpty());
  EXPECT_THAT(keys_in(must(store->list())), ElementsAre(key));
}

}  // namespace
}  // namespace everturn::nanobot_test
