#include "backends/cpu/fold.h"

#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/fold.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/load-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

// fold_two() for vectors.
template <Fold fold, class D, class V>
HWY_INLINE V Merge(D /*d*/, V a, V b) {
  if constexpr (fold == Fold::kProd) return hn::Mul(a, b);
  if constexpr (fold == Fold::kMax) return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
  if constexpr (fold == Fold::kMin) return hn::IfThenElse(hn::Or(hn::Lt(a, b), hn::IsNaN(a)), a, b);
  return hn::Add(a, b);
}

// How an element enters a result.
template <Fold fold, class D, class V>
HWY_INLINE V Take(D d, V into, V x) {
  if constexpr (fold == Fold::kSumSquare) return hn::MulAdd(x, x, into);
  if constexpr (fold == Fold::kSumAbs) return hn::Add(into, hn::Abs(x));
  return Merge<fold>(d, into, x);
}

// All lanes in one: the upper half folded into the lower one, until one is left.
#if HWY_HAVE_SCALABLE
template <Fold fold, class D, class V>
HWY_INLINE float MergeLanes(D d, V v) {
  HWY_ALIGN float lane[hn::MaxLanes(d)];
  hn::Store(v, d, lane);
  for (std::size_t half = hn::Lanes(d) / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lane[k] = fold_two(fold, lane[k], lane[k + half]);
  }
  return lane[0];
}
#else
template <Fold fold, class D, class V>
HWY_INLINE float MergeLanes(D d, V v) {
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return MergeLanes<fold>(half, Merge<fold>(half, hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  } else {
    v = Merge<fold>(d, v, hn::Shuffle1032(v));
    return hn::GetLane(Merge<fold>(d, v, hn::Shuffle2301(v)));
  }
}
#endif

template <Fold fold, class T>
HWY_INLINE float Row(const T* from, std::size_t n) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  const std::size_t lanes = hn::Lanes(d), chunk = 128 * lanes;  // sums of chunks are summed: errors grow with the logarithm
  const V start = hn::Set(d, fold_start(fold));
  V total = start;
  if (n < 4 * lanes) {
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes) total = Take<fold>(d, total, LoadF32(d, from + i));
    if (i < n) total = Take<fold>(d, total, LoadPartF32(d, from + i, n - i, fold_start(fold)));
    return MergeLanes<fold>(d, total);
  }
  for (std::size_t begin = 0; begin < n; begin += chunk) {
    const std::size_t end = begin + chunk < n ? begin + chunk : n;
    V a0 = start, a1 = start, a2 = start, a3 = start;
    std::size_t i = begin;
    for (; i + 4 * lanes <= end; i += 4 * lanes) {
      a0 = Take<fold>(d, a0, LoadF32(d, from + i));
      a1 = Take<fold>(d, a1, LoadF32(d, from + i + lanes));
      a2 = Take<fold>(d, a2, LoadF32(d, from + i + 2 * lanes));
      a3 = Take<fold>(d, a3, LoadF32(d, from + i + 3 * lanes));
    }
    for (; i + lanes <= end; i += lanes) a0 = Take<fold>(d, a0, LoadF32(d, from + i));
    if (i < end) a1 = Take<fold>(d, a1, LoadPartF32(d, from + i, end - i, fold_start(fold)));
    total = Merge<fold>(d, total, Merge<fold>(d, Merge<fold>(d, a0, a1), Merge<fold>(d, a2, a3)));
  }
  return MergeLanes<fold>(d, total);
}

template <Fold fold, class T>
void Rows(const void* x, std::size_t n, std::size_t count, float* into) {
  const T* from = static_cast<const T*>(x);
  for (std::size_t i = 0; i < count; ++i, from += n) into[i] = Row<fold>(from, n);
}

template <Fold fold, class T, bool kMerge>
HWY_INLINE void FoldColumns(const T* from, std::size_t n, float* into) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto step = [&](auto a, auto x) HWY_ATTR {
    if constexpr (kMerge) return Merge<fold>(d, a, x);
    return Take<fold>(d, a, x);
  };
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(step(hn::LoadU(d, into + i), LoadF32(d, from + i)), d, into + i);
  if (i < n) StorePartF32(step(LoadPartF32(d, into + i, n - i), LoadPartF32(d, from + i, n - i)), d, into + i, n - i);
}

template <Fold fold, class T>
void Columns(const void* x, std::size_t n, float* into) {
  FoldColumns<fold, T, false>(static_cast<const T*>(x), n, into);
}

template <Fold fold>
void MergeRows(const float* results, std::size_t n, float* into) {
  FoldColumns<fold, float, true>(results, n, into);
}

template <Fold fold>
FoldFunctions Choose(DType dtype) {
  switch (dtype) {
    case DType::kFloat32: return {Rows<fold, float>, Columns<fold, float>, MergeRows<fold>};
    case DType::kBFloat16: return {Rows<fold, BFloat16>, Columns<fold, BFloat16>, MergeRows<fold>};
    case DType::kFloat16: return {Rows<fold, Float16>, Columns<fold, Float16>, MergeRows<fold>};
    default: return {};
  }
}

FoldFunctions FindFold(Fold fold, DType dtype) {
  switch (fold) {
    case Fold::kSum: return Choose<Fold::kSum>(dtype);
    case Fold::kSumSquare: return Choose<Fold::kSumSquare>(dtype);
    case Fold::kSumAbs: return Choose<Fold::kSumAbs>(dtype);
    case Fold::kProd: return Choose<Fold::kProd>(dtype);
    case Fold::kMax: return Choose<Fold::kMax>(dtype);
    default: return Choose<Fold::kMin>(dtype);
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindFold);

FoldFunctions fold_functions(Fold fold, DType dtype) { return HWY_DYNAMIC_POINTER(FindFold)(fold, dtype); }

}  // namespace onnxrun::cpu
#endif
