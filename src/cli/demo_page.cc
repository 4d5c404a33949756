// SPDX-License-Identifier: Apache-2.0
// Part 5: the damaged transcript on the page, and beside it a session whose writer is killed every
// few seconds, and goes on.
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "base/base64url.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/browser.h"
#include "cli/demo.h"
#include "everturn/store.h"
#include "server/server.h"

namespace everturn::cli::demo {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kLiveKey = "demo:live";
constexpr milliseconds kBetweenRecords(300);
constexpr milliseconds kLife(4000);

// Appends a record each moment, as long as its parent lives.
[[noreturn]] void write_live(const std::string& url, std::uint64_t life) {
  const pid_t parent = getppid();
  const Result<std::unique_ptr<Store>> store = open_store(url);
  for (std::uint64_t number = 1; store.ok() && getppid() == parent; ++number) {
    const std::string role = number % 2 == 1 ? "user" : "assistant";
    const std::string record = R"({"role":")" + role + R"(","content":"Writer )" +
                               std::to_string(life) + ", message " + std::to_string(number) +
                               R"(: on the disk before you read it."})";
    if (!(*store)->append(kLiveKey, {record}).ok()) break;
    std::this_thread::sleep_for(kBetweenRecords);
  }
  _exit(0);
}

// Starts a writer, kills it after a while, and starts the next one, as long as `server` lives.
[[noreturn]] void keep_writing(const std::string& url, pid_t server) {
  std::signal(SIGCHLD, SIG_IGN);  // nobody waits for them
  for (std::uint64_t life = 1; getppid() == server; ++life) {
    const pid_t writer = fork();
    if (writer == 0) write_live(url, life);
    for (milliseconds passed(0); passed < kLife && getppid() == server; passed += kBetweenRecords) {
      std::this_thread::sleep_for(kBetweenRecords);
    }
    if (writer > 0) kill(writer, SIGKILL);
  }
  _exit(0);
}

void say_where(const server::Serving& serving, bool opens, Output& output) {
  // The address keeps what stands behind '#' when the login leads on to the page.
  const std::string url = serving.login + "#/s/" + base64url_encode(kDamagedKey);
  output.say("");
  output.say(output.paint(Style::bold, "5. Look at it"));
  output.say(
      "The damaged transcript on a page, with its repair and the way back; and demo:live,\n"
      "whose writer is killed every four seconds and goes on. Ctrl-C ends it.");
  output.say("  " + printable(url));
  output.flush();
  if (opens) open_in_browser(url);
}

}  // namespace

Status show_page(const std::string& folder, Output& output, bool opens) {
  server::ServeOptions options;
  options.store_url = "dir:" + damaged_folder(folder);
  options.listen.port = 0;
  options.listen.threads = 1;
  options.workers = 4;
  options.token_folder = folder + "/tokens";
  const pid_t own = getpid();
  const pid_t keeper = fork();
  if (keeper == 0) keep_writing(options.store_url, own);
  const Status status = server::serve(
      options, [&](const server::Serving& serving) { say_where(serving, opens, output); },
      [](std::string_view) {});
  if (keeper > 0) kill(keeper, SIGKILL);
  return status;
}

}  // namespace everturn::cli::demo
