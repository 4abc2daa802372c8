// The loops of int8_block.h, for every instruction set.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "backends/cpu/int8_block.h"
#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/int8_simd.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using I16 = hn::ScalableTag<std::int16_t>;
using I32 = hn::ScalableTag<std::int32_t>;
using VI16 = hn::Vec<I16>;
using VI32 = hn::Vec<I32>;

// sum + a[2i] * b[2i] + a[2i + 1] * b[2i + 1]
HWY_INLINE VI32 AddPairs(VI16 a, VI16 b, VI32 sum) {
  const I32 d;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  VI32 unused = hn::Zero(d);
  return hn::ReorderWidenMulAccumulate(d, a, b, sum, unused);
#else
  VI32 odd = hn::Zero(d);
  const VI32 even = hn::ReorderWidenMulAccumulate(d, a, b, hn::Zero(d), odd);
  return hn::Add(sum, hn::RearrangeToOddPlusEven(even, odd));
#endif
}

// A pair of elements in all places.
HWY_INLINE VI16 Pair(const std::int16_t* a) {
  std::int32_t both;
  std::memcpy(&both, a, sizeof(both));
  return hn::BitCast(I16(), hn::Set(I32(), both));
}

struct Accumulators {
  std::int32_t* acc;
  std::size_t stride;
  bool first;
  HWY_INLINE void operator()(std::size_t row, VI32 left, VI32 right) const {
    const I32 d;
    std::int32_t* at = acc + row * stride;
    if (!first) {
      left = hn::Add(left, hn::LoadU(d, at));
      right = hn::Add(right, hn::LoadU(d, at + hn::Lanes(d)));
    }
    hn::StoreU(left, d, at);
    hn::StoreU(right, d, at + hn::Lanes(d));
  }
};

template <int kRows>
HWY_INLINE void Tile(const std::int16_t* HWY_RESTRICT a, std::size_t stride, const std::int16_t* HWY_RESTRICT b,
                     std::size_t pairs, const Accumulators& out) {
  const I16 d;
  const std::size_t lanes = hn::Lanes(d);
  const VI32 zero = hn::Zero(I32());
  VI32 c00 = zero, c01 = zero, c10 = zero, c11 = zero, c20 = zero, c21 = zero;
  VI32 c30 = zero, c31 = zero, c40 = zero, c41 = zero, c50 = zero, c51 = zero;
  for (std::size_t k = 0; k < pairs; ++k, a += 2, b += 2 * lanes) {
    const VI16 b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + lanes);
    const VI16 a0 = Pair(a);
    c00 = AddPairs(a0, b0, c00);
    c01 = AddPairs(a0, b1, c01);
    if constexpr (kRows > 1) {
      const VI16 a1 = Pair(a + stride);
      c10 = AddPairs(a1, b0, c10);
      c11 = AddPairs(a1, b1, c11);
    }
    if constexpr (kRows > 2) {
      const VI16 a2 = Pair(a + 2 * stride);
      c20 = AddPairs(a2, b0, c20);
      c21 = AddPairs(a2, b1, c21);
    }
    if constexpr (kRows > 3) {
      const VI16 a3 = Pair(a + 3 * stride);
      c30 = AddPairs(a3, b0, c30);
      c31 = AddPairs(a3, b1, c31);
    }
    if constexpr (kRows > 4) {
      const VI16 a4 = Pair(a + 4 * stride);
      c40 = AddPairs(a4, b0, c40);
      c41 = AddPairs(a4, b1, c41);
    }
    if constexpr (kRows > 5) {
      const VI16 a5 = Pair(a + 5 * stride);
      c50 = AddPairs(a5, b0, c50);
      c51 = AddPairs(a5, b1, c51);
    }
  }
  out(0, c00, c01);
  if constexpr (kRows > 1) out(1, c10, c11);
  if constexpr (kRows > 2) out(2, c20, c21);
  if constexpr (kRows > 3) out(3, c30, c31);
  if constexpr (kRows > 4) out(4, c40, c41);
  if constexpr (kRows > 5) out(5, c50, c51);
}

