// The inner part of Attention, for every instruction set: packing, scores = q . k, softmax, probabilities . v.
#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/attention_block.h"
#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/attention_simd.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/load-inl.h"
#include "backends/cpu/math-inl.h"
#include "backends/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

constexpr float kMasked = -std::numeric_limits<float>::infinity();

struct ToScores {
  float* to;
  std::size_t stride;
  HWY_INLINE ToScores At(std::size_t row) const { return {to + row * stride, stride}; }
  HWY_INLINE void operator()(std::size_t row, VF32 left, VF32 right) const {
    const F32 d;
    hn::StoreU(left, d, to + row * stride);
    hn::StoreU(right, d, to + row * stride + hn::Lanes(d));
  }
};

template <class T>
struct ToOutput {
  T* to;
  std::size_t stride, columns;  // columns of the tile that exist
  const float* factors;         // of the rows
  HWY_INLINE ToOutput At(std::size_t row) const { return {to + row * stride, stride, columns, factors + row}; }
  HWY_INLINE void operator()(std::size_t row, VF32 left, VF32 right) const {
    const F32 d;
    const std::size_t lanes = hn::Lanes(d);
    const VF32 f = hn::Set(d, factors[row]);
    Put(hn::Mul(left, f), to + row * stride, columns);
    if (columns > lanes) Put(hn::Mul(right, f), to + row * stride + lanes, columns - lanes);
  }
  static HWY_INLINE void Put(VF32 v, T* p, std::size_t count) {
    const F32 d;
    if (count >= hn::Lanes(d)) {
      StoreF32(v, d, p);
    } else {
      StorePartF32(v, d, p, count);
    }
  }
};

template <class T>
void Pack(const AttentionHead& h) {
  const std::size_t columns = TileColumns(), keys = static_cast<std::size_t>(h.keys);
  const std::size_t size = static_cast<std::size_t>(h.size), k_stride = static_cast<std::size_t>(h.k_stride);
  const T* k = static_cast<const T*>(h.k);
  for (std::size_t j = 0; j < keys; j += columns) {
    PackTransposed(k + j * k_stride, k_stride, std::min(columns, keys - j), size, h.k_packed + j * size);
  }
  const std::size_t v_size = static_cast<std::size_t>(h.v_size);
  const T* v = static_cast<const T*>(h.v);
  for (std::size_t e = 0; e < v_size; e += columns) {
    PackStraight(v + e, static_cast<std::size_t>(h.v_stride), std::min(columns, v_size - e), keys, h.v_packed + e * keys);
  }
}

template <class T>
void FloatMask(const T* from, std::size_t step, std::size_t keys, float* to) {
  for (std::size_t j = 0; j < keys; ++j) to[j] = static_cast<float>(from[j * step]);
}

// The additive mask of one query, -inf past the keys up to a whole tile.
void FillBias(const AttentionHead& h, std::int64_t query) {
  const bool one = h.mask_keys == 1;
  const std::size_t covered = static_cast<std::size_t>(one ? h.keys : std::min(h.keys, h.mask_keys)), step = one ? 0 : 1;
  const std::int64_t at = query * h.mask_row_stride;
  switch (h.mask_dtype) {
    case DType::kBool: {
      const auto* from = reinterpret_cast<const std::uint8_t*>(h.mask) + at;
      for (std::size_t j = 0; j < covered; ++j) h.bias[j] = from[j * step] != 0 ? 0.0f : kMasked;
      break;
    }
    case DType::kBFloat16: FloatMask(reinterpret_cast<const BFloat16*>(h.mask) + at, step, covered, h.bias); break;
    case DType::kFloat16: FloatMask(reinterpret_cast<const Float16*>(h.mask) + at, step, covered, h.bias); break;
    default: FloatMask(reinterpret_cast<const float*>(h.mask) + at, step, covered, h.bias); break;
  }
  const std::size_t columns = TileColumns(), padded = (static_cast<std::size_t>(h.keys) + columns - 1) / columns * columns;
  std::fill(h.bias + covered, h.bias + padded, kMasked);
}

