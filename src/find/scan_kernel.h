// SPDX-License-Identifier: Apache-2.0
// The inner loop of the byte scan, for vectors of N bytes. Includes nothing whose inline functions
// others share: one of its users is compiled for processors with AVX2.
#ifndef EVERTURN_FIND_SCAN_KERNEL_H_
#define EVERTURN_FIND_SCAN_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace everturn {

// Fits where the byte at this offset is `byte`, whatever bits of it are ignored.
struct Probe {
  std::size_t offset = 0;
  unsigned char byte = 0;  // with the ignored bits set
  unsigned char ignored = 0;
};

// What the scan stops at: where both probes fit; in front of \u; at the first two bytes of a
// character that needs a closer look.
struct ScanPlan {
  static constexpr std::size_t kPairsMax = 4;
  Probe first;
  Probe second;
  std::size_t reach = 1;  // the farthest offset looked at
  std::size_t pairs = 0;
  unsigned char pair_lead[kPairsMax] = {};
  unsigned char pair_next[kPairsMax] = {};
};

// The first stop in bytes[from, size), or where the scan had to leave off: less than two vectors
// and the reach before the end.
struct ScanStop {
  std::size_t offset = 0;
  bool found = false;
};

ScanStop scan_16(const char* bytes, std::size_t from, std::size_t size, const ScanPlan& plan);
// Null where the processor, or the build, has no AVX2.
using ScanFunction = ScanStop (*)(const char* bytes, std::size_t from, std::size_t size,
                                  const ScanPlan& plan);
ScanFunction scan_32();

namespace {

template <std::size_t N>
struct Vector;
template <>
struct Vector<16> {
  using Bytes = unsigned char __attribute__((vector_size(16)));
  using Chars = char __attribute__((vector_size(16)));
};
template <>
struct Vector<32> {
  using Bytes = unsigned char __attribute__((vector_size(32)));
  using Chars = char __attribute__((vector_size(32)));
};

template <std::size_t N>
[[gnu::always_inline]] inline void load(const char* from, typename Vector<N>::Bytes& bytes) {
  std::memcpy(&bytes, from, N);
}

// One bit a byte, its highest.
template <std::size_t N>
[[gnu::always_inline]] inline std::uint32_t high_bits(const typename Vector<N>::Bytes& bytes) {
#if defined(__AVX2__)
  if constexpr (N == 32) {
    return static_cast<std::uint32_t>(
        __builtin_ia32_pmovmskb256(reinterpret_cast<const typename Vector<N>::Chars&>(bytes)));
  }
#endif
#if defined(__SSE2__)
  if constexpr (N == 16) {
    return static_cast<std::uint32_t>(
        __builtin_ia32_pmovmskb128(reinterpret_cast<const typename Vector<N>::Chars&>(bytes)));
  }
#endif
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < N; ++i) bits |= static_cast<std::uint32_t>(bytes[i] >> 7U) << i;
  return bits;
}

// Marks the stops among the N bytes at `at`; `special` collects what may begin a pair.
template <std::size_t N>
[[gnu::always_inline]] inline void mark_stops(const char* at, const ScanPlan& plan,
                                              typename Vector<N>::Bytes& stops,
                                              typename Vector<N>::Bytes& special) {
  using Bytes = typename Vector<N>::Bytes;
  Bytes here;
  Bytes next;
  Bytes one;
  Bytes two;
  load<N>(at, here);
  load<N>(at + 1, next);
  load<N>(at + plan.first.offset, one);
  load<N>(at + plan.second.offset, two);
  stops = reinterpret_cast<Bytes>(((one | plan.first.ignored) == plan.first.byte) &
                                  ((two | plan.second.ignored) == plan.second.byte));
  stops |= reinterpret_cast<Bytes>((here == '\\') & (next == 'u'));
  special |= here;
}

template <std::size_t N>
void mark_pairs(const char* at, const ScanPlan& plan, typename Vector<N>::Bytes& stops) {
  using Bytes = typename Vector<N>::Bytes;
  Bytes here;
  Bytes next;
  load<N>(at, here);
  load<N>(at + 1, next);
  for (std::size_t i = 0; i < plan.pairs; ++i) {
    stops |= reinterpret_cast<Bytes>((here == plan.pair_lead[i]) & (next == plan.pair_next[i]));
  }
}

template <std::size_t N>
ScanStop scan_vectors(const char* bytes, std::size_t from, std::size_t size,
                      const ScanPlan& given) {
  using Bytes = typename Vector<N>::Bytes;
  const ScanPlan plan = given;
  std::size_t at = from;
  // Two vectors at a time: what is seldom there is looked for once.
  while (at + plan.reach + 2 * N <= size) {
    Bytes first;
    Bytes second;
    Bytes special = {};
    mark_stops<N>(bytes + at, plan, first, special);
    mark_stops<N>(bytes + at + N, plan, second, special);
    if (plan.pairs > 0 && high_bits<N>(special) != 0) {
      mark_pairs<N>(bytes + at, plan, first);
      mark_pairs<N>(bytes + at + N, plan, second);
    }
    if (high_bits<N>(first | second) != 0) {
      const std::uint64_t bits =
          high_bits<N>(first) | static_cast<std::uint64_t>(high_bits<N>(second)) << N;
      return {at + static_cast<std::size_t>(__builtin_ctzll(bits)), true};
    }
    at += 2 * N;
  }
  return {at, false};
}

}  // namespace
}  // namespace everturn

#endif  // EVERTURN_FIND_SCAN_KERNEL_H_
