// SPDX-License-Identifier: Apache-2.0
// Each kind has four bytes that its secrets hold at a known place; a table of two-byte blocks (Wu
// and Manber) skips up to three bytes at a time to where they may stand, and only there is looked
// closer.
#include "views/secrets.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/digest.h"

namespace everturn {
namespace {

using std::string_view;
constexpr std::size_t kTellTale = 4;

enum Class : std::uint8_t { kUpperDigit = 1, kAlnum = 2, kWord = 4, kHex = 8 };

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (int c = '0'; c <= '9'; ++c) classes.at(c) = kUpperDigit | kAlnum | kWord | kHex;
  for (int c = 'A'; c <= 'Z'; ++c) classes.at(c) = kUpperDigit | kAlnum | kWord;
  for (int c = 'a'; c <= 'z'; ++c) classes.at(c) = kAlnum | kWord;
  for (int c = 'a'; c <= 'f'; ++c) classes.at(c) |= kHex;
  classes['_'] = classes['-'] = kWord;
  return classes;
}();

bool is(char c, std::uint8_t classes) {
  return (kClasses[static_cast<unsigned char>(c)] & classes) != 0;
}

std::size_t run_end(string_view text, std::size_t at, std::uint8_t classes) {
  while (at < text.size() && is(text[at], classes)) ++at;
  return at;
}

// A word begins at `at`: what stands before is no part of it, but may be an escape such as \n.
bool begins_word(string_view text, std::size_t at) {
  if (at == 0) return true;
  const char before = text[at - 1];
  if (at > 1 && text[at - 2] == '\\' && (before == 'n' || before == 't' || before == 'r')) {
    return true;
  }
  return !is(before, kWord) && before != '/' && before != '+';
}

// Not a placeholder such as "xxxxxxxx".
bool is_varied(string_view secret) {
  constexpr int kLeast = 8;
  std::array<bool, 256> seen{};
  int different = 0;
  for (const char c : secret) {
    bool& is_seen = seen.at(static_cast<unsigned char>(c));
    different += is_seen ? 0 : 1;
    is_seen = true;
  }
  return different >= kLeast && !secret.ends_with("EXAMPLE");
}

// A secret that begins with `prefix` and goes on with enough characters of its classes.
struct Form {
  string_view tell_tale;  // its first four bytes
  string_view prefix;     // all that it begins with; the word begins `skip` bytes in
  std::uint8_t classes;
  std::size_t least;  // characters behind the prefix
  std::size_t most;
  SecretKind kind;
  std::size_t skip = 0;
};

constexpr std::size_t kAny = 400;
constexpr std::array kForms = {
    Form{"sk-a", "sk-ant-", kWord, 20, kAny, SecretKind::anthropic_key},
    Form{"sk-o", "sk-or-v1-", kHex, 40, kAny, SecretKind::openrouter_key},
    Form{"AKIA", "AKIA", kUpperDigit, 16, 16, SecretKind::aws_access_key},
    Form{"ASIA", "ASIA", kUpperDigit, 16, 16, SecretKind::aws_access_key},
    Form{"ghp_", "ghp_", kAlnum, 36, kAny, SecretKind::github_token},
    Form{"gho_", "gho_", kAlnum, 36, kAny, SecretKind::github_token},
    Form{"ghu_", "ghu_", kAlnum, 36, kAny, SecretKind::github_token},
    Form{"ghs_", "ghs_", kAlnum, 36, kAny, SecretKind::github_token},
    Form{"ghr_", "ghr_", kAlnum, 36, kAny, SecretKind::github_token},
    Form{"gith", "github_pat_", kWord, 40, kAny, SecretKind::github_token},
    Form{"glpa", "glpat-", kWord, 20, kAny, SecretKind::gitlab_token},
    Form{"xoxb", "xoxb-", kWord, 20, kAny, SecretKind::slack_token},
    Form{"xoxp", "xoxp-", kWord, 20, kAny, SecretKind::slack_token},
    Form{"xoxa", "xoxa-", kWord, 20, kAny, SecretKind::slack_token},
    Form{"xoxs", "xoxs-", kWord, 20, kAny, SecretKind::slack_token},
    Form{"AIza", "AIza", kWord, 35, 35, SecretKind::google_api_key},
    Form{"sk_l", "sk_live_", kAlnum, 20, kAny, SecretKind::stripe_key},
    Form{"rk_l", "rk_live_", kAlnum, 20, kAny, SecretKind::stripe_key},
    Form{"\"hf_", "\"hf_", kAlnum, 34, 40, SecretKind::hugging_face_token, 1},
    Form{"=hf_", "=hf_", kAlnum, 34, 40, SecretKind::hugging_face_token, 1},
    Form{" hf_", " hf_", kAlnum, 34, 40, SecretKind::hugging_face_token, 1},
    Form{"'hf_", "'hf_", kAlnum, 34, 40, SecretKind::hugging_face_token, 1},
    Form{"nhf_", "nhf_", kAlnum, 34, 40, SecretKind::hugging_face_token, 1},  // behind a \n
    Form{"npm_", "npm_", kAlnum, 36, 36, SecretKind::npm_token},
};
// Where secrets are known by something in their middle.
constexpr std::array<string_view, 21> kMiddles = {
    "T3Bl", "PRIV", "eyJh", "eyJ0", "eyJr", "eyJ6", ":AAE", ":AAF", ":AAG", ":AAH", "s://",
    "p://", "l://", "b://", "v://", "q://", "d://", "a://", "n://", "t://", "m://"};

std::size_t block_of(char first, char second) {
  return static_cast<std::size_t>(static_cast<unsigned char>(first)) << 8U |
         static_cast<unsigned char>(second);
}

// How far the window of four bytes may move when it ends with this block; 0: look closer.
const std::array<std::uint8_t, 65536>& shifts() {
  static const auto& table = *[] {
    auto* made = new std::array<std::uint8_t, 65536>;
    made->fill(kTellTale - 1);
    const auto add = [made](string_view tell_tale) {
      for (std::size_t i = 0; i + 1 < kTellTale; ++i) {
        std::uint8_t& shift = made->at(block_of(tell_tale[i], tell_tale[i + 1]));
        shift = std::min(shift, static_cast<std::uint8_t>(kTellTale - 2 - i));
      }
    };
    for (const Form& form : kForms) add(form.tell_tale);
    for (const string_view middle : kMiddles) add(middle);
    return made;
  }();
  return table;
}

struct Found {
  SecretKind kind;
  std::size_t begin;
  std::size_t end;
};

std::optional<Found> by_form(string_view text, std::size_t at) {
  for (const Form& form : kForms) {
    if (!text.substr(at).starts_with(form.prefix)) continue;
    if (form.skip == 0 && !begins_word(text, at)) continue;
    const bool is_escape = form.prefix.front() == 'n' && form.skip == 1;
    if (is_escape && (at == 0 || text[at - 1] != '\\')) continue;
    const std::size_t begin = at + form.skip;
    const std::size_t end = run_end(text, at + form.prefix.size(), form.classes);
    const std::size_t length = end - at - form.prefix.size();
    const bool ends_word = end == text.size() || !is(text[end], kWord);
    if (length >= form.least && length <= form.most && ends_word) {
      return Found{form.kind, begin, end};
    }
  }
  return std::nullopt;
}

// sk-...T3BlbkFJ...
std::optional<Found> openai_key(string_view text, std::size_t at) {
  constexpr std::size_t kLeast = 40;
  if (!text.substr(at).starts_with("T3BlbkFJ")) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && at - begin < kAny && is(text[begin - 1], kWord)) --begin;
  // The letter of an escape such as \n is not part of it.
  if (begin > 0 && text[begin - 1] == '\\') ++begin;
  const std::size_t end = run_end(text, at, kWord);
  const bool fits = text.substr(begin).starts_with("sk-") && end - begin >= kLeast;
  return fits ? std::optional(Found{SecretKind::openai_key, begin, end}) : std::nullopt;
}

