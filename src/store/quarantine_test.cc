// SPDX-License-Identifier: Apache-2.0
// A quarantine that something damaged, or that somebody wrote by hand.
#include <gtest/gtest.h>

#include <string>

#include "store/test_help.h"

namespace everturn {
namespace {

const std::string kTorn = R"({"role":"user","content":"torn he)";

class Quarantined : public SimStoreTest {
 protected:
  Quarantined() {
    pad(false);
    put_session(kHead + kTorn + text(1) + "\n" + text(2) + "\n" + kTorn);
    store_ = open();
    id_ = must(store_->repair(kKey)).receipt_id;
  }
  [[nodiscard]] std::string file(std::string_view ending) const {
    return path(".everturn/quarantine/" + id_ + std::string(ending));
  }
  std::string content(std::string_view ending) {
    return disk_.read_file(file(ending)).value_or("none");
  }
  void change(std::string_view ending, const std::string& from, const std::string& to) {
    std::string text = content(ending);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    disk_.write_file(file(ending), text.replace(at, from.size(), to));
  }
  void expect_refusal(Code code) {
    EXPECT_EQ(code_of(store_->undo_repair(id_)), code);
    EXPECT_EQ(bytes_of(), kRepaired);
  }

  const std::string kHead = first_line(kKey) + "\n";
  const std::string kRepaired = kHead + text(1) + "\n" + text(2) + "\n";
  std::unique_ptr<Store> store_;
  std::string id_;
};

TEST_F(Quarantined, BytesAreThoseThatWereTakenOutAndNoOthers) {
  EXPECT_EQ(content(".bytes"), kTorn + kTorn);
  EXPECT_EQ(must(store_->receipts()).size(), 1U);
  EXPECT_EQ(must(store_->receipts())[0].bytes, 2 * kTorn.size());
}

TEST_F(Quarantined, TornReceiptIsListedAndItsBytesStay) {
  disk_.write_file(file(".json"), content(".json").substr(0, 100));
  const std::vector<RepairReceipt> receipts = must(store_->receipts());
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].id, id_);
  expect_refusal(Code::damaged);
  EXPECT_EQ(content(".bytes"), kTorn + kTorn);
}

TEST_F(Quarantined, EmptyReceiptIsDamaged) {
  disk_.write_file(file(".json"), "");
  expect_refusal(Code::damaged);
}

TEST_F(Quarantined, ReceiptWithAnotherHashOfTheOldContentUndoesNothing) {
  change(".json", R"("before":{"bytes":)", R"("before":{"bytes":1)");
  expect_refusal(Code::damaged);
}

TEST_F(Quarantined, TornScriptUndoesNothing) {
  disk_.write_file(file(".edits"), content(".edits").substr(0, content(".edits").size() - 4));
  expect_refusal(Code::damaged);
}

TEST_F(Quarantined, ScriptThatAsksForMoreBytesThanThereAreUndoesNothing) {
  change(".edits", R"("taken":)", R"("taken":99999)");
  expect_refusal(Code::damaged);
}

TEST_F(Quarantined, ScriptWithANegativeNumberUndoesNothing) {
  change(".edits", R"("offset":)", R"("offset":-)");
  expect_refusal(Code::damaged);
}

TEST_F(Quarantined, ScriptThatGoesBackwardsUndoesNothing) {
  const std::string script = content(".edits");
  disk_.write_file(file(".edits"), script + script);
  expect_refusal(Code::damaged);
}

TEST_F(Quarantined, LostBytesAreToldOf) {
  disk_.write_file(file(".bytes"), kTorn);
  expect_refusal(Code::damaged);
}

TEST_F(Quarantined, MissingReceiptIsNotFoundThoughItsBytesAreThere) {
  disk_.erase(file(".json"));
  EXPECT_EQ(must(store_->receipts()).size(), 0U);
  expect_refusal(Code::not_found);
}

TEST_F(Quarantined, IdIsNoPath) {
  disk_.write_file(path("secret.json"), "{}");
  for (const char* id : {"../../secret", "", ".", "ab/cd", "A", "\n"}) {
    EXPECT_EQ(code_of(store_->undo_repair(id)), Code::not_found) << id;
  }
}

TEST_F(Quarantined, SameDamageOfTheNextFileHasAReceiptOfItsOwn) {
  const std::string damaged = kHead + kTorn + text(1) + "\n" + text(2) + "\n" + kTorn;
  put_session(damaged);
  const std::string id = must(store_->repair(kKey)).receipt_id;
  EXPECT_NE(id, id_);
  ASSERT_TRUE(store_->undo_repair(id).ok());
  EXPECT_EQ(bytes_of(), damaged);
}

TEST_F(Quarantined, OtherDamageOfTheSameLengthNeverTakesItsPlace) {
  const std::string other = R"({"role":"user","content":"TORN he)";
  put_session(kHead + other + text(1) + "\n" + text(2) + "\n" + kTorn);
  const std::string id = must(store_->repair(kKey)).receipt_id;
  EXPECT_NE(id, id_);
  EXPECT_EQ(content(".bytes"), kTorn + kTorn);
}

}  // namespace
}  // namespace everturn
