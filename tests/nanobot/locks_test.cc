// SPDX-License-Identifier: Apache-2.0
// nanobot's lock: it holds us back, we hold it back, whether or not its file stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "fs/fs.h"
#include "tests/nanobot/nanobot_folder.h"
#include "tests/traps/hook_fs.h"

namespace everturn::nanobot_test {
namespace {

class ItsLock : public NanobotFolder {
 protected:
  // A store that does not wait for locks for long.
  [[nodiscard]] std::unique_ptr<Store> open_impatient() const {
    StoreOptions options = options_for(folder());
    options.lock_wait = std::chrono::milliseconds(30);
    return must(open_store("dir:" + folder().sessions(), options));
  }
  [[nodiscard]] bool lock_file_is_there() const {
    return std::filesystem::exists(folder().sessions() + "/.session-files.lock");
  }
};

INSTANTIATE_TEST_SUITE_P(Folders, ItsLock,
                         testing::Values(Setting{false, false}, Setting{false, true},
                                         Setting{true, false}, Setting{true, true}),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(ItsLock, FileStaysOrGoesAsTheSettingSays) {
  EXPECT_EQ(lock_file_is_there(), !GetParam().unlinks_lock);
}

// flock excludes open descriptions, so that one process shows what two would do.
TEST_P(ItsLock, IsHonoured) {
  append({text(1)});
  const auto impatient = open_impatient();
  auto held = nanobot().try_lock();
  ASSERT_NE(held, nullptr);
  MetadataChange change;
  EXPECT_EQ(code_of(append_to(*impatient, kKey, {text(2)})), Code::unavailable);
  EXPECT_EQ(code_of(append_to(*impatient, kOtherKey, {text(2)})), Code::unavailable);
  EXPECT_EQ(code_of(impatient->update_metadata(kKey, change)), Code::unavailable);
  EXPECT_EQ(code_of(impatient->pop(kKey, 1)), Code::unavailable);
  EXPECT_EQ(code_of(impatient->remove(kKey)), Code::unavailable);
  EXPECT_EQ(code_of(impatient->fork(kKey, "fork:1")), Code::unavailable);
  EXPECT_EQ(load(*impatient, kKey).records, texts(1, 1)) << "reading waits for nobody";
  held.reset();
  EXPECT_TRUE(append_to(*impatient, kKey, {text(2)}).ok());
}

TEST_P(ItsLock, IsWaitedFor) {
  append({text(1)});
  auto held = nanobot().try_lock();
  ASSERT_NE(held, nullptr);
  Result<Appended> reply = Status(Code::io, "not written yet");
  std::thread writer([&] { reply = append_to(store(), kKey, {text(2)}); });
  EXPECT_EQ(our_records(), texts(1, 1));
  held.reset();
  writer.join();
  EXPECT_TRUE(reply.ok());
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped(texts(1, 2)));
}

// At the moment before each call that changes or syncs a file, nanobot must not get its lock.
class WhileWeWrite : public ItsLock {
 protected:
  void expect_locked_before(std::string_view call, const std::function<void(Store&)>& write) {
    HookFs hooked(posix_fs());
    Store ours(must(open_dir_engine(hooked, folder().sessions(), options_for(folder()))));
    std::unique_ptr<NanobotLock> taken;
    hooked.before(call, [&] { taken = nanobot().try_lock(); });
    write(ours);
    EXPECT_TRUE(hooked.is_done()) << call << " was not called";
    EXPECT_EQ(taken, nullptr) << "nanobot got its lock before our " << call;
  }
};
INSTANTIATE_TEST_SUITE_P(Folders, WhileWeWrite,
                         testing::Values(Setting{false, false}, Setting{false, true},
                                         Setting{true, false}, Setting{true, true}),
                         [](const auto& test) { return name_of(test.param); });

TEST_P(WhileWeWrite, NanobotIsKeptOut) {
  append({text(1)});
  const auto add = [](Store& ours) { must(append_to(ours, kKey, {text(2)})); };
  expect_locked_before("append", add);
  expect_locked_before("sync_data", add);
  const auto change = [](Store& ours) { must(ours.update_metadata(kKey, {})); };
  expect_locked_before("rename", change);
  expect_locked_before("sync_folder", change);
  EXPECT_NE(nanobot().try_lock(), nullptr) << "our lock was not given back";
}

// Its update of the metadata reads the whole file and writes it again: an append in between would
// be lost. It is not, also where the lock file comes and goes.
TEST_P(WhileWeWrite, MetadataUpdatesOfNanobotLoseNoAppend) {
  constexpr int kTurns = 60;
  append({text(0)});
  std::thread agent([&] {
    for (int turn = 0; turn < kTurns; ++turn) {
      const std::string updates = R"({"title": ")" + std::to_string(turn) + R"("})";
      EXPECT_TRUE(nanobot().update_metadata(kKey, updates));
    }
  });
  for (int turn = 1; turn <= kTurns; ++turn) append({text(turn)});
  agent.join();
  EXPECT_EQ(our_records(), texts(0, kTurns));
  EXPECT_EQ(must_load(nanobot(), kKey).messages, dumped(texts(0, kTurns)));
  EXPECT_EQ(nanobot().list().front().title, std::to_string(kTurns - 1));
}

// The other way round: our change of the metadata rewrites the file, its turns go on.
TEST_P(WhileWeWrite, OurMetadataUpdatesLoseNoTurnOfNanobot) {
  constexpr int kTurns = 40;
  append({text(0)});
  std::thread agent([&] {
    for (int turn = 1; turn <= kTurns;) {
      const auto held = nanobot().try_lock();
      if (held != nullptr) append_bytes(nanobot().path_of(kKey), lines({text(turn++)}));
    }
  });
  for (int turn = 0; turn < kTurns; ++turn) set_title(std::to_string(turn));
  agent.join();
  EXPECT_EQ(our_records(), texts(0, kTurns));
}

}  // namespace
}  // namespace everturn::nanobot_test
