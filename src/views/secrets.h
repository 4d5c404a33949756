// SPDX-License-Identifier: Apache-2.0
// Counts what looks like a secret in a transcript: keys and tokens with a form of their own. The
// secrets themselves are neither kept nor told, only how many there are. One thread.
#ifndef EVERTURN_VIEWS_SECRETS_H_
#define EVERTURN_VIEWS_SECRETS_H_

#include <array>
#include <cstddef>
#include <cstdint>
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
  // Counts the secret whose tell-tale four bytes begin at `at`; returns where to go on.
  std::size_t verify(std::string_view text, std::size_t at);

  std::array<std::unordered_set<std::uint64_t>, kSecretKinds> secrets_;  // their hashes
  std::array<std::uint64_t, kSecretKinds> places_{};
};

}  // namespace everturn

#endif  // EVERTURN_VIEWS_SECRETS_H_
