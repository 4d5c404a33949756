// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

TEST_P(StoreContract, DeletedSessionIsGone) {
  append(kKey, texts(1, 3));
  append(kOtherKey, {text(1)});
  remove(kKey);
  EXPECT_EQ(keys(), Texts{std::string(kOtherKey)});
  EXPECT_EQ(version(kKey), Version::none());
  EXPECT_EQ(code_of(read_from(store(), kKey)), Code::not_found);
  EXPECT_EQ(code_of(store().metadata(kKey)), Code::not_found);
  EXPECT_EQ(code_of(store().remove(kKey)), Code::not_found);
}

TEST_P(StoreContract, DeletedSessionIsInTheTrashAndComesBackIdentical) {
  append(kKey, texts(1, 3));
  set_metadata(kKey, R"({"title":"a"})");
  const std::string before = raw(kKey);
  const TrashEntry entry = remove(kKey);
  restart();
  const std::vector<TrashEntry> trash = value_of(store().trash());
  ASSERT_EQ(trash.size(), 1U);
  EXPECT_EQ(trash[0].id, entry.id);
  EXPECT_EQ(trash[0].key, kKey);
  EXPECT_EQ(trash[0].kind, TrashKind::session);
  EXPECT_EQ(trash[0].bytes, before.size());
  EXPECT_EQ(trash[0].removed_ns, entry.removed_ns);
  EXPECT_TRUE(store().undelete(entry.id).ok());
  EXPECT_EQ(raw(kKey), before);
  EXPECT_EQ(records(kKey), texts(1, 3));
  EXPECT_EQ(values(kKey), R"({"title":"a"})");
  EXPECT_EQ(trash_size(), 0U);
}

TEST_P(StoreContract, UndeletedSessionGoesOn) {
  append(kKey, texts(1, 2));
  EXPECT_TRUE(store().undelete(remove(kKey).id).ok());
  append(kKey, {text(3)});
  restart();
  EXPECT_EQ(records(kKey), texts(1, 3));
}

TEST_P(StoreContract, UndeleteOverATakenKeyIsConflict) {
  append(kKey, texts(1, 2));
  const TrashEntry entry = remove(kKey);
  append(kKey, {text(3)});
  EXPECT_EQ(code_of(store().undelete(entry.id)), Code::conflict);
  EXPECT_EQ(records(kKey), texts(3, 3));
  EXPECT_EQ(trash_size(), 1U);
  remove(kKey);
  EXPECT_TRUE(store().undelete(entry.id).ok());
  EXPECT_EQ(records(kKey), texts(1, 2));
}

TEST_P(StoreContract, SeveralDeletedSessionsOfOneKeyAreKeptApart) {
  std::set<std::string> ids;
  for (int number = 1; number <= 3; ++number) {
    append(kKey, {text(number)});
    ids.insert(remove(kKey).id);
  }
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(trash_size(), 3U);
  std::set<Texts> found;
  for (const std::string& id : ids) {
    EXPECT_TRUE(store().undelete(id).ok());
    found.insert(records(kKey));
    remove(kKey);
  }
  EXPECT_EQ(found, (std::set<Texts>{texts(1, 1), texts(2, 2), texts(3, 3)}));
}

TEST_P(StoreContract, PurgedIsGone) {
  append(kKey, {text(1)});
  const TrashEntry entry = remove(kKey);
  EXPECT_TRUE(store().purge(entry.id).ok());
  EXPECT_EQ(trash_size(), 0U);
  EXPECT_EQ(code_of(store().undelete(entry.id)), Code::not_found);
  EXPECT_EQ(code_of(store().purge(entry.id)), Code::not_found);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, UnknownTrashIdIsNotFound) {
  append(kKey, {text(1)});
  remove(kKey);
  const Texts unknown = {"",  "nothing", "../trash",           "/",
                         ".", "a\xFF",   std::string(1, '\0'), std::string(5000, 'x')};
  for (const std::string& id : unknown) {
    EXPECT_EQ(code_of(store().undelete(id)), Code::not_found) << testing::PrintToString(id);
    EXPECT_EQ(code_of(store().purge(id)), Code::not_found) << testing::PrintToString(id);
  }
  EXPECT_EQ(trash_size(), 1U);
}

TEST_P(StoreContract, TrashIsEmptyAtFirst) { EXPECT_EQ(trash_size(), 0U); }

TEST_P(StoreContract, RemoveHonoursTheExpectedVersion) {
  append(kKey, {text(1)});
  value_of(store().remove(kKey, expecting(version(kKey))));
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, WriterOfADeletedSessionAnswersNotFoundAndNeverCreates) {
  const auto writer = open_writer(kKey);
  value_of(append_to(*writer, {text(1)}));
  remove(kKey);
  EXPECT_EQ(code_of(append_to(*writer, {text(2)})), Code::not_found);
  EXPECT_EQ(code_of(append_to(*writer, {text(2)})), Code::not_found);
  EXPECT_EQ(keys(), Texts());
}

TEST_P(StoreContract, DeletedSessionDoesNotComeBackFromAnOpenWriter) {
  append(kKey, {text(1)});
  const auto writer = open_writer(kKey);
  const auto padded = open_writer(kKey, {Create::if_missing, Tail::padded});
  value_of(append_to(*padded, {text(2)}));
  value_of(append_to(*padded, {text(3)}));
  value_of(open_another()->remove(kKey));
  EXPECT_EQ(code_of(append_to(*padded, {text(4)})), Code::not_found);
  EXPECT_EQ(code_of(append_to(*writer, {text(4)})), Code::not_found);
  static_cast<void>(padded->close());  // what a writer without a session says does not matter
  static_cast<void>(writer->close());
  restart();
  EXPECT_EQ(keys(), Texts());
  EXPECT_EQ(trash_size(), 1U);
}

TEST_P(StoreContract, DeletedSessionMayBeginAnew) {
  append(kKey, texts(1, 3));
  set_metadata(kKey, R"({"title":"a"})");
  remove(kKey);
  append(kKey, {text(4)}, expecting(Version::none()));
  EXPECT_EQ(records(kKey), texts(4, 4));
  EXPECT_EQ(values(kKey), "{}");
}

}  // namespace
}  // namespace everturn::contract
