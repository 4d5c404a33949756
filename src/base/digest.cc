// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <new>

namespace everturn {
namespace {

const unsigned char* as_unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void append_hex(std::string& text, std::uint64_t number, int bit_count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = bit_count - 4; shift >= 0; shift -= 4) {
    text += kDigits[(number >> shift) & 0xF];
  }
}

// Looked up once: that takes longer than hashing a key does.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

Digest128 hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

std::uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Sha256 sha256(std::string_view bytes) {
  const EVP_MD* const algorithm = sha256_algorithm();
  Sha256 digest{};
  // It fails for want of memory only.
  if (algorithm == nullptr ||
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm, nullptr) != 1) {
    throw std::bad_alloc();
  }
  return digest;
}

namespace {

// OpenSSL's side of a digest that is under way.
struct DigestContext {
  DigestContext() : context(EVP_MD_CTX_new()) {
    // It fails for lack of memory only.
    if (context == nullptr || EVP_DigestInit_ex(context, sha256_algorithm(), nullptr) != 1) {
      EVP_MD_CTX_free(context);
      throw std::bad_alloc();
    }
  }
  DigestContext(const DigestContext&) = delete;
  DigestContext& operator=(const DigestContext&) = delete;
  ~DigestContext() { EVP_MD_CTX_free(context); }
  EVP_MD_CTX* context;
};

}  // namespace

struct Sha256Stream::State : DigestContext {};
struct LineChain::State : DigestContext {};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::update(std::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

Sha256 Sha256Stream::digest() const {
  const State copy;
  Sha256 digest{};
  EVP_MD_CTX_copy_ex(copy.context, state_->context);
  EVP_DigestFinal_ex(copy.context, digest.data(), nullptr);
  return digest;
}

LineChain::LineChain(const Sha256& start) : state_(std::make_unique<State>()), head_(start) {}
LineChain::~LineChain() = default;
LineChain::LineChain(LineChain&&) noexcept = default;
LineChain& LineChain::operator=(LineChain&&) noexcept = default;

void LineChain::add(std::string_view line) {
  EVP_DigestInit_ex2(state_->context, nullptr, nullptr);  // anew, with what is there already
  EVP_DigestUpdate(state_->context, head_.data(), head_.size());
  EVP_DigestUpdate(state_->context, line.data(), line.size());
  EVP_DigestFinal_ex(state_->context, head_.data(), nullptr);
}

std::string hex(std::span<const unsigned char> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) append_hex(text, byte, 8);
  return text;
}

std::string hex(std::string_view bytes) {
  return hex(std::span<const unsigned char>(as_unsigned(bytes), bytes.size()));
}

std::string hex(const Digest128& digest) {
  std::string text;
  append_hex(text, digest.high, 64);
  append_hex(text, digest.low, 64);
  return text;
}

}  // namespace everturn
