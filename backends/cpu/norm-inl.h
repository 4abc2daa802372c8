// Rows of normalizations, and their moments, for every instruction set.
#if defined(ONNXRUN_CPU_NORM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ONNXRUN_CPU_NORM_INL_H_
#undef ONNXRUN_CPU_NORM_INL_H_
#else
#define ONNXRUN_CPU_NORM_INL_H_
#endif

#include "backends/cpu/load-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

// One row of v, summed up on the fly.
template <class T>
struct RowOf {
  const T* x;
  const T* skip;
  const T* bias;
  std::size_t n;

  template <class D>
  HWY_INLINE hn::Vec<D> Whole(D d, std::size_t i) const {
    auto v = LoadF32(d, x + i);
    if (skip != nullptr) v = hn::Add(v, LoadF32(d, skip + i));
    if (bias != nullptr) v = hn::Add(v, LoadF32(d, bias + i));
    return v;
  }
  template <class D>
  HWY_INLINE hn::Vec<D> Part(D d, std::size_t i) const {
    auto v = LoadPartF32(d, x + i, n - i);
    if (skip != nullptr) v = hn::Add(v, LoadPartF32(d, skip + i, n - i));
    if (bias != nullptr) v = hn::Add(v, LoadPartF32(d, bias + i, n - i));
    return v;
  }
};

// The sum over the row of v - shift (kSquare: of its square), in every lane.
template <bool kSquare, class T, class D, class V>
HWY_INLINE V RowSum(D d, const RowOf<T>& row, V shift) {
  const std::size_t lanes = hn::Lanes(d), chunk = 128 * lanes;  // sums of chunks are summed: errors grow with the logarithm
  V total = hn::Zero(d);
  const auto add = [&](V& sum, V v) HWY_ATTR {
    if constexpr (kSquare) {
      const V c = hn::Sub(v, shift);
      sum = hn::MulAdd(c, c, sum);
    } else {
      sum = hn::Add(sum, v);
    }
  };
  for (std::size_t begin = 0; begin < row.n; begin += chunk) {
    const std::size_t end = begin + chunk < row.n ? begin + chunk : row.n;
    V sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    std::size_t i = begin;
    for (; i + 4 * lanes <= end; i += 4 * lanes) {
      add(sum0, row.Whole(d, i));
      add(sum1, row.Whole(d, i + lanes));
      add(sum2, row.Whole(d, i + 2 * lanes));
      add(sum3, row.Whole(d, i + 3 * lanes));
    }
    for (; i + lanes <= end; i += lanes) add(sum0, row.Whole(d, i));
    if (i < end) {
      V v = row.Part(d, i);
      if constexpr (kSquare) v = hn::IfThenElse(hn::FirstN(d, row.n - i), v, shift);
      add(sum1, v);
    }
    total = hn::Add(total, hn::Add(hn::Add(sum0, sum1), hn::Add(sum2, sum3)));
  }
  return hn::SumOfLanes(d, total);
}

// mean(v), which is 0 for kRms, and 1 / sqrt(mean((v - mean)^2) + epsilon), in every lane. Two passes over the row, which is in
// the cache by the second.
template <bool kRms, class T, class D, class V>
HWY_INLINE void Moments(D d, const RowOf<T>& row, float epsilon, V& mean, V& scale) {
  const V count = hn::Set(d, static_cast<float>(row.n));
  if constexpr (!kRms) mean = hn::Div(RowSum<false>(d, row, hn::Zero(d)), count);
  const V variance = hn::Div(RowSum<true>(d, row, mean), count);
  scale = hn::Div(hn::Set(d, 1.0f), hn::Sqrt(hn::Add(variance, hn::Set(d, epsilon))));
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#endif
