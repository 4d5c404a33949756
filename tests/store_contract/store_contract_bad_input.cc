// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "tests/store_contract/store_contract.h"

namespace everturn::contract {
namespace {

constexpr std::uint64_t kLimit = 1000;

struct BadRecord {
  const char* why;
  std::string bytes;
};

std::vector<BadRecord> bad_records() {
  return {
      {"empty", ""},
      {"blank", "  "},
      {"not JSON", "hello"},
      {"an array", "[1]"},
      {"a string", R"("text")"},
      {"a number", "1"},
      {"null", "null"},
      {"cut off", R"({"a":1)"},
      {"cut off in a string", R"({"a":"b)"},
      {"two objects", "{}{}"},
      {"trailing garbage", "{} x"},
      {"a trailing comma", R"({"a":1,})"},
      {"single quotes", "{'a':1}"},
      {"NaN", R"({"a":NaN})"},
      {"a leading zero", R"({"a":01})"},
      {"a raw newline", "{\"a\":\n1}"},
      {"a newline at the end", "{\"a\":1}\n"},
      {"a raw carriage return inside", "{\"a\":\r1}"},
      {"a raw control character", "{\"a\":\"\x01\"}"},
      {"a NUL byte", std::string("{\"a\":\"\0\"}", 9)},
      {"a NUL byte behind it", std::string("{}\0", 3)},
      {"invalid UTF-8", "{\"a\":\"\xFF\"}"},
      {"a raw surrogate", "{\"a\":\"\xED\xA0\x80\"}"},
      {"an overlong form", "{\"a\":\"\xC0\xAF\"}"},
      {"invalid UTF-8 in a name", "{\"\xC3\":1}"},
      {"a byte order mark", "\xEF\xBB\xBF{}"},
      {"over the limit", long_text(1, kLimit)},
  };
}

StoreOptions with_limit() {
  StoreOptions options;
  options.max_record_bytes = kLimit;
  return options;
}

TEST_P(StoreContract, EveryBadRecordIsRefusedAndNothingChanges) {
  open_with(with_limit());
  const Version before = append(kKey, {text(1)}).version;
  for (const BadRecord& bad : bad_records()) {
    EXPECT_EQ(code_of(append_to(store(), kKey, {bad.bytes})), Code::invalid) << bad.why;
    EXPECT_EQ(code_of(append_to(store(), kKey, {text(2), bad.bytes, text(3)})), Code::invalid)
        << bad.why;
  }
  EXPECT_EQ(version(kKey), before);
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, BadRecordOfASaveLeavesTheSessionAsItWas) {
  open_with(with_limit());
  const Version before = append(kKey, {text(1)}).version;
  for (const BadRecord& bad : bad_records()) {
    const Texts batch = {text(2), bad.bytes};
    EXPECT_EQ(code_of(save_to(store(), kKey, batch, expecting(before))), Code::invalid) << bad.why;
    EXPECT_EQ(code_of(save_merging_to(store(), kKey, batch, expecting(before))), Code::invalid)
        << bad.why;
  }
  EXPECT_EQ(version(kKey), before);
}

// So many that they may be looked at while they are written already.
TEST_P(StoreContract, BadRecordOfALargeSaveIsRefusedBeforeAnythingElse) {
  append(kKey, {text(1)});
  const Version before = append(kKey, {text(2)}).version;
  for (const std::size_t bad : {0U, 150U, 299U}) {
    Texts large(300, long_text(1, kLimit));
    large[bad] = "nonsense";
    const std::string place = "record " + std::to_string(bad + 1) + " of 300";
    for (const WriteOptions& how : {expecting(before), expecting(Version()), WriteOptions()}) {
      for (const auto save : {save_to, save_merging_to}) {
        const Result<Appended> reply = save(store(), kKey, large, how);
        EXPECT_EQ(code_of(reply), Code::invalid);
        EXPECT_NE(reply.status().message().find(place), std::string::npos);
      }
    }
    EXPECT_EQ(code_of(save_to(store(), kOtherKey, large, {})), Code::invalid);
  }
  EXPECT_EQ(version(kKey), before);
  EXPECT_EQ(keys(), Texts{std::string(kKey)});
  EXPECT_EQ(trash_size(), 0U);
}

TEST_P(StoreContract, BadRecordDoesNotCreateASession) {
  open_with(with_limit());
  const auto writer = open_writer(kKey);
  for (const BadRecord& bad : bad_records()) {
    EXPECT_EQ(code_of(append_to(store(), kKey, {bad.bytes})), Code::invalid) << bad.why;
    EXPECT_EQ(code_of(append_to(*writer, {bad.bytes})), Code::invalid) << bad.why;
  }
  EXPECT_EQ(keys(), Texts());
  value_of(append_to(*writer, {text(1)}));
  EXPECT_EQ(records(kKey), texts(1, 1));
}

TEST_P(StoreContract, RecordOfTheLimitIsKept) {
  open_with(with_limit());
  const std::string largest = long_text(1, kLimit - long_text(1, 0).size());
  ASSERT_EQ(largest.size(), kLimit);
  append(kKey, {largest});
  EXPECT_EQ(records(kKey), Texts{largest});
}

TEST_P(StoreContract, RefusalNamesTheRecord) {
  const Result<Appended> reply = append_to(store(), kKey, {text(1), "nonsense"});
  ASSERT_FALSE(reply.ok());
  EXPECT_NE(reply.status().message().find("record 2 of 2"), std::string::npos)
      << reply.status().message();
}

// What every call answers for one key, with its name.
std::vector<std::pair<const char*, Code>> codes_for_key(Store& store, std::string_view key) {
  const RecordSink sink = [](const Record&) { return true; };
  const auto raw_sink = [](std::string_view) { return true; };
  return {
      {"append", code_of(append_to(store, key, {text(1)}))},
      {"append nothing", code_of(append_to(store, key, {}))},
      {"save", code_of(save_to(store, key, {text(1)}, {}))},
      {"save_merging", code_of(save_merging_to(store, key, {text(1)}, {}))},
      {"open_writer", code_of(store.open_writer(key))},
      {"read", code_of(store.read(key, {}, sink))},
      {"read_raw", code_of(store.read_raw(key, raw_sink))},
      {"version", code_of(store.version(key))},
      {"metadata", code_of(store.metadata(key))},
      {"update_metadata", code_of(store.update_metadata(key, {}))},
      {"remove", code_of(store.remove(key))},
      {"rewind", code_of(store.rewind(key, {}))},
      {"pop", code_of(store.pop(key, 1))},
      {"fork", code_of(store.fork(key, "new"))},
      {"fork to", code_of(store.fork(kKey, key))},
      {"rename", code_of(store.rename(key, "new"))},
      {"rename to", code_of(store.rename(kKey, key))},
      {"vacuum", code_of(store.vacuum(key))},
      {"watch", code_of(store.watch(key))},
  };
}

TEST_P(StoreContract, EveryBadKeyIsRefused) {
  append(kKey, {text(1)});
  const Texts bad_keys = {
      "",      std::string("a\0b", 3), std::string(2048, 'k'), std::string(1025, 'k'), "\xFF",
      "a\xC3", "\xED\xA0\x80"};
  for (const std::string& key : bad_keys) {
    for (const auto& [call, code] : codes_for_key(store(), key)) {
      EXPECT_EQ(code, Code::invalid) << call << " of " << testing::PrintToString(key);
    }
  }
  EXPECT_EQ(keys(), Texts{std::string(kKey)});
}

TEST_P(StoreContract, KeysThatOtherProgramsTakeForPathsAreNotCreated) {
  append(kKey, {text(1)});
  for (const std::string key : {"../x", "a/../b", "..", ".", "a/.", "..\\x", "line\nbreak", "\x7F",
                                "escape\x1B[0m", "next\xC2\x85line"}) {
    EXPECT_EQ(code_of(append_to(store(), key, {text(1)})), Code::invalid) << key;
    EXPECT_EQ(code_of(save_to(store(), key, {text(1)}, {})), Code::invalid) << key;
    EXPECT_EQ(code_of(store().update_metadata(key, {})), Code::invalid) << key;
    EXPECT_EQ(code_of(store().fork(kKey, key)), Code::invalid) << key;
    EXPECT_EQ(code_of(store().rename(kKey, key)), Code::invalid) << key;
  }
  EXPECT_EQ(keys(), Texts{std::string(kKey)});
}

TEST_P(StoreContract, KeysThatCannotBeCreatedMayBeAskedFor) {
  EXPECT_EQ(version("../x"), Version::none());
  EXPECT_EQ(code_of(read_from(store(), "../x")), Code::not_found);
  EXPECT_EQ(code_of(store().remove("line\nbreak")), Code::not_found);
}

TEST_P(StoreContract, EveryGoodKeyWorks) {
  const Texts good = {"a",
                      "/",
                      "a/b",
                      "...",
                      "a..b",
                      "~",
                      "-rf",
                      "telegram:-100",
                      " ",
                      "%2e%2e",
                      "*?<>|\"",
                      "con",
                      "\xE4\xB8\x96\xE7\x95\x8C",
                      std::string(1024, 'k'),
                      std::string(1023, 'k')};
  for (const std::string& key : good) append(key, {text(1)});
  EXPECT_EQ(keys().size(), good.size());
  restart();
  for (const std::string& key : good) EXPECT_EQ(records(key), texts(1, 1)) << key;
}

}  // namespace
}  // namespace everturn::contract
