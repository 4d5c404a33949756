// SPDX-License-Identifier: Apache-2.0
// Names, strange files, permissions, deletions and rewrites.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

#include "store/test_help.h"
#include "tests/traps/hook_fs.h"

namespace everturn {
namespace {

class Files : public SimStoreTest {
 protected:
  // nanobot's older name for the same session.
  void put_legacy(const std::string& bytes) {
    disk_.write_file(path(legacy_file_name(kKey)), first_line(kKey) + "\n" + bytes);
  }
  std::string raw(Store& store, std::string_view key) {
    std::string bytes;
    EXPECT_TRUE(store
                    .read_raw(key,
                              [&](std::string_view piece) {
                                bytes += piece;
                                return true;
                              })
                    .ok());
    return bytes;
  }
  static std::string first_of(const std::string& bytes) {
    return bytes.substr(0, bytes.find('\n'));
  }
};

TEST_F(Files, ForkAndRenameWriteANewFirstLine) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, texts(1, 2)).ok());
  ASSERT_TRUE(store->fork(kKey, "forked").ok());
  ASSERT_TRUE(store->rename(kKey, "renamed").ok());
  EXPECT_NE(first_of(raw(*store, "forked")).find(R"("key":"forked")"), std::string::npos);
  EXPECT_NE(first_of(raw(*store, "renamed")).find(R"("key":"renamed")"), std::string::npos);
  EXPECT_EQ(raw(*store, "renamed").find(kKey), std::string::npos);
}

TEST_F(Files, DeleteMovesEveryFileOfTheKey) {
  put_session(first_line(kKey) + "\n" + text(1) + "\n");
  put_legacy(text(2) + "\n");
  const auto store = open();
  const TrashEntry entry = must(store->remove(kKey));
  EXPECT_EQ(code_of(try_load(*store, kKey)), Code::not_found);
  EXPECT_TRUE(must(store->list()).empty());
  ASSERT_TRUE(store->undelete(entry.id).ok());
  EXPECT_EQ(bytes_of(), first_line(kKey) + "\n" + text(1) + "\n");
  EXPECT_TRUE(disk_.read_file(path(legacy_file_name(kKey))).has_value());
}

// An undelete whose folder sync failed, and half of its undoing too: the first name is seen, but
// lost.
TEST_F(Files, UndeleteDoesNotTrustANameThatAnEarlierOneGave) {
  put_session(first_line(kKey) + "\n" + text(1) + "\n");
  put_legacy(text(2) + "\n");
  const std::string id = must(open()->remove(kKey)).id;
  disk_.fail_next("sync_folder", EIO, folder_ + "/");
  disk_.fail_next("remove", EIO, file_of(kKey));
  EXPECT_FALSE(open()->undelete(id).ok());
  ASSERT_TRUE(open()->undelete(id).ok());
  EXPECT_EQ(disk_.durable_file(file_of(kKey)), first_line(kKey) + "\n" + text(1) + "\n");
  EXPECT_TRUE(disk_.durable_file(path(legacy_file_name(kKey))).has_value());
}

TEST_F(Files, LegacyFileOfAnotherKeyIsNotDeleted) {
  ASSERT_EQ(legacy_file_name("telegram/12345"), legacy_file_name(kKey));
  put_session(first_line(kKey) + "\n");
  disk_.write_file(path(legacy_file_name(kKey)), first_line("telegram/12345") + "\n");
  ASSERT_TRUE(open()->remove(kKey).ok());
  EXPECT_TRUE(disk_.read_file(path(legacy_file_name(kKey))).has_value());
}

TEST_F(Files, HandleOpenedBeforeADeleteAnswersNotFoundAndNeverCreates) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, {text(1)}).ok());
  const auto used = must(store->open_writer(kKey));
  ASSERT_TRUE(append_to(*used, {text(2)}).ok());
  const auto unused = must(store->open_writer(kKey));
  const auto padded = open_padded(*store);
  ASSERT_TRUE(open()->remove(kKey).ok());
  for (Writer* writer : {used.get(), unused.get(), padded.get()}) {
    EXPECT_EQ(code_of(append_to(*writer, {text(3)})), Code::not_found);
  }
  EXPECT_FALSE(disk_.read_file(file_of(kKey)).has_value());
}

TEST_F(Files, DeleteInTheMiddleOfAnAppendIsNotAcknowledged) {
  HookFs fs(disk_);
  const auto store = open_on(fs);
  ASSERT_TRUE(append_to(*store, kKey, {text(1)}).ok());
  fs.before("sync_data", [&] { disk_.erase(file_of(kKey)); });
  EXPECT_FALSE(append_to(*store, kKey, {text(2)}).ok());
  EXPECT_TRUE(fs.is_done());
}

