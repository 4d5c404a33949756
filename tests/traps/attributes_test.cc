// SPDX-License-Identifier: Apache-2.0
// A rewrite makes a new file; to its user it is the old one: owner, group, mode, access control
// list.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "store/test_help.h"

namespace everturn {
namespace {

// user::rw-, user:1:r--, group::---, mask::r--, other::--- as the kernel stores it.
constexpr unsigned char kAccessList[] = {
    2, 0, 0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,   4,  0, 1, 0, 0,   0,   4,   0,
    0, 0, 255, 255, 255, 255, 16, 0, 4,   0,   255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255};
constexpr const char* kAccessName = "system.posix_acl_access";

std::string access_list_of(const std::string& path) {
  char list[256];
  const ssize_t size = ::getxattr(path.c_str(), kAccessName, list, sizeof list);
  return std::string(list, size < 0 ? 0 : static_cast<std::size_t>(size));
}

struct Rewrite {
  const char* name;
  std::function<Status(Store&)> run;
};

// Every call that puts another file in a session's place.
class RewrittenFile : public PosixTest, public ::testing::WithParamInterface<Rewrite> {
 protected:
  RewrittenFile() : store_(must(open_store("dir:" + path("store")))) {
    EXPECT_TRUE(append_to(*store_, kKey, texts(1, 2)).ok());
    EXPECT_TRUE(store_->update_metadata(kKey, {}).ok());
  }
  [[nodiscard]] struct stat look() const {
    struct stat found = {};
    EXPECT_EQ(::stat(file_.c_str(), &found), 0);
    return found;
  }
  void rewrite() {
    const ino_t before = look().st_ino;
    const Status status = GetParam().run(*store_);
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_NE(look().st_ino, before);
  }

  const std::string file_ = path("store/" + session_file_name(kKey, false));
  std::unique_ptr<Store> store_;
};

TEST_P(RewrittenFile, KeepsTheMode) {
  ASSERT_EQ(::chmod(file_.c_str(), 0640), 0);
  rewrite();
  EXPECT_EQ(look().st_mode & 07777U, 0640U);
}

TEST_P(RewrittenFile, IsNotTakenAwayFromItsUserByRoot) {
  if (!is_root()) GTEST_SKIP() << "only root may give files away";
  ASSERT_EQ(::chown(file_.c_str(), 1, 2), 0);
  rewrite();
  EXPECT_EQ(look().st_uid, 1U);
  EXPECT_EQ(look().st_gid, 2U);
}

TEST_P(RewrittenFile, KeepsTheAccessControlList) {
  if (::setxattr(file_.c_str(), kAccessName, kAccessList, sizeof kAccessList, 0) != 0) {
    GTEST_SKIP() << "the file system of " << path("") << " has no access control lists";
  }
  const std::string before = access_list_of(file_);
  ASSERT_FALSE(before.empty());
  rewrite();
  EXPECT_EQ(access_list_of(file_), before);
}

Status save_one(Store& store) {
  const std::string_view record = R"({"n":1})";
  return store.save(kKey, {&record, 1}, expecting(must(store.version(kKey)))).status();
}

Status pop_and_undelete(Store& store) { return store.undelete(must(store.pop(kKey, 1)).trash_id); }

INSTANTIATE_TEST_SUITE_P(
    Calls, RewrittenFile,
    ::testing::Values(Rewrite{"save", save_one}, Rewrite{"undelete", pop_and_undelete},
                      Rewrite{"pop", [](Store& store) { return store.pop(kKey, 1).status(); }},
                      Rewrite{"vacuum", [](Store& store) { return store.vacuum(kKey).status(); }}),
    [](const auto& rewrite) { return std::string(rewrite.param.name); });

}  // namespace
}  // namespace everturn
