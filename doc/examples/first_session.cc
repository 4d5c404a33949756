// SPDX-License-Identifier: Apache-2.0
// A first session, from append to undelete: `first_session FOLDER`. Built and run by the tests.
#include <cstdio>
#include <string>

#include "everturn/store.h"

using namespace everturn;

namespace {

int fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.message().c_str());
  return static_cast<int>(status.code());
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const auto opened = open_store("dir:" + std::string(arguments[1]));
  if (!opened) return fail(opened.status());
  Store& store = **opened;

  // When append returns, the record is on the disk.
  const auto first = store.append("telegram:12345", {R"({"role":"user","content":"hi"})"});
  if (!first) return fail(first.status());

  // Only if nobody else wrote since. Repeated after a lost reply, it adds nothing.
  WriteOptions how;
  how.expected = first->version;
  const auto second =
      store.append("telegram:12345", {R"({"role":"assistant","content":"hello"})"}, how);
  if (!second) return fail(second.status());

  // One session held open: threads share its syncs, and interval spares most of them.
  const auto writer = store.open_writer("telegram:12345");
  if (!writer) return fail(writer.status());
  WriteOptions relaxed;
  relaxed.durability = {Level::interval, std::chrono::milliseconds(100)};
  const std::string_view progress[] = {R"({"role":"tool","content":"step 1 of 9"})"};
  const auto third = (*writer)->append(progress, relaxed);
  if (!third) return fail(third.status());
  if (const Status closed = (*writer)->close(); !closed.ok()) return fail(closed);

  ReadOptions last_two;
  last_two.last = 2;
  const auto report = store.read("telegram:12345", last_two, [](const Record& record) {
    std::printf("%.*s\n", static_cast<int>(record.bytes.size()), record.bytes.data());
    return true;
  });
  if (!report) return fail(report.status());
  std::printf("damage: %llu\n", static_cast<unsigned long long>(report->damage_count));

  const auto removed = store.remove("telegram:12345");
  if (!removed) return fail(removed.status());
  if (const Status back = store.undelete(removed->id); !back.ok()) return fail(back);
  return 0;
}