// Deletes a session of two files, and brings it back, with a cut at each mutation of either.
class TrashMove : public SimStoreTest, public ::testing::WithParamInterface<Profile> {
 protected:
  // Everything that the session held is in the session or in one trash entry that comes back.
  void expect_all_there(const DiskState& state) {
    SimFs after = SimFs::from(state, GetParam());
    const auto store = open_on(after);
    for (const TrashEntry& entry : must(store->trash())) {
      EXPECT_TRUE(store->undelete(entry.id).ok()) << state.text();
    }
    EXPECT_EQ(after.read_file(file_of(kKey)), kFile) << state.text();
    EXPECT_EQ(after.read_file(path(legacy_file_name(kKey))), kFile) << state.text();
  }
  const std::string kFile = first_line(kKey) + "\n" + text(1) + "\n";
};

TEST_P(TrashMove, NeverLosesEitherHalf) {
  for (const bool back : {false, true}) {
    for (std::uint64_t cut = 1; cut < 60 && !HasFailure(); ++cut) {
      SimFs disk(GetParam());
      for (const char* const name : {".everturn/format", ".everturn/lock"}) {
        disk.write_file(path(name), std::string(name).ends_with('k') ? "" : "everturn 1\n");
      }
      disk.write_file(file_of(kKey), kFile);
      disk.write_file(path(legacy_file_name(kKey)), kFile);
      const auto store = open_on(disk);
      const std::string id = back ? must(store->remove(kKey)).id : "";
      disk.settle();
      disk.cut_power_at(disk.mutations() + cut);
      static_cast<void>(back ? store->undelete(id) : store->remove(kKey).status());
      if (!disk.power_is_off()) break;
      disk.power_cut().for_each_state(200, cut, [&](const DiskState& state) {
        expect_all_there(state);
        return !HasFailure();
      });
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, TrashMove,
                         ::testing::Values(Profile::strict_posix, Profile::journaling));

TEST_F(Files, LongKeysCannotBeProducedByShortOnes) {
  const std::string long_key(600, 'k');
  const std::string name = session_file_name(long_key, false);
  const auto store = open();
  ASSERT_TRUE(append_to(*store, long_key, {text(1)}).ok());
  const std::string stem = name.substr(0, name.size() - 6);
  for (const std::string& key : {stem, name, std::string(599, 'k'), std::string(601, 'k')}) {
    EXPECT_EQ(code_of(try_load(*store, key)), Code::not_found) << key;
    ASSERT_TRUE(append_to(*store, key, {text(2)}).ok());
  }
  EXPECT_EQ(load(*store, long_key).records, Texts{text(1)});
}

TEST_F(Files, NamesOfLongKeysFitEverywhere) {
  const std::string key(1024, 'k');
  const auto store = open();
  ASSERT_TRUE(append_to(*store, key, texts(1, 2)).ok());
  ASSERT_TRUE(store->pop(key, 1).ok());
  ASSERT_TRUE(store->vacuum(key).ok());
  ASSERT_TRUE(store->undelete(must(store->remove(key)).id).ok());
  EXPECT_EQ(must(store->list()).at(0).key, key);
}

TEST_F(Files, KeysThatDifferInCaseOnlyDoNotMeet) {
  FsTraits traits;
  traits.ignores_case = true;
  disk_.set_traits(traits);
  const auto store = open();
  const Texts keys = {"aaa", "aaG", "AAA", "Telegram:1", "telegram:1", "TELEGRAM:1"};
  for (const std::string& key : keys) ASSERT_TRUE(append_to(*store, key, {text(1)}).ok()) << key;
  for (const std::string& key : keys) {
    EXPECT_EQ(load(*open(), key).records, Texts{text(1)}) << key;
  }
  EXPECT_EQ(must(store->list()).size(), keys.size());
}

TEST_F(Files, TemporaryFilesEndInTmpNotJsonl) {
  for (std::uint64_t cut = 1; cut < 40; ++cut) {
    SimFs disk;
    disk.cut_power_at(cut);
    const auto store = open_on(disk);
    static_cast<void>(append_to(*store, kKey, texts(1, 3)));
    static_cast<void>(store->pop(kKey, 1));
    static_cast<void>(store->vacuum(kKey));
    static_cast<void>(store->fork(kKey, "forked"));
    for (const auto& [file, content] : disk.files()) {
      if (!file.ends_with(".jsonl")) continue;
      EXPECT_TRUE(content.starts_with(R"({"_type":"metadata")") && content.ends_with("}\n"))
          << file;
    }
  }
}

TEST_F(Files, RewriteThatCannotKeepTheOwnerIsRefused) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, texts(1, 3)).ok());
  disk_.set_attributes(file_of(kKey), {0640, 1001, 1001});
  disk_.set_may_change_owner(false);
  const std::string before = bytes_of();
  EXPECT_EQ(code_of(store->pop(kKey, 1)), Code::io);
  EXPECT_EQ(code_of(store->save(kKey, {}, expecting(must(store->version(kKey))))), Code::io);
  EXPECT_EQ(bytes_of(), before);
  EXPECT_EQ(disk_.attributes(file_of(kKey)), (Attributes{0640, 1001, 1001}));
}

