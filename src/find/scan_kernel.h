// SPDX-License-Identifier: Apache-2.0
// The inner loop of the byte scan, for vectors of N bytes. Includes nothing whose inline functions
// others share: one of its users is compiled for processors with AVX2.
#ifndef EVERTURN_FIND_SCAN_KERNEL_H_
#define EVERTURN_FIND_SCAN_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace everturn {

// A byte of the anchor at this offset, in its two cases.
struct Probe {
  std::size_t offset = 0;
  unsigned char one = 0;
  unsigned char other = 0;
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

// The first stop in bytes[from, size), or where the scan had to leave off: less than a vector and
// the reach before the end.
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
void load(const char* from, typename Vector<N>::Bytes& bytes) {
  std::memcpy(&bytes, from, N);
}

// One bit a byte, its highest.
template <std::size_t N>
std::uint32_t high_bits(const typename Vector<N>::Bytes& bytes) {
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

template <std::size_t N>
ScanStop scan_vectors(const char* bytes, std::size_t from, std::size_t size, const ScanPlan& plan) {
  using Bytes = typename Vector<N>::Bytes;
  const Probe first = plan.first;
  const Probe second = plan.second;
  std::size_t at = from;
  while (at + plan.reach + N <= size) {
    Bytes here;
    load<N>(bytes + at, here);
    Bytes next;
    load<N>(bytes + at + 1, next);
    Bytes one;
    load<N>(bytes + at + first.offset, one);
    Bytes two;
    load<N>(bytes + at + second.offset, two);
    Bytes stops = reinterpret_cast<Bytes>(((one == first.one) | (one == first.other)) &
                                          ((two == second.one) | (two == second.other)));
    stops |= reinterpret_cast<Bytes>((here == '\\') & (next == 'u'));
    if (plan.pairs > 0 && high_bits<N>(here) != 0) {
      for (std::size_t i = 0; i < plan.pairs; ++i) {
        stops |= reinterpret_cast<Bytes>((here == plan.pair_lead[i]) & (next == plan.pair_next[i]));
      }
    }
    const std::uint32_t bits = high_bits<N>(stops);
    if (bits != 0) return {at + static_cast<std::size_t>(__builtin_ctz(bits)), true};
    at += N;
  }
  return {at, false};
}

}  // namespace
}  // namespace everturn

#endif  // EVERTURN_FIND_SCAN_KERNEL_H_
