// SPDX-License-Identifier: Apache-2.0
// What a client is told when the server's machine is in the way.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/server/served_store.h"

namespace everturn::server_test {
namespace {

class Problems : public ServerTest {
 protected:
  Reply append(std::string_view record) {
    return post_records(session("a", "/records"), std::string(record) + "\n");
  }
  std::string records() { return get(session("a", "/records")).body; }
  // The server's files may grow to so many bytes.
  void limit_files(rlim_t bytes) const {
    const rlimit limit = {bytes, RLIM_INFINITY};
    ASSERT_EQ(prlimit(process(), RLIMIT_FSIZE, &limit, nullptr), 0);
  }
};

TEST_F(Problems, NoSpaceIs507AndTheAppendIsGoodWhenThereIsSomeAgain) {
  start();
  ASSERT_EQ(append(R"({"n":1})").status, 201);
  limit_files(64);
  const Reply full = append(R"({"n":2})");
  EXPECT_EQ(full.status, 507);
  EXPECT_EQ(full.fields.at("content-type"), "application/problem+json");
  EXPECT_EQ(member(full.body, "code"), "io");
  EXPECT_EQ(records(), "{\"n\":1}\n");
  limit_files(RLIM_INFINITY);
  EXPECT_EQ(append(R"({"n":3})").status, 201);
  EXPECT_EQ(records(), "{\"n\":1}\n{\"n\":3}\n");
}

TEST_F(Problems, LockedByAnotherProcessIs503ForAMoment) {
  start({"--wait", "0.05"});
  ASSERT_EQ(append(R"({"n":1})").status, 201);
  const int file = open((store_path() + "/.everturn/lock").c_str(), O_RDWR | O_CLOEXEC);
  struct flock whole = {};
  whole.l_type = F_WRLCK;
  ASSERT_EQ(fcntl(file, F_SETLK, &whole), 0);
  const Reply locked = append(R"({"n":2})");
  EXPECT_EQ(locked.status, 503);
  EXPECT_EQ(locked.fields.at("retry-after"), "1");
  EXPECT_EQ(member(locked.body, "code"), "unavailable");
  close(file);
  EXPECT_EQ(append(R"({"n":2})").status, 201);
}

}  // namespace
}  // namespace everturn::server_test