void MultiplyInt8(const std::int16_t* a, std::size_t rows, std::size_t a_stride, const std::int16_t* panel, std::size_t pairs,
                  bool first, std::int32_t* acc, std::size_t stride) {
  std::size_t r = 0;
  const auto at = [&](std::size_t row) { return Accumulators{acc + row * stride, stride, first}; };
  for (; r + 6 <= rows; r += 6) Tile<6>(a + r * a_stride, a_stride, panel, pairs, at(r));
  a += r * a_stride;
  switch (rows - r) {
    case 1:
      return Tile<1>(a, a_stride, panel, pairs, at(r));
    case 2:
      return Tile<2>(a, a_stride, panel, pairs, at(r));
    case 3:
      return Tile<3>(a, a_stride, panel, pairs, at(r));
    case 4:
      return Tile<4>(a, a_stride, panel, pairs, at(r));
    case 5:
      return Tile<5>(a, a_stride, panel, pairs, at(r));
    default:
      return;
  }
}

// put(i, v) for every whole vector of rescaled sums, put_one(i, v) for the rest.
template <class Put, class PutOne>
HWY_INLINE void EachRescaled(const std::int32_t* acc, std::size_t n, float scale, const float* factor, const float* bias,
                             const Put& put, const PutOne& put_one) {
  const hn::ScalableTag<float> d;
  const auto common = hn::Set(d, scale);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    auto v = hn::Mul(hn::ConvertTo(d, hn::LoadU(I32(), acc + i)), hn::Mul(common, hn::LoadU(d, factor + i)));
    if (bias != nullptr) v = hn::Add(v, hn::LoadU(d, bias + i));
    put(i, v);
  }
  for (; i < n; ++i) put_one(i, static_cast<float>(acc[i]) * (scale * factor[i]) + (bias == nullptr ? 0.0f : bias[i]));
}

void Rescale(const std::int32_t* acc, std::size_t n, float scale, const float* factor, const float* bias, float* y) {
  const hn::ScalableTag<float> d;
  EachRescaled(
      acc, n, scale, factor, bias, [&](std::size_t i, auto v) HWY_ATTR { hn::StoreU(v, d, y + i); },
      [&](std::size_t i, float v) HWY_ATTR { y[i] = v; });
}

template <class T>
void RequantizeTo(const std::int32_t* acc, std::size_t n, float scale, const float* factor, const float* bias, const ToByte& to,
                  T* y) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<T, decltype(d)> db;
  const auto inverse = hn::Set(d, to.inverse), low = hn::Set(d, to.low), high = hn::Set(d, to.high);
  const auto zero = hn::Set(I32(), to.zero);
  EachRescaled(
      acc, n, scale, factor, bias,
      [&](std::size_t i, auto v) HWY_ATTR {
        const auto q = hn::Min(hn::Max(hn::Mul(v, inverse), low), high);
        hn::StoreU(hn::DemoteTo(db, hn::Add(hn::NearestInt(q), zero)), db, y + i);
      },
      [&](std::size_t i, float v) HWY_ATTR {
        const float q = v * to.inverse;
        y[i] = static_cast<T>(static_cast<int>(std::nearbyint(q > to.low ? std::min(q, to.high) : to.low)) + to.zero);
      });
}

void RequantizeInt8(const std::int32_t* acc, std::size_t n, float scale, const float* factor, const float* bias, const ToByte& to,
                    void* y) {
  to.is_signed ? RequantizeTo(acc, n, scale, factor, bias, to, static_cast<std::int8_t*>(y))
               : RequantizeTo(acc, n, scale, factor, bias, to, static_cast<std::uint8_t*>(y));
}

Int8Functions FindInt8() { return {2 * hn::Lanes(I32()), MultiplyInt8, Rescale, RequantizeInt8}; }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindInt8);

Int8Functions int8_functions() { return HWY_DYNAMIC_POINTER(FindInt8)(); }

}  // namespace onnxrun::cpu
#endif
