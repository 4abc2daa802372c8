// The inner part of a matrix product, for every instruction set.
#include "backends/cpu/matmul_block.h"
#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/matmul_simd.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

constexpr std::size_t kDepth = 256;  // of a panel that stays in the first-level cache

// Adds tiles up over the depth in y, and finishes them after the last part.
struct ToProduct {
  const MatMulBlock* block;
  std::size_t at;               // of the tile's first element in y
  std::size_t column, columns;  // the tile's first, and how many exist
  bool first, last;

  HWY_INLINE ToProduct At(std::size_t row) const { return {block, at + row * block->width, column, columns, first, last}; }
  HWY_INLINE void operator()(std::size_t row, VF32 left, VF32 right) const {
    const std::size_t lanes = hn::Lanes(F32()), to = at + row * block->width;
    Put(left, to, column, columns);
    if (columns > lanes) Put(right, to + lanes, column + lanes, columns - lanes);
  }
  HWY_INLINE void Put(VF32 v, std::size_t to, std::size_t from_column, std::size_t count) const {
    const F32 d;
    const bool whole = count >= hn::Lanes(d);
    if (!first) v = hn::Add(v, Get(block->y + to, count, whole));
    if (last) {
      v = hn::Mul(v, hn::Set(d, block->scale));
      if (block->bias != nullptr) v = hn::Add(v, Get(block->bias + from_column, count, whole));
      if (block->residual != nullptr) v = hn::Add(v, Get(block->residual + to, count, whole));
    }
    if (whole) {
      hn::StoreU(v, d, block->y + to);
    } else {
      StorePartF32(v, d, block->y + to, count);
    }
  }
  static HWY_INLINE VF32 Get(const float* p, std::size_t count, bool whole) {
    const F32 d;
    return whole ? hn::LoadU(d, p) : LoadPartF32(d, p, count);
  }
};

// One row times four panels: enough independent sums to hide the latency of the additions.
HWY_INLINE void RowTimesFour(const float* a, const float* b, std::size_t panel_floats, std::size_t depth, const ToProduct& sink) {
  const F32 d;
  const std::size_t lanes = hn::Lanes(d);
  const float *p1 = b + panel_floats, *p2 = p1 + panel_floats, *p3 = p2 + panel_floats;
  VF32 c00 = hn::Zero(d), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (std::size_t k = 0; k < depth; ++k) {
    const VF32 x = hn::Set(d, a[k]);
    const std::size_t at = k * 2 * lanes;
    c00 = hn::MulAdd(x, hn::LoadU(d, b + at), c00);
    c01 = hn::MulAdd(x, hn::LoadU(d, b + at + lanes), c01);
    c10 = hn::MulAdd(x, hn::LoadU(d, p1 + at), c10);
    c11 = hn::MulAdd(x, hn::LoadU(d, p1 + at + lanes), c11);
    c20 = hn::MulAdd(x, hn::LoadU(d, p2 + at), c20);
    c21 = hn::MulAdd(x, hn::LoadU(d, p2 + at + lanes), c21);
    c30 = hn::MulAdd(x, hn::LoadU(d, p3 + at), c30);
    c31 = hn::MulAdd(x, hn::LoadU(d, p3 + at + lanes), c31);
  }
  const auto put = [&](std::size_t panel, VF32 left, VF32 right) HWY_ATTR {
    const std::size_t column = sink.column + panel * 2 * lanes;
    const ToProduct here{sink.block, sink.at + panel * 2 * lanes, column, sink.block->width - column, sink.first, sink.last};
    here(0, left, right);
  };
  put(0, c00, c01);
  put(1, c10, c11);
  put(2, c20, c21);
  put(3, c30, c31);
}

void Multiply(const MatMulBlock& m, std::size_t first, std::size_t last) {
  const std::size_t columns = TileColumns(), panel_floats = m.depth * columns;
  for (std::size_t k = 0; k == 0 || k < m.depth; k += kDepth) {
    const std::size_t depth = std::min(kDepth, m.depth - k);
    for (std::size_t p = first; p < last; ++p) {
      const std::size_t column = p * columns;
      const float* panel = m.packed + p * panel_floats + k * columns;
      const ToProduct sink{&m, column, column, std::min(columns, m.width - column), k == 0, k + kDepth >= m.depth};
      if (m.rows == 1 && p + 4 <= last) {
        RowTimesFour(m.a + k, panel, panel_floats, depth, sink);
        p += 3;
      } else {
        Panel(m.a + k, m.rows, m.a_stride, panel, depth, sink);
      }
    }
  }
}

void PackPanel(const float* b, std::size_t stride, bool transposed, std::size_t depth, std::size_t width, std::size_t panel,
               float* packed) {
  const std::size_t columns = TileColumns(), column = panel * columns, here = std::min(columns, width - column);
  float* to = packed + panel * columns * depth;
  if (transposed) {
    PackTransposed(b + column * stride, stride, here, depth, to);
  } else {
    PackStraight(b + column, stride, here, depth, to);
  }
}

MatMulFunctions FindMatMul() { return {TileColumns(), PackPanel, Multiply}; }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindMatMul);

MatMulFunctions matmul_functions() { return HWY_DYNAMIC_POINTER(FindMatMul)(); }

}  // namespace onnxrun::cpu
#endif
