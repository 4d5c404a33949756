// SPDX-License-Identifier: Apache-2.0
// Does the sweep find mistakes? A toy store, correct by itself, is swept with each seeded bug.
#include "tests/crash/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/try.h"
#include "journal/replace.h"
#include "tests/crash/seeded_bugs.h"

namespace everturn {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using Records = std::vector<std::string>;
using Contents = std::map<std::string, Records>;

std::string as_lines(const Records& records) {
  std::string lines;
  for (const std::string& record : records) lines += "<" + record + ">\n";
  return lines;
}

// Files of lines "<record>". Damaged lines stay where they are and are passed over.
class Toy {
 public:
  static Result<Toy> open(Fs& fs) {
    auto folder = TRY(fs.open_folder("/toy", true));
    return Toy(std::move(folder));
  }

  Status append(const std::string& name, const std::string& record) {
    auto file = TRY(open_or_create(name));
    const std::string old = TRY(read_all(*file));
    const bool torn = !old.empty() && !old.ends_with('\n');
    CHECK_OK(append_all(*file, (torn ? "\n" : "") + as_lines({record})));
    CHECK_OK(file->sync_data());
    return folder_->sync();
  }

  Status rewrite(const std::string& name, const Records& records) {
    const std::string temp = name + ".tmp";
    auto file = TRY(folder_->open(temp, Access::create_new));
    CHECK_OK(append_all(*file, as_lines(records)));
    CHECK_OK(file->sync_data());
    CHECK_OK(folder_->rename(temp, *folder_, name, true));
    return folder_->sync();
  }

  Status remove(const std::string& name) {
    CHECK_OK(folder_->remove(name));
    return folder_->sync();
  }

  // Every file with a record in it. Sweeps what a cut rewrite left behind.
  Result<Contents> load() {
    std::vector<std::string> names;
    CHECK_OK(folder_->list([&](std::string_view name, FileKind) {
      names.emplace_back(name);
      return true;
    }));
    Contents contents;
    for (const std::string& name : names) {
      if (name.ends_with(".tmp")) {
        CHECK_OK(remove(name));
        continue;
      }
      auto file = TRY(folder_->open(name, Access::read));
      const std::string lines = TRY(read_all(*file));
      add_records(lines, contents[name]);
      if (contents[name].empty()) contents.erase(name);
    }
    return contents;
  }

 private:
  explicit Toy(std::unique_ptr<Folder> folder) : folder_(std::move(folder)) {}

  Result<std::unique_ptr<File>> open_or_create(const std::string& name) {
    auto file = folder_->open(name, Access::append);
    const bool missing = !file && file.status().code() == Code::not_found;
    return missing ? folder_->open(name, Access::create_new) : std::move(file);
  }

  static void add_records(const std::string& lines, Records& records) {
    for (std::size_t at = 0, end = 0; (end = lines.find('\n', at)) != lines.npos; at = end + 1) {
      const std::string line = lines.substr(at, end - at);
      const bool whole = line.size() > 2 && line.front() == '<' && line.back() == '>' &&
                         line.find('\0') == line.npos;
      if (whole) records.push_back(line.substr(1, line.size() - 2));
    }
  }

  static Result<std::string> read_all(File& file) {
    const FileInfo info = TRY(file.info());
    std::string content(info.size, '\0');
    const std::size_t size = TRY(file.read_at(0, content.data(), content.size()));
    content.resize(size);
    return content;
  }