TEST_F(Files, InterruptedWriteGoesOn) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, {text(1)}).ok());
  disk_.fail_next("append", EINTR);
  ASSERT_TRUE(append_to(*store, kKey, {text(2)}).ok());
  EXPECT_EQ(load(*store, kKey).records, texts(1, 2));
}

TEST_F(Files, WriteThatIsInterruptedForEverEnds) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, {text(1)}).ok());
  disk_.fail_always("append", EINTR);
  EXPECT_EQ(code_of(append_to(*store, kKey, {text(2)})), Code::unavailable);
  disk_.clear_faults();
  ASSERT_TRUE(append_to(*store, kKey, {text(3)}).ok());
  EXPECT_EQ(load(*open(), kKey).records, (Texts{text(1), text(3)}));
}

TEST_F(Files, NewStoreIsDurableUnderEveryNewParent) {
  Store store(must(open_dir_engine(disk_, "/new/and/deep", {})));
  ASSERT_TRUE(append_to(store, kKey, {text(1)}).ok());
  const std::string file = "/new/and/deep/" + session_file_name(kKey, false);
  EXPECT_EQ(disk_.durable_file(file), disk_.read_file(file));
}

TEST_F(Files, NewerFormatIsRefusedAndNothingIsTouched) {
  put_session(lines(texts(1, 2)));
  disk_.write_file(path(".everturn/format"), "everturn 2\n");
  const auto before = disk_.files();
  const auto engine = open_dir_engine(disk_, folder_, {});
  EXPECT_EQ(code_of(engine), Code::invalid);
  EXPECT_NE(engine.status().message().find("newer"), std::string::npos);
  EXPECT_EQ(disk_.files(), before);
}

TEST_F(Files, UnreadableFormatIsDamageAndNoNewFolder) {
  put_session(lines(texts(1, 2)));
  disk_.write_file(path(".everturn/format"), "");
  EXPECT_EQ(code_of(open_dir_engine(disk_, folder_, {})), Code::damaged);
}

TEST_F(Files, AppendOfAForeignFolderIsRefused) {
  disk_.write_file(path("notes.txt"), "mine");
  const auto before = disk_.files();
  EXPECT_EQ(code_of(append_to(*open(), kKey, {text(1)})), Code::invalid);
  EXPECT_EQ(disk_.files(), before);
}

TEST_F(Files, FailedReadIsAnErrorAndNotAnEmptySession) {
  const auto store = open();
  ASSERT_TRUE(append_to(*store, kKey, {text(1)}).ok());
  for (const char* const call : {"open", "read_at", "info", "stat"}) {
    disk_.fail_always(call, EIO);
    EXPECT_EQ(code_of(try_load(*store, kKey)), Code::io) << call;
    EXPECT_EQ(code_of(store->version(kKey)), Code::io) << call;
    disk_.clear_faults();
  }
}

class RealFiles : public PosixTest {
 protected:
  RealFiles() : store_(must(open_store("dir:" + path("store")))) {
    EXPECT_TRUE(append_to(*store_, kKey, {text(1)}).ok());
  }
  [[nodiscard]] std::string file_of(std::string_view key) const {
    return path("store/" + session_file_name(key, false));
  }
  // Runs as nobody: 0 when no expectation failed there.
  static int as_nobody(const std::function<void()>& work) {
    return in_child([&] {
      if (is_root()) {
        ASSERT_EQ(::setgid(65534), 0);
        ASSERT_EQ(::setuid(65534), 0);
      }
      work();
    });
  }

  std::unique_ptr<Store> store_;
};

TEST_F(RealFiles, FifoNamedLikeASessionDoesNotHangList) {
  ::alarm(30);
  ASSERT_EQ(::mkfifo(file_of("fifo").c_str(), 0600), 0);
  const auto all = must(store_->list());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NE(all[0].note + all[1].note, "");
  EXPECT_EQ(code_of(try_load(*store_, "fifo")), Code::invalid);
  EXPECT_EQ(code_of(append_to(*store_, "fifo", {text(1)})), Code::invalid);
  ::alarm(0);
}

TEST_F(RealFiles, SymbolicLinkIsNotFollowed) {
  const std::string outside = path("outside.jsonl");
  put("outside.jsonl", text(9) + "\n");
  ASSERT_EQ(::symlink(outside.c_str(), file_of("link").c_str()), 0);
  EXPECT_EQ(code_of(try_load(*store_, "link")), Code::invalid);
  EXPECT_EQ(code_of(append_to(*store_, "link", {text(1)})), Code::invalid);
  EXPECT_EQ(code_of(store_->remove("link")), Code::invalid);
  EXPECT_EQ(get("outside.jsonl"), text(9) + "\n");
}

