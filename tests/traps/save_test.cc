// SPDX-License-Identifier: Apache-2.0
// What a save drops: damage goes to the trash, whole, and only damage does.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "store/session_files.h"
#include "store/test_help.h"

namespace everturn {
namespace {

const std::string kTorn = text(7).substr(0, 12);

class SaveTest : public SimStoreTest {
 protected:
  // Saves over a session of these bytes.
  Result<Appended> save_over(const std::string& bytes, const Texts& records) {
    put_session(bytes);
    const auto store = open();
    return save(*store, records);
  }
  static Result<Appended> save(Store& store, const Texts& records, std::string_view key = kKey) {
    return store.save(key, std::vector<std::string_view>(records.begin(), records.end()),
                      expecting(must(store.version(key))));
  }
  // The old files that were kept.
  Texts kept() {
    Texts files;
    for (const TrashEntry& entry : must(open()->trash())) {
      const std::string name = ".everturn/trash/" + entry.id + ".0";
      files.push_back(disk_.read_file(path(name)).value_or("(no file)"));
    }
    return files;
  }
  [[nodiscard]] bool has_leftover() const {
    const std::string name = temporary_file_name(session_file_name(kKey, false));
    return disk_.read_file(path(name)).has_value();
  }
};

TEST_F(SaveTest, DamageIsKeptWhereverItStands) {
  const std::string head = first_line(kKey) + "\n";
  const Texts damaged = {
      kTorn + "\n" + lines(texts(1, 3)),
      head + kTorn + "\n" + lines(texts(1, 3)),
      head + text(1) + "\n" + kTorn + text(2) + "\n" + text(3) + "\n",
      head + lines(texts(1, 3)) + kTorn + "\n",
      head + lines(texts(1, 3)) + kTorn,
      head + lines(texts(1, 3)) + std::string(600, '\0'),
      head + lines(texts(1, 3)) + lines(texts(4, 6)) + kTorn + "\n",
      "[\n" + text(4) + ",\n" + text(5) + "\n]\n",
  };
  for (std::size_t i = 0; i < damaged.size(); ++i) {
    ASSERT_TRUE(save_over(damaged[i], texts(1, 3)).ok()) << damaged[i];
    const Texts all = kept();
    ASSERT_EQ(all.size(), i + 1) << damaged[i];
    EXPECT_NE(std::find(all.begin(), all.end(), damaged[i]), all.end()) << damaged[i];
    EXPECT_EQ(load(*open(), kKey).records, texts(1, 3));
  }
}

TEST_F(SaveTest, WithoutDamageNothingIsKept) {
  const std::string head = first_line(kKey) + "\n";
  const std::string all = lines(texts(1, 3));
  for (const std::string& bytes :
       {all, head + all, head, head + all + "\n\n", head + "  \n" + all, head + text(1) + all,
        head + lines(texts(1, 2)) + text(3), head + all + lines(texts(4, 9))}) {
    for (const Texts& records : {texts(1, 3), texts(1, 5), texts(2, 3), Texts()}) {
      ASSERT_TRUE(save_over(bytes, records).ok()) << bytes;
      EXPECT_EQ(load(*open(), kKey).records, records) << bytes;
    }
  }
  EXPECT_EQ(kept(), Texts());
}

TEST_F(SaveTest, LastMetadataBetweenTheRecordsWins) {
  for (const int size : {2, 9000}) {  // read before it is written anew, and meanwhile
    const std::string key = "session of " + std::to_string(size);
    const auto store = open();
    ASSERT_TRUE(append_to(*store, key, texts(1, size)).ok());
    for (const char* const title : {R"({"title":"old"})", R"({"title":"new"})"}) {
      MetadataChange change;
      change.merge = title;
      ASSERT_TRUE(store->update_metadata(key, change).ok());
      ASSERT_TRUE(append_to(*store, key, {text(0)}).ok());
    }
    const Texts records = load(*store, key).records;
    ASSERT_TRUE(save(*store, records, key).ok());
    EXPECT_NE(must(store->metadata(key)).values.find("\"new\""), std::string::npos);
    EXPECT_EQ(bytes_of(key).find("\"old\""), std::string::npos);
    EXPECT_EQ(load(*store, key).records, records);
  }
  EXPECT_EQ(kept(), Texts());
}

// That the old file holds the same bytes proves nothing: they may be damage.
TEST_F(SaveTest, DamagedLineIsNoRecordBecauseItStandsThereAlready) {
  const std::string bytes = lines({text(1), kTorn, text(2)});
  EXPECT_EQ(code_of(save_over(bytes, {text(1), kTorn, text(2)})), Code::invalid);
  EXPECT_EQ(bytes_of(), bytes);
  EXPECT_EQ(kept(), Texts());
}

TEST_F(SaveTest, BadRecordOfALargeSaveLeavesNothingBehind) {
  const std::string bytes = lines({text(1), kTorn, text(2)});
  Texts records = texts(1, 9000);
  records[8000] = "{]";
  const Result<Appended> reply = save_over(bytes, records);
  ASSERT_EQ(code_of(reply), Code::invalid);
  EXPECT_NE(reply.status().message().find("record 8001 of 9000"), std::string::npos)
      << reply.status().message();
  EXPECT_EQ(bytes_of(), bytes);
  EXPECT_FALSE(has_leftover());
  EXPECT_EQ(kept(), Texts());
}

}  // namespace
}  // namespace everturn