// Turns a row's first n scores into exp(s + bias - top), 0 in the rest of the last vector, and returns 1 / their sum; all
// zeros and 0 when every key is masked.
HWY_INLINE float SoftmaxRow(float* s, const float* bias, std::size_t n) {
  const F32 d;
  const std::size_t lanes = hn::Lanes(d);
  const VF32 masked = hn::Set(d, kMasked);
  VF32 tops = masked;
  for (std::size_t i = 0; i < n; i += lanes) {
    VF32 v = hn::LoadU(d, s + i);
    if (bias != nullptr) {
      const VF32 b = hn::LoadU(d, bias + i);
      v = hn::IfThenElse(hn::Eq(b, masked), b, hn::Add(v, b));
    }
    if (i + lanes > n) v = hn::IfThenElse(hn::FirstN(d, n - i), v, masked);
    if (bias != nullptr || i + lanes > n) hn::StoreU(v, d, s + i);
    tops = hn::Max(tops, v);
  }
  const VF32 top = hn::MaxOfLanes(d, tops);
  if (hn::GetLane(top) == kMasked) {
    for (std::size_t i = 0; i < n; i += lanes) hn::StoreU(hn::Zero(d), d, s + i);
    return 0.0f;
  }
  VF32 sum = hn::Zero(d);
  for (std::size_t i = 0; i < n; i += lanes) {
    const VF32 e = ExpOfNegative(d, hn::Sub(hn::LoadU(d, s + i), top));
    hn::StoreU(e, d, s + i);
    sum = hn::Add(sum, e);
  }
  return 1.0f / hn::GetLane(hn::SumOfLanes(d, sum));
}

// The block's queries, scaled, to h.queries.
template <class T>
void LoadQueries(const AttentionHead& h, std::int64_t first, std::size_t count) {
  const F32 d;
  const std::size_t lanes = hn::Lanes(d), size = static_cast<std::size_t>(h.size);
  const VF32 scale = hn::Set(d, h.scale);
  for (std::size_t r = 0; r < count; ++r) {
    const T* from = static_cast<const T*>(h.q) + (static_cast<std::size_t>(first) + r) * static_cast<std::size_t>(h.q_stride);
    float* to = h.queries + r * size;
    std::size_t e = 0;
    for (; e + lanes <= size; e += lanes) hn::StoreU(hn::Mul(LoadF32(d, from + e), scale), d, to + e);
    if (e < size) StorePartF32(hn::Mul(LoadPartF32(d, from + e, size - e), scale), d, to + e, size - e);
  }
}

template <class T>
void Attend(const AttentionHead& h, std::int64_t first, std::int64_t count) {
  const std::size_t columns = TileColumns(), lanes = hn::Lanes(F32()), size = static_cast<std::size_t>(h.size);
  const auto rows = static_cast<std::size_t>(count);
  const std::int64_t seen = h.causal ? std::min(h.keys, first + count) : h.keys;
  const auto keys = static_cast<std::size_t>(seen);
  const auto stride =
      static_cast<std::size_t>(score_stride((h.keys + static_cast<std::int64_t>(columns) - 1) /
                                            static_cast<std::int64_t>(columns) * static_cast<std::int64_t>(columns)));
  LoadQueries<T>(h, first, rows);
  for (std::size_t j = 0; j < keys; j += columns) {
    Panel(h.queries, rows, size, h.k_packed + j * size, size, ToScores{h.scores + j, stride});
  }
  const float* bias = h.mask == nullptr ? nullptr : h.bias;
  if (bias != nullptr && h.mask_row_stride == 0) FillBias(h, 0);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::int64_t query = first + static_cast<std::int64_t>(r);
    if (bias != nullptr && h.mask_row_stride != 0) FillBias(h, query);
    const auto n = static_cast<std::size_t>(h.causal ? std::min(h.keys, query + 1) : h.keys);
    float* row = h.scores + r * stride;
    h.factors[r] = SoftmaxRow(row, bias, n);
    for (std::size_t i = (n + lanes - 1) / lanes * lanes; i < keys; ++i) row[i] = 0.0f;
  }
  T* y = static_cast<T*>(h.y) + static_cast<std::size_t>(first * h.y_stride);
  const auto v_size = static_cast<std::size_t>(h.v_size);
  for (std::size_t e = 0; e < v_size; e += columns) {
    Panel(h.scores, rows, stride, h.v_packed + e * static_cast<std::size_t>(h.keys), keys,
          ToOutput<T>{y + e, static_cast<std::size_t>(h.y_stride), std::min(columns, v_size - e), h.factors});
  }
}

AttentionFunctions FindAttention(DType dtype) {
  const auto columns = static_cast<std::int64_t>(TileColumns());
  switch (dtype) {
    case DType::kBFloat16: return {columns, Pack<BFloat16>, Attend<BFloat16>};
    case DType::kFloat16: return {columns, Pack<Float16>, Attend<Float16>};
    default: return {columns, Pack<float>, Attend<float>};
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindAttention);

AttentionFunctions attention_functions(DType dtype) { return HWY_DYNAMIC_POINTER(FindAttention)(dtype); }

}  // namespace onnxrun::cpu
#endif
