// SPDX-License-Identifier: Apache-2.0
#include "server/tokens.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "base/base64url.h"
#include "base/try.h"
#include "everturn/store.h"

namespace everturn::server {
namespace {

constexpr std::int64_t kLoginLife_ns = 600LL * 1'000'000'000;
constexpr std::size_t kMaxLogins = 64;
constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::uint32_t kOthers = 077;

// Of digests, whose bytes nobody can choose: the time tells nothing.
bool equal(const Sha256& one, const Sha256& other) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) difference |= one[i] ^ other[i];
  return difference == 0;
}

Scope scope_named(std::string_view name) {
  for (const Scope scope : {Scope::read, Scope::write, Scope::admin}) {
    if (scope_name(scope) == name) return scope;
  }
  return Scope::none;
}

Result<std::string> read_secret(Folder& folder, const std::string& name) {
  const std::unique_ptr<File> file = TRY(folder.open(name, Access::read));
  const FileInfo info = TRY(file->info());
  if ((info.mode & kOthers) != 0) {
    return Status(Code::io, "others than its owner may use the token file " + name +
                                "; chmod 600 it, or remove it for new tokens");
  }
  std::string text(kMaxFileBytes, '\0');
  text.resize(TRY(file->read_at(0, text.data(), text.size())));
  return text;
}

}  // namespace

std::string_view scope_name(Scope scope) {
  constexpr std::array<std::string_view, 4> kNames = {"none", "read", "write", "admin"};
  return kNames.at(static_cast<std::size_t>(scope));
}

std::string random_token(Fs& fs) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t random = fs.random();
    bytes.append(reinterpret_cast<const char*>(&random), sizeof random);
  }
  return base64url_encode(bytes);
}

Result<std::unique_ptr<Tokens>> Tokens::open(Fs& fs, const std::string& folder,
                                             const std::string& name) {
  const std::unique_ptr<Folder> place = TRY(fs.open_folder(folder, /*create=*/true));
  std::unique_ptr<Tokens> tokens(new Tokens(fs));
  Result<std::string> text = read_secret(*place, name);
  if (!text.ok() && text.status().code() == Code::not_found) {
    std::string made;
    for (const std::string_view kind : {"read", "write", "admin", "browser"}) {
      made += std::string(kind) + " " + random_token(fs) + "\n";
    }
    const std::unique_ptr<AtomicFile> file = TRY(create_new_file(folder + "/" + name));
    CHECK_OK(file->write(made));
    const Status committed = file->commit();
    // Another server may have been faster: then its tokens count.
    if (!committed.ok() && committed.code() != Code::conflict) return committed;
    text = read_secret(*place, name);
  }
  if (!text.ok()) return text.status();
  CHECK_OK(tokens->read(*text).within(folder + "/" + name));
  return tokens;
}

Status Tokens::read(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t space = line.find(' ');
    const std::string_view word = line.substr(0, space);
    const std::string_view token =
        space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
    if (token.size() < 16)
      return {Code::invalid, "a line needs a scope and a token, 16 bytes long"};
    if (word == "browser") {
      browser_ = token;
      add(Scope::admin, token);
    } else if (scope_named(word) != Scope::none) {
      add(scope_named(word), token);
    } else {
      return {Code::invalid, "a scope is read, write, admin or browser"};
    }
  }
  if (browser_.empty()) browser_ = random_token(fs_);
  add(Scope::admin, browser_);
  return {};
}

void Tokens::add(Scope scope, std::string_view token) { known_.push_back({scope, sha256(token)}); }

Scope Tokens::scope_of(std::string_view token) const {
  const Sha256 digest = sha256(token);
  Scope scope = Scope::none;
  for (const Known& known : known_) {
    if (equal(known.digest, digest)) scope = std::max(scope, known.scope);
  }
  return scope;
}

std::string Tokens::issue_login() {
  std::string token = random_token(fs_);
  const std::lock_guard guard(mutex_);
  if (logins_.size() >= kMaxLogins) logins_.erase(logins_.begin());
  logins_.push_back({sha256(token), fs_.monotonic_ns()});
  return token;
}

bool Tokens::redeem_login(std::string_view token) {
  const Sha256 digest = sha256(token);
  const std::int64_t now_ns = fs_.monotonic_ns();
  const std::lock_guard guard(mutex_);
  for (auto login = logins_.begin(); login != logins_.end(); ++login) {
    if (!equal(login->digest, digest)) continue;
    const bool in_time = now_ns - login->issued_ns <= kLoginLife_ns;
    logins_.erase(login);
    return in_time;
  }
  return false;
}

}  // namespace everturn::server