  std::unique_ptr<Folder> folder_;
};

// What was acknowledged, and what stands there if the call under way came through.
struct Acks {
  Contents sure;
  Contents perhaps;
};

// Ends at the first failure, whose outcome is unknown.
void work(Fs& fs, Acks& acks) {
  auto toy = Toy::open(fs);
  if (!toy) return;
  const auto step = [&](auto change, auto call) {
    if (acks.sure != acks.perhaps) return;
    change(acks.perhaps);
    if (call(*toy).ok()) acks.sure = acks.perhaps;
  };
  const auto append = [&](const std::string& name, const std::string& record) {
    step([&](Contents& contents) { contents[name].push_back(record); },
         [&](Toy& store) { return store.append(name, record); });
  };
  append("a", "one");
  append("a", "two");
  append("b", "other");
  step([](Contents& contents) { contents["a"] = {"two"}; },
       [](Toy& store) { return store.rewrite("a", {"two"}); });
  append("a", "three");
  step([](Contents& contents) { contents.erase("b"); },
       [](Toy& store) { return store.remove("b"); });
}

constexpr const char* kLater = "later";

std::string check(Fs& fs, SimFs& disk, const Acks& acks, const DiskState& before) {
  auto toy = Toy::open(fs);
  if (!toy) return "open: " + toy.status().message();
  auto contents = toy->load();
  if (!contents) return "load: " + contents.status().message();
  std::erase((*contents)["a"], kLater);
  if ((*contents)["a"].empty()) contents->erase("a");
  if (*contents != acks.sure && *contents != acks.perhaps) return "wrong records";
  const Status status = toy->append("a", kLater);
  if (!status) return "append: " + status.message();
  const bool rest = disk.read_file("/toy/a")->starts_with(before.file("/toy/a").value_or(""));
  return rest ? "" : "an append changed bytes before it";
}

SweepReport sweep_toy(Bug bug, SweepOptions options = {}) {
  options.setup = [](SimFs& disk) { disk.make_folders("/toy"); };
  return sweep<Acks>(
      options,
      [&](SimFs& disk, Acks& acks) {
        BuggyFs fs(disk, bug);
        work(fs, acks);
      },
      [&](SimFs& disk, const Acks& acks, const DiskState& before) {
        BuggyFs fs(disk, bug);
        return check(fs, disk, acks, before);
      });
}

SweepOptions without_faults() {
  SweepOptions options;
  options.faults_once.clear();
  options.faults_for_ever.clear();
  return options;
}

TEST(Sweep, CorrectStoreHolds) {
  const SweepReport report = sweep_toy(Bug::none);
  EXPECT_TRUE(report.holds()) << report.text();
  EXPECT_GT(report.states, 100u);
  EXPECT_GT(report.nested_states, 1'000u);
  EXPECT_GT(report.fault_states, 500u);
}

class SweepFinds : public testing::TestWithParam<Bug> {};

TEST_P(SweepFinds, TheBug) {
  const SweepReport report = sweep_toy(GetParam());
  EXPECT_FALSE(report.holds()) << report.text();
}

INSTANTIATE_TEST_SUITE_P(Sweep, SweepFinds,
                         testing::Values(Bug::no_sync, Bug::no_sync_before_rename,
                                         Bug::no_folder_sync_after_rename,
                                         Bug::no_folder_sync_after_create,
                                         Bug::no_folder_sync_after_unlink, Bug::truncate_in_place,
                                         Bug::sync_retried, Bug::drops_bytes),
                         [](const auto& bug) { return std::string(bug_name(bug.param)); });

TEST(Sweep, RetriedSyncNeedsAFaultToShow) {
  EXPECT_TRUE(sweep_toy(Bug::sync_retried, without_faults()).holds());
}

TEST(Sweep, UnsyncedNewNameShowsOnlyWithoutAJournal) {
  SweepOptions options = without_faults();
  options.profiles = {Profile::journaling};
  EXPECT_TRUE(sweep_toy(Bug::no_folder_sync_after_create, options).holds());
  options.profiles = {Profile::strict_posix};
  EXPECT_FALSE(sweep_toy(Bug::no_folder_sync_after_create, options).holds());
}

TEST(Sweep, ViolationTellsWhereAndHowToSeeItAgain) {
  const SweepReport report = sweep_toy(Bug::no_sync, without_faults());
  EXPECT_THAT(report.violation, StartsWith("wrong records\nprofile strict_posix, cut before"));
  EXPECT_THAT(report.violation, HasSubstr("EVERTURN_SEED="));
  EXPECT_THAT(report.violation, HasSubstr("append /toy/a"));
}

TEST(Sweep, SeedComesFromTheEnvironment) {
  const char* text = std::getenv("EVERTURN_SEED");
  const std::string before = text == nullptr ? "" : text;
  ::setenv("EVERTURN_SEED", "4711", 1);
  const SweepReport report = sweep_toy(Bug::no_sync, without_faults());
  if (before.empty()) {
    ::unsetenv("EVERTURN_SEED");
  } else {
    ::setenv("EVERTURN_SEED", before.c_str(), 1);
  }
  EXPECT_THAT(report.violation, HasSubstr("EVERTURN_SEED=4711"));
}

}  // namespace
}  // namespace everturn
