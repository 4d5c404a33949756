// SPDX-License-Identifier: Apache-2.0
// everturn serve: the store over HTTP.
#include "server/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "server/log_writer.h"
#include "store/store_folder.h"

namespace everturn::cli {
namespace {

constexpr std::size_t kLogAll = 0;
constexpr std::size_t kLogNone = 2;

struct ServeArguments {
  std::optional<std::string> listen;
  std::optional<std::string> tokens;
  std::optional<std::string> log;
  std::optional<std::string> web_dir;
  std::vector<std::string> hosts;
  std::optional<std::uint64_t> workers;
  bool plain_http = false;
  bool read_only = false;
};

std::string environment_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Each connection takes a descriptor.
void allow_many_connections() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<server::ServeOptions> serve_options(const ServeArguments& arguments, Context& context) {
  server::ServeOptions options;
  options.store_url = TRY(context.store_url());
  if (!context.names_store() && context.reads_agents()) options.store_url = "agents:";
  options.store = context.store_options();
  options.store.read_only = options.store.read_only || arguments.read_only;
  CHECK_OK(server::parse_listen(arguments.listen.value_or("127.0.0.1:7717"), options.listen));
  options.listen.threads = std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
  options.workers = std::clamp<std::uint64_t>(arguments.workers.value_or(32), 1, 1024);
  options.token_folder =
      arguments.tokens.value_or(user_state_folder(context.store_options()) + "/serve");
  options.hosts = arguments.hosts;
  options.web_dir = arguments.web_dir.value_or("");
  options.plain_http = arguments.plain_http;
  options.notify_socket = environment_of("NOTIFY_SOCKET");
  return options;
}

void announce(const server::Serving& serving, Context& context) {
  Output& output = context.output();
  if (context.json()) {
    context.print(JsonObject("everturn.serve/1")
                      .add("address", serving.address)
                      .add("login", serving.login)
                      .add("token_file", serving.token_file));
  } else {
    output.say("serving on " + printable(serving.address));
    if (!serving.login.empty()) output.say("open once: " + serving.login);
    if (!serving.token_file.empty()) {
      output.say("tokens for programs: " + printable(serving.token_file));
    }
  }
  output.flush();
}

Result<int> run_serve(const ServeArguments& arguments, Context& context) {
  const std::size_t level =
      TRY(choose("--log", arguments.log.value_or("all"), {"all", "audit", "none"}));
  server::ServeOptions options = TRY(serve_options(arguments, context));
  options.log_requests = level == kLogAll;
  allow_many_connections();
  server::LogWriter writer([&context](std::string_view line) { context.output().error(line); });
  const server::Log log = [&writer](std::string_view line) { writer.add(line); };
  CHECK_OK(server::serve(
      options, [&](const server::Serving& serving) { announce(serving, context); },
      level == kLogNone ? server::Log() : log));
  return kExitOk;
}

}  // namespace

void add_serve(Command& root, Context& context) {
  auto arguments = std::make_shared<ServeArguments>();
  Command command =
      root.add_command("serve", "Serve the store over HTTP, with its page", kLookAfterGroup);
  command.option("--listen", "WHERE", arguments->listen,
                 "ADDRESS:PORT, or unix:PATH for this user alone [127.0.0.1:7717]");
  command.option("--host", "NAME", arguments->hosts,
                 "A further name by which the server is called, behind a proxy");
  command.option("--tokens", "FOLDER", arguments->tokens,
                 "Where the file of tokens lies, or is made [the user's state folder]");
  command.flag("--plain-http", arguments->plain_http,
               "Also beyond this machine: whoever listens on the network reads along");
  command.flag("--read-only", arguments->read_only, "Refuse whatever would change the store");
  command.option("--web-dir", "FOLDER", arguments->web_dir,
                 "The page from this folder instead of the one that is built in");
  command.option("--workers", "N", arguments->workers,
                 "Threads for calls that wait for the disk [32]");
  command.option("--log", "WHAT", arguments->log,
                 "On standard error, a JSON object a line: all, audit (no requests), none [all]");
  command.footer(
      "It prints a link that opens the page once, in one browser, and the file with the tokens\n"
      "for programs: read, write, admin. A unix socket needs none. SIGTERM ends it when all that\n"
      "was on its way is answered. doc/http.md describes the interface, /openapi.json does for\n"
      "machines.\n"
      "\n"
      "Examples:\n"
      "  everturn serve\n"
      "  everturn serve --store agents: --listen unix:/run/user/1000/everturn.sock\n"
      "  curl --unix-socket /run/user/1000/everturn.sock http://localhost/v1/sessions");
  command.action([arguments, &context] { return run_serve(*arguments, context); });
}

}  // namespace everturn::cli