// -----BEGIN RSA PRIVATE KEY----- and what follows it.
std::optional<Found> private_key(string_view text, std::size_t at) {
  constexpr std::size_t kBefore = 32;
  constexpr std::size_t kBody = 64;
  constexpr string_view kMark = "PRIVATE KEY-----";
  if (!text.substr(at).starts_with(kMark)) return std::nullopt;
  const std::size_t from = at - std::min(at, kBefore);
  if (text.substr(from, at - from).find("-----BEGIN ") == string_view::npos) return std::nullopt;
  const std::size_t end = std::min(at + kMark.size() + kBody, text.size());
  return Found{SecretKind::private_key, at, end};
}

// eyJ....eyJ....signature
std::optional<Found> web_token(string_view text, std::size_t at) {
  constexpr std::size_t kLeast = 10;
  if (!text.substr(at).starts_with("eyJ") || !begins_word(text, at)) return std::nullopt;
  const std::size_t head = run_end(text, at, kWord);
  if (head - at < kLeast || !text.substr(head).starts_with(".eyJ")) return std::nullopt;
  const std::size_t body = run_end(text, head + 1, kWord);
  if (body == text.size() || text[body] != '.') return std::nullopt;
  const std::size_t end = run_end(text, body + 1, kWord);
  if (end - body <= kLeast) return std::nullopt;
  return Found{SecretKind::web_token, at, end};
}

