// SPDX-License-Identifier: Apache-2.0
// everturn seal: seals what is there, and prints the head to keep elsewhere.
#include <memory>
#include <vector>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/each_session.h"
#include "cli/reading.h"
#include "cli/signals.h"

namespace everturn::cli {
namespace {

struct SealArguments {
  std::vector<std::string> words;
  bool all = false;
  bool anew = false;
};

Result<std::string> seal_one(const std::string& key, bool anew, Store& store, Context& context) {
  Result<std::string> head = store.seal(key, anew);
  if (!head.ok()) return with_list_hint(context, head.status());
  if (context.json()) {
    context.print(JsonObject("everturn.seal/1").add("key", key).add("head", *head));
  }
  return head;
}

Result<int> print_head(const std::string& key, bool anew, Context& context) {
  Store* store = TRY(context.store());
  const std::string head = TRY(seal_one(key, anew, *store, context));
  if (context.json()) return kExitOk;
  Output& output = context.output();
  output.write(head + "\n");
  output.flush();
  output.note("keep it where nobody who writes to this store can; later compare with " +
              context.command_hint("verify " + shell_word(key) + " --head " + head));
  return kExitOk;
}

Result<int> run_seal(const SealArguments& arguments, Context& context) {
  const StopSignals signals;
  if (arguments.words.size() == 2 && arguments.words[0] == "head" && !arguments.all) {
    return print_head(arguments.words[1], arguments.anew, context);
  }
  if (arguments.all == !arguments.words.empty()) {
    return Status(Code::invalid, "seal takes sessions, or else --all, or head and one session");
  }
  Store* store = TRY(context.store());
  std::vector<std::string> keys = arguments.words;
  if (arguments.all) {
    for (const SessionInfo& session : TRY(store->list())) keys.push_back(session.key);
  }
  return for_each_session(keys, "seal", context, [&](const std::string& key) {
    const Result<std::string> head = seal_one(key, arguments.anew, *store, context);
    if (!head.ok()) return head.status();
    if (!context.json()) context.output().say(printable(key) + ": sealed");
    return Status();
  });
}

}  // namespace

void add_seal(Command& root, Context& context) {
  auto arguments = std::make_shared<SealArguments>();
  Command command = root.add_command(
      "seal", "Seal what no seal covers yet; print the head to keep elsewhere", kLookAfterGroup);
  command.any_arguments("[head] SESSION", arguments->words,
                        "Sessions' keys; behind the word `head` one, whose head is printed");
  command.flag("--all", arguments->all, "Every session of the store");
  command.flag("--anew", arguments->anew,
               "As it is now, although it does not fit the seals that it has");
  command.footer(
      "Appends are sealed as they are made; this is for sessions from before, for what other\n"
      "programs wrote, and for what was written at a weaker level.\n"
      "  everturn seal --all\n"
      "  everturn seal head telegram:12345 >> ~/heads.txt");
  command.action([arguments, &context] { return run_seal(*arguments, context); });
}

}  // namespace everturn::cli