TEST_F(RealFiles, NewFilesAndFoldersArePrivate) {
  struct stat file = {};
  struct stat folder = {};
  ASSERT_EQ(::stat(file_of(kKey).c_str(), &file), 0);
  ASSERT_EQ(::stat(path("store").c_str(), &folder), 0);
  EXPECT_EQ(file.st_mode & 07777U, 0600U);
  EXPECT_EQ(folder.st_mode & 07777U, 0700U);
}

TEST_F(RealFiles, SizeLimitIsAnErrorAndTheStoreGoesOnAfterwards) {
  EXPECT_EQ(in_child([&] {
              const rlimit small = {4096, RLIM_INFINITY};
              ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
              const auto store = must(open_store("dir:" + path("store")));
              EXPECT_EQ(code_of(append_to(*store, kKey, {record_of(8000)})), Code::io);
              const rlimit large = {RLIM_INFINITY, RLIM_INFINITY};
              ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &large), 0);
              EXPECT_TRUE(append_to(*store, kKey, {text(2)}).ok());
              EXPECT_EQ(load(*store, kKey).records, texts(1, 2));
            }),
            0);
}

TEST_F(RealFiles, UnreadableSessionIsAnErrorAndNotAnEmptyOne) {
  ASSERT_EQ(::chmod(path("").c_str(), 0755) | ::chmod(path("store").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path("store/.everturn").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path("store/.everturn/format").c_str(), 0644), 0);
  ASSERT_EQ(::chmod(file_of(kKey).c_str(), 0), 0);
  EXPECT_EQ(as_nobody([&] {
              const auto store = must(open_store("dir:" + path("store")));
              EXPECT_EQ(code_of(try_load(*store, kKey)), Code::io);
              EXPECT_EQ(code_of(store->version(kKey)), Code::io);
              EXPECT_NE(must(store->list()).at(0).note, "");
              EXPECT_EQ(code_of(append_to(*store, kKey, {text(2)})), Code::io);
            }),
            0);
}

TEST_F(RealFiles, FolderThatMayNotBeEnteredIsAnError) {
  ASSERT_EQ(::chmod(path("").c_str(), 0755) | ::chmod(path("store").c_str(), 0), 0);
  EXPECT_EQ(as_nobody([&] {
              EXPECT_EQ(code_of(open_store("dir:" + path("store"))), Code::io);
              EXPECT_EQ(code_of(open_store("dir:" + path("store/below"))), Code::io);
            }),
            0);
  ASSERT_EQ(::chmod(path("store").c_str(), 0700), 0);
}

TEST_F(RealFiles, ReadOnlyFolderCanBeReadAndRefusesWriting) {
  ASSERT_EQ(::chmod(path("").c_str(), 0755) | ::chmod(path("store").c_str(), 0555), 0);
  ASSERT_EQ(::chmod(path("store/.everturn").c_str(), 0555), 0);
  ASSERT_EQ(::chmod(path("store/.everturn/format").c_str(), 0444), 0);
  ASSERT_EQ(::chmod(path("store/.everturn/lock").c_str(), 0444), 0);
  ASSERT_EQ(::chmod(file_of(kKey).c_str(), 0444), 0);
  EXPECT_EQ(as_nobody([&] {
              const auto store = must(open_store("dir:" + path("store")));
              EXPECT_EQ(load(*store, kKey).records, Texts{text(1)});
              EXPECT_EQ(code_of(append_to(*store, kKey, {text(2)})), Code::io);
              EXPECT_EQ(code_of(append_to(*store, kOtherKey, {text(2)})), Code::io);
              EXPECT_EQ(load(*store, kKey).records, Texts{text(1)});
            }),
            0);
  ASSERT_EQ(::chmod(path("store").c_str(), 0700), 0);
  ASSERT_EQ(::chmod(path("store/.everturn").c_str(), 0700), 0);
}

TEST_F(RealFiles, PathThatIsNoFolderIsInvalidAndDoesNotHang) {
  ::alarm(30);
  put("file", "x");
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(code_of(open_store("dir:" + path("file"))), Code::invalid);
  EXPECT_EQ(code_of(open_store("dir:" + path("file/below"))), Code::invalid);
  EXPECT_EQ(code_of(open_store("dir:" + path("fifo"))), Code::invalid);
  EXPECT_EQ(code_of(open_store("dir:")), Code::invalid);
  EXPECT_EQ(code_of(open_store("")), Code::invalid);
  EXPECT_EQ(code_of(open_store("dir:" + std::string("a\0b", 3))), Code::invalid);
  ::alarm(0);
}

}  // namespace
}  // namespace everturn
