// SPDX-License-Identifier: Apache-2.0
// What every command shares: the global options, the store they name, and the output.
#ifndef EVERTURN_CLI_CONTEXT_H_
#define EVERTURN_CLI_CONTEXT_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_object.h"
#include "cli/command.h"
#include "cli/output.h"
#include "everturn/store.h"

namespace everturn::cli {

// Exit statuses beside the library's codes.
inline constexpr int kExitOk = 0;
inline constexpr int kExitNothing = 1;  // nothing found, or different

// `text` as one word for a shell: as it stands where that is safe, else in single quotes.
std::string shell_word(std::string_view text);

class Context {
 public:
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Declares the global options.
  void declare(Command& root);
  // Reads their values; to be called before any command runs.
  Status settle();
  // For failures before the options could be read: is --json among the arguments?
  void guess_json(int argc, const char* const* argv);

  [[nodiscard]] bool json() const { return json_; }
  Output& output() { return output_; }
  // The URL of the store: --store, EVERTURN_STORE, or the user's data folder.
  [[nodiscard]] Result<std::string> store_url() const;
  [[nodiscard]] const StoreOptions& store_options() const { return store_options_; }
  // Opens it at the first call. The store lives as long as this.
  Result<Store*> store();
  // What the agents of this machine wrote, likewise; or the agent's folder that --store names.
  Result<Store*> agents();
  // One file of any agent, and a folder of sessions, whoever's it is.
  Result<Store*> file(const std::string& path);
  Result<Store*> folder(const std::string& path);
  // The store, or the agents' sessions where none was named and the user has none.
  Result<Store*> reading_store();
  [[nodiscard]] bool reads_agents() const;
  // A store was named, by --store or EVERTURN_STORE.
  [[nodiscard]] bool names_store() const;
  // The command to name in a hint, with the store that was asked for: "everturn --store X list".
  [[nodiscard]] std::string command_hint(std::string_view command) const;

  // Prints a failure to standard error: a sentence, or a JSON object of schema everturn.error/1.
  void report(const Status& status);
  // Prints the object on its own line of standard output.
  void print(const JsonObject& object);

 private:
  Output output_;
  bool json_ = false;
  bool quiet_ = false;
  bool write_foreign_ = false;
  std::optional<std::string> store_;
  std::optional<std::string> wait_;
  std::optional<std::string> max_record_;
  std::optional<std::string> color_;
  StoreOptions store_options_;
  std::unique_ptr<Store> opened_;
  std::unique_ptr<Store> agents_;
  std::vector<std::unique_ptr<Store>> files_;
};

}  // namespace everturn::cli

#endif  // EVERTURN_CLI_CONTEXT_H_
