// The loops of nbits_block.h, for every instruction set.
#include <algorithm>

#include "backends/cpu/nbits_block.h"
#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/nbits_simd.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

using CodesTag = hn::Rebind<std::uint8_t, F32>;
using WideTag = hn::RebindToSigned<F32>;

// Four rows at most: sums, weights, scales and zeros then fit in the registers of AVX2.
template <int kRows, bool kHalves>
void TileOfCodes(const float* HWY_RESTRICT a, const NBitsPanel& p, float* HWY_RESTRICT y, std::size_t stride) {
  const F32 d;
  const WideTag di;
  const CodesTag dc;
  const std::size_t lanes = hn::Lanes(d), row_bytes = kHalves ? lanes : 2 * lanes;
  VF32 c00 = hn::Zero(d), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  const std::uint8_t* codes = p.codes;
  for (std::size_t first = 0; first < p.depth; first += p.block) {
    const std::size_t at = first / p.block * 2 * lanes, end = std::min(first + p.block, p.depth);
    const VF32 s0 = hn::LoadU(d, p.scales + at), s1 = hn::LoadU(d, p.scales + at + lanes);
    const VF32 z0 = hn::LoadU(d, p.zeros + at), z1 = hn::LoadU(d, p.zeros + at + lanes);
    for (std::size_t k = first; k < end; ++k, codes += row_bytes) {
      const auto low = hn::PromoteTo(di, hn::LoadU(dc, codes));
      const auto left = kHalves ? hn::And(low, hn::Set(di, 15)) : low;
      const auto right = kHalves ? hn::ShiftRight<4>(low) : hn::PromoteTo(di, hn::LoadU(dc, codes + (kHalves ? 0 : lanes)));
      const VF32 b0 = hn::Mul(hn::Sub(hn::ConvertTo(d, left), z0), s0), b1 = hn::Mul(hn::Sub(hn::ConvertTo(d, right), z1), s1);
      const VF32 a0 = hn::Set(d, a[k]);
      c00 = hn::MulAdd(a0, b0, c00);
      c01 = hn::MulAdd(a0, b1, c01);
      if constexpr (kRows > 1) {
        const VF32 a1 = hn::Set(d, a[k + p.depth]);
        c10 = hn::MulAdd(a1, b0, c10);
        c11 = hn::MulAdd(a1, b1, c11);
      }
      if constexpr (kRows > 2) {
        const VF32 a2 = hn::Set(d, a[k + 2 * p.depth]);
        c20 = hn::MulAdd(a2, b0, c20);
        c21 = hn::MulAdd(a2, b1, c21);
      }
      if constexpr (kRows > 3) {
        const VF32 a3 = hn::Set(d, a[k + 3 * p.depth]);
        c30 = hn::MulAdd(a3, b0, c30);
        c31 = hn::MulAdd(a3, b1, c31);
      }
    }
  }
  const auto put = [&](std::size_t row, VF32 left, VF32 right) HWY_ATTR {
    hn::StoreU(left, d, y + row * stride);
    hn::StoreU(right, d, y + row * stride + lanes);
  };
  put(0, c00, c01);
  if constexpr (kRows > 1) put(1, c10, c11);
  if constexpr (kRows > 2) put(2, c20, c21);
  if constexpr (kRows > 3) put(3, c30, c31);
}

template <bool kHalves>
void MultiplyCodes(const float* a, std::size_t rows, const NBitsPanel& p, float* y, std::size_t stride) {
  std::size_t r = 0;
  for (; r + 4 <= rows; r += 4) TileOfCodes<4, kHalves>(a + r * p.depth, p, y + r * stride, stride);
  a += r * p.depth;
  y += r * stride;
  switch (rows - r) {
    case 1:
      return TileOfCodes<1, kHalves>(a, p, y, stride);
    case 2:
      return TileOfCodes<2, kHalves>(a, p, y, stride);
    case 3:
      return TileOfCodes<3, kHalves>(a, p, y, stride);
    default:
      return;
  }
}

void MultiplyNBits(const float* a, std::size_t rows, const NBitsPanel& p, float* y, std::size_t stride) {
  p.halves ? MultiplyCodes<true>(a, rows, p, y, stride) : MultiplyCodes<false>(a, rows, p, y, stride);
}

NBitsFunctions FindNBits() { return {TileColumns(), MultiplyNBits}; }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindNBits);

NBitsFunctions nbits_functions() { return HWY_DYNAMIC_POINTER(FindNBits)(); }

}  // namespace onnxrun::cpu
#endif
