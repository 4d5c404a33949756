// SPDX-License-Identifier: Apache-2.0
#include "cli/context.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/json_object.h"
#include "base/try.h"
#include "base/utf8.h"
#include "cli/arguments.h"

namespace everturn::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

std::string shell_word(std::string_view text) {
  constexpr std::string_view kSafe =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,";
  if (!text.empty() && text.find_first_not_of(kSafe) == std::string_view::npos) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

void Context::declare(Command& root) {
  root.option("--store", "URL", store_,
              "The store: a folder, dir:PATH, or to read agents:, file:PATH [$EVERTURN_STORE, else "
              "everturn in the user's data folder; to read, else agents:]");
  root.flag("--json", json_, "JSON instead of text: one object a line, each with its \"schema\"");
  root.option("--wait", "SECONDS", wait_, "How long to wait for another process's lock [5]");
  root.option("--max-record", "SIZE", max_record_, "The longest record, such as 64M [64M]");
  root.option("--color", "WHEN", color_, "auto, always or never [auto; NO_COLOR is honoured]");
  root.flag("-q,--quiet", quiet_, "No confirmations and remarks, only results and failures");
  root.flag("--write-foreign", write_foreign_, "Allow writing to another agent's folder");
}

void Context::guess_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    if (std::string_view(argv[i]) == "--json") json_ = true;
  }
}

Status Context::settle() {
  output_.set_quiet(quiet_);
  store_options_.write_foreign = write_foreign_;
  if (wait_) {
    const auto wait = parse_seconds(*wait_);
    if (!wait.ok()) return wait.status().within("--wait");
    store_options_.lock_wait = *wait;
  }
  if (max_record_) {
    const auto size = parse_size(*max_record_);
    if (!size.ok()) return size.status().within("--max-record");
    store_options_.max_record_bytes = *size;
  }
  if (color_ && *color_ != "auto" && *color_ != "always" && *color_ != "never") {
    return {Code::invalid, "--color takes auto, always or never, not \"" + *color_ + "\""};
  }
  if (color_ == "always") output_.set_color(ColorChoice::always);
  if (color_ == "never") output_.set_color(ColorChoice::never);
  return {};
}

Result<std::string> Context::store_url() const {
  if (store_) return *store_;
  if (std::string url = environment("EVERTURN_STORE"); !url.empty()) return url;
  // Relative paths there are to be ignored, says the base directory specification.
  if (const std::string data = environment("XDG_DATA_HOME"); data.starts_with('/')) {
    return "dir:" + data + "/everturn";
  }
  if (const std::string home = environment("HOME"); home.starts_with('/')) {
    return "dir:" + home + "/.local/share/everturn";
  }
  return Status(Code::invalid, "no store: give --store FOLDER, or set EVERTURN_STORE or HOME");
}

Result<Store*> Context::store() {
  if (!opened_) {
    const std::string url = TRY(store_url());
    opened_ = TRY(open_store(url, store_options_));
  }
  return opened_.get();
}

Result<Store*> Context::agents() {
  if (names_store() && reads_agents()) return store();
  if (!agents_) agents_ = TRY(open_store("agents:", store_options_));
  return agents_.get();
}

Result<Store*> Context::file(const std::string& path) {
  files_.push_back(TRY(open_store("file:" + path, store_options_)));
  return files_.back().get();
}

Result<Store*> Context::folder(const std::string& path) {
  const bool is_store = ::access((path + "/.everturn").c_str(), F_OK) == 0 ||
                        ::access((path + "/.session-files.lock").c_str(), F_OK) == 0;
  files_.push_back(TRY(open_store((is_store ? "dir:" : "agents:") + path, store_options_)));
  return files_.back().get();
}

bool Context::names_store() const { return store_ || !environment("EVERTURN_STORE").empty(); }

bool Context::reads_agents() const {
  const Result<std::string> url = store_url();
  if (names_store()) return url.ok() && url->starts_with("agents:");
  constexpr std::size_t kScheme = 4;  // "dir:"
  return url.ok() && ::access(url->c_str() + kScheme, F_OK) != 0;
}

Result<Store*> Context::reading_store() { return reads_agents() ? agents() : store(); }

std::string Context::command_hint(std::string_view command) const {
  const std::string store = store_ ? "--store " + shell_word(*store_) + " " : std::string();
  return printable("everturn " + store + std::string(command));
}

void Context::report(const Status& status) {
  const std::string message = printable(status.message());
  if (!json_) {
    output_.error(output_.paint_error(Style::red, "everturn:") + " " + message);
    return;
  }
  JsonObject object("everturn.error/1");
  object.add("code", code_name(status.code()));
  object.add_number("exit", static_cast<std::uint64_t>(status.code()));
  object.add("message", message);
  if (status.system_error() != 0) object.add_signed("errno", status.system_error());
  output_.error(object.text());
}

void Context::print(const JsonObject& object) { output_.write(object.line()); }

}  // namespace everturn::cli
