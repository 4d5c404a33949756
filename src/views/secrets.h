// SPDX-License-Identifier: Apache-2.0
// Counts what looks like a secret in a transcript: keys and tokens with a form of their own. The
// secrets themselves are neither kept nor told, only how many there are. One thread.
#ifndef EVERTURN_VIEWS_SECRETS_H_
#define EVERTURN_VIEWS_SECRETS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_set>

namespace everturn {

enum class SecretKind : std::uint8_t {
  openai_key,
  anthropic_key,
  openrouter_key,
  aws_access_key,
  github_token,
  gitlab_token,
  slack_token,
  google_api_key,
  stripe_key,
  hugging_face_token,
  npm_token,
  telegram_bot_token,
  web_token,     // a JSON web token
  private_key,   // the first line of one
  url_password,  // scheme://user:password@host
};
inline constexpr std::size_t kSecretKinds = 15;
// "openai_key", and for people "OpenAI key".
std::string_view secret_kind_name(SecretKind kind);
std::string_view secret_kind_title(SecretKind kind);

// Calls `found` for each secret in `text`, in order, with where it stands. Of a private key that is
// its first line alone.
using SecretFound = std::function<void(SecretKind kind, std::size_t begin, std::size_t end)>;
void find_secrets(std::string_view text, const SecretFound& found);

class SecretCounter {
 public:
  // `text` is a record as it stands, escapes and all.
  void look(std::string_view text);

  // Different secrets, and the places where they stand.
  [[nodiscard]] std::uint64_t distinct(SecretKind kind) const {
    return secrets_[static_cast<std::size_t>(kind)].size();
  }
  [[nodiscard]] std::uint64_t places(SecretKind kind) const {
    return places_[static_cast<std::size_t>(kind)];
  }

 private:
  std::array<std::unordered_set<std::uint64_t>, kSecretKinds> secrets_;  // their hashes
  std::array<std::uint64_t, kSecretKinds> places_{};
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_SECRETS_H_