// 123456789:AAE...
std::optional<Found> telegram_token(string_view text, std::size_t at) {
  constexpr std::size_t kSecretLength = 35;
  if (!text.substr(at).starts_with(":AA")) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  const std::size_t digits = at - begin;
  const std::size_t end = run_end(text, at + 1, kWord);
  if (digits < 8 || digits > 10 || end - at - 1 != kSecretLength) return std::nullopt;
  return Found{SecretKind::telegram_bot_token, begin, end};
}

bool is_placeholder(string_view password) {
  constexpr std::array<string_view, 9> kPlaceholders = {
      "password", "pass", "pwd", "secret", "xxx", "postgres", "test", "example", "user"};
  std::string lower;
  for (const char c : password) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return password.find_first_of("<>{}$*%[]()`\\") != string_view::npos ||
         std::find(kPlaceholders.begin(), kPlaceholders.end(), lower) != kPlaceholders.end();
}

// scheme://user:password@host
std::optional<Found> url_password(string_view text, std::size_t at) {
  constexpr std::size_t kScheme = 4;  // its last letter and "://"
  constexpr std::size_t kLongest = 128;
  if (text.substr(at + 1, 3) != "://") return std::nullopt;
  const string_view rest = text.substr(at + kScheme, kLongest);
  const string_view authority = rest.substr(0, rest.find_first_of("/ \"'\\,;?#\n"));
  const std::size_t sign = authority.rfind('@');
  const std::size_t colon = authority.find(':');
  if (sign == string_view::npos || colon == 0 || colon >= sign) return std::nullopt;
  const string_view password = authority.substr(colon + 1, sign - colon - 1);
  constexpr std::size_t kShortest = 4;
  if (password.size() < kShortest || is_placeholder(password)) return std::nullopt;
  const std::size_t begin = at + kScheme;
  return Found{SecretKind::url_password, begin, begin + sign};
}

std::optional<Found> find_at(string_view text, std::size_t at) {
  for (const auto look :
       {by_form, openai_key, private_key, web_token, telegram_token, url_password}) {
    if (const std::optional<Found> found = look(text, at)) return found;
  }
  return std::nullopt;
}

struct KindText {
  string_view name;
  string_view title;
};
constexpr std::array<KindText, kSecretKinds> kTexts = {
    {{"openai_key", "OpenAI key"},
     {"anthropic_key", "Anthropic key"},
     {"openrouter_key", "OpenRouter key"},
     {"aws_access_key", "AWS access key"},
     {"github_token", "GitHub token"},
     {"gitlab_token", "GitLab token"},
     {"slack_token", "Slack token"},
     {"google_api_key", "Google API key"},
     {"stripe_key", "Stripe key"},
     {"hugging_face_token", "Hugging Face token"},
     {"npm_token", "npm token"},
     {"telegram_bot_token", "Telegram bot token"},
     {"web_token", "JSON web token"},
     {"private_key", "private key"},
     {"url_password", "password in a URL"}}};

}  // namespace

string_view secret_kind_name(SecretKind kind) {
  return kTexts.at(static_cast<std::size_t>(kind)).name;
}

string_view secret_kind_title(SecretKind kind) {
  return kTexts.at(static_cast<std::size_t>(kind)).title;
}

namespace {

// Tells the secret whose tell-tale four bytes begin at `at`; returns where to go on.
template <class Tell>
std::size_t verify(string_view text, std::size_t at, const Tell& tell) {
  const std::optional<Found> found = find_at(text, at);
  if (!found) return at + 1;
  const string_view secret = text.substr(found->begin, found->end - found->begin);
  const bool has_form = found->kind != SecretKind::url_password;
  if (has_form && !is_varied(secret)) return at + 1;
  tell(*found);
  return std::max(found->end, at + 1);
}

template <class Tell>
void scan(string_view text, const Tell& tell) {
  const auto& table = shifts();
  std::size_t at = 0;  // where the window begins
  while (at + kTellTale <= text.size()) {
    const std::uint8_t shift = table[block_of(text[at + 2], text[at + 3])];
    at = shift == 0 ? verify(text, at, tell) : at + shift;
  }
}

}  // namespace

void SecretCounter::look(std::string_view text) {
  scan(text, [&](const Found& found) {
    const auto kind = static_cast<std::size_t>(found.kind);
    ++places_.at(kind);
    secrets_.at(kind).insert(hash64(text.substr(found.begin, found.end - found.begin)));
  });
}

void find_secrets(std::string_view text, const SecretFound& found) {
  scan(text, [&found](const Found& one) { found(one.kind, one.begin, one.end); });
}

}  // namespace everturn
