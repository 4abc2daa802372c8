// Products of small matrices: tiles of six rows and two vectors of columns in registers, the right-hand side packed in panels.
#if defined(ONNXRUN_CPU_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ONNXRUN_CPU_TILE_INL_H_
#undef ONNXRUN_CPU_TILE_INL_H_
#else
#define ONNXRUN_CPU_TILE_INL_H_
#endif

#include <algorithm>

#include "backends/cpu/load-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

using F32 = hn::ScalableTag<float>;
using VF32 = hn::Vec<F32>;

// Columns of a tile of the product: two vectors. Packed right-hand sides are panels [depth][columns].
HWY_INLINE std::size_t TileColumns() { return 2 * hn::Lanes(F32()); }

// sink(r, left, right) for the kRows rows of a (rows `stride` apart) times one panel of b.
template <int kRows, class Sink>
HWY_INLINE void Tile(const float* HWY_RESTRICT a, std::size_t stride, const float* HWY_RESTRICT b, std::size_t depth,
                     const Sink& sink) {
  const F32 d;
  const std::size_t lanes = hn::Lanes(d);
  VF32 c00 = hn::Zero(d), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00;
  VF32 c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (std::size_t k = 0; k < depth; ++k) {
    const VF32 b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + lanes);
    b += 2 * lanes;
    const VF32 a0 = hn::Set(d, a[k]);
    c00 = hn::MulAdd(a0, b0, c00);
    c01 = hn::MulAdd(a0, b1, c01);
    if constexpr (kRows > 1) {
      const VF32 a1 = hn::Set(d, a[k + stride]);
      c10 = hn::MulAdd(a1, b0, c10);
      c11 = hn::MulAdd(a1, b1, c11);
    }
    if constexpr (kRows > 2) {
      const VF32 a2 = hn::Set(d, a[k + 2 * stride]);
      c20 = hn::MulAdd(a2, b0, c20);
      c21 = hn::MulAdd(a2, b1, c21);
    }
    if constexpr (kRows > 3) {
      const VF32 a3 = hn::Set(d, a[k + 3 * stride]);
      c30 = hn::MulAdd(a3, b0, c30);
      c31 = hn::MulAdd(a3, b1, c31);
    }
    if constexpr (kRows > 4) {
      const VF32 a4 = hn::Set(d, a[k + 4 * stride]);
      c40 = hn::MulAdd(a4, b0, c40);
      c41 = hn::MulAdd(a4, b1, c41);
    }
    if constexpr (kRows > 5) {
      const VF32 a5 = hn::Set(d, a[k + 5 * stride]);
      c50 = hn::MulAdd(a5, b0, c50);
      c51 = hn::MulAdd(a5, b1, c51);
    }
  }
  sink(0, c00, c01);
  if constexpr (kRows > 1) sink(1, c10, c11);
  if constexpr (kRows > 2) sink(2, c20, c21);
  if constexpr (kRows > 3) sink(3, c30, c31);
  if constexpr (kRows > 4) sink(4, c40, c41);
  if constexpr (kRows > 5) sink(5, c50, c51);
}

// All `rows` rows of a times one panel of b; sink_at(row) is the sink of the tile that starts there.
template <class SinkAt>
HWY_INLINE void Panel(const float* a, std::size_t rows, std::size_t stride, const float* b, std::size_t depth,
                      const SinkAt& sink_at) {
  std::size_t r = 0;
  for (; r + 6 <= rows; r += 6) Tile<6>(a + r * stride, stride, b, depth, sink_at.At(r));
  const float* rest = a + r * stride;
  switch (rows - r) {
    case 1: return Tile<1>(rest, stride, b, depth, sink_at.At(r));
    case 2: return Tile<2>(rest, stride, b, depth, sink_at.At(r));
    case 3: return Tile<3>(rest, stride, b, depth, sink_at.At(r));
    case 4: return Tile<4>(rest, stride, b, depth, sink_at.At(r));
    case 5: return Tile<5>(rest, stride, b, depth, sink_at.At(r));
    default: return;
  }
}

// Four rows of four elements from `from`, transposed.
template <class T>
HWY_INLINE void Transpose4x4(const T* from, std::size_t stride, float* to, std::size_t to_stride) {
  const hn::CappedTag<float, 4> d;
  const auto r0 = LoadF32(d, from), r1 = LoadF32(d, from + stride);
  const auto r2 = LoadF32(d, from + 2 * stride), r3 = LoadF32(d, from + 3 * stride);
  const auto low01 = hn::InterleaveLower(d, r0, r1), low23 = hn::InterleaveLower(d, r2, r3);
  const auto high01 = hn::InterleaveUpper(d, r0, r1), high23 = hn::InterleaveUpper(d, r2, r3);
  hn::StoreU(hn::ConcatLowerLower(d, low23, low01), d, to);
  hn::StoreU(hn::ConcatUpperUpper(d, low23, low01), d, to + to_stride);
  hn::StoreU(hn::ConcatLowerLower(d, high23, high01), d, to + 2 * to_stride);
  hn::StoreU(hn::ConcatUpperUpper(d, high23, high01), d, to + 3 * to_stride);
}

// A panel [depth][columns] from `here` rows of `depth` elements, `stride` apart, that become columns; those past them are 0.
template <class T>
HWY_INLINE void PackTransposed(const T* from, std::size_t stride, std::size_t here, std::size_t depth, float* panel) {
  const std::size_t columns = TileColumns();
  std::size_t j = 0;
  for (; j + 4 <= here; j += 4) {
    std::size_t e = 0;
    for (; e + 4 <= depth; e += 4) Transpose4x4(from + j * stride + e, stride, panel + e * columns + j, columns);
    for (; e < depth; ++e) {
      for (std::size_t i = j; i < j + 4; ++i) panel[e * columns + i] = static_cast<float>(from[i * stride + e]);
    }
  }
  for (; j < columns; ++j) {
    for (std::size_t e = 0; e < depth; ++e) panel[e * columns + j] = j < here ? static_cast<float>(from[j * stride + e]) : 0.0f;
  }
}

// A panel [depth][columns] from `depth` rows of `here` elements, `stride` apart; columns past them are 0.
template <class T>
HWY_INLINE void PackStraight(const T* from, std::size_t stride, std::size_t here, std::size_t depth, float* panel) {
  const F32 d;
  const std::size_t lanes = hn::Lanes(d), columns = 2 * lanes;
  for (std::size_t k = 0; k < depth; ++k, from += stride, panel += columns) {
    for (std::size_t e = 0; e < columns; e += lanes) {
      const VF32 v = e + lanes <= here ? LoadF32(d, from + e) : e < here ? LoadPartF32(d, from + e, here - e) : hn::Zero(d);
      hn::StoreU(v, d, panel + e);
    }
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#endif
