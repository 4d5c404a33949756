// SPDX-License-Identifier: Apache-2.0
// Who may do what. Tokens are random, lie in a file that only its user can read, and are compared
// in a time that does not depend on them. Any number of threads.
#ifndef EVERTURN_SERVER_TOKENS_H_
#define EVERTURN_SERVER_TOKENS_H_

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "everturn/status.h"
#include "fs/fs.h"

namespace everturn::server {

// Each includes the ones before it.
enum class Scope : std::uint8_t { none, read, write, admin };
std::string_view scope_name(Scope scope);

class Tokens {
 public:
  // The tokens in the file `name` of `folder`, lines of a scope and a token; the file is made, and
  // the folder with it, where it is missing. `io` where others may read it: it is no secret then.
  static Result<std::unique_ptr<Tokens>> open(Fs& fs, const std::string& folder,
                                              const std::string& name);

  // Of what an Authorization header or a cookie brings.
  [[nodiscard]] Scope scope_of(std::string_view token) const;
  // What a browser gets as its cookie. It allows everything.
  [[nodiscard]] const std::string& browser_token() const { return browser_; }
  // A token for one login: for a URL that may stay in a history.
  std::string issue_login();
  // True once for each that was issued, and not after ten minutes.
  bool redeem_login(std::string_view token);

 private:
  struct Known {
    Scope scope = Scope::none;
    Sha256 digest{};
  };
  struct Login {
    Sha256 digest{};
    std::int64_t issued_ns = 0;
  };
  explicit Tokens(Fs& fs) : fs_(fs) {}
  void add(Scope scope, std::string_view token);
  Status read(std::string_view text);

  Fs& fs_;
  std::vector<Known> known_;
  std::string browser_;
  std::mutex mutex_;
  std::vector<Login> logins_;
};

// 32 random bytes, as base64url.
std::string random_token(Fs& fs);

}  // namespace everturn::server

#endif  // EVERTURN_SERVER_TOKENS_H_
