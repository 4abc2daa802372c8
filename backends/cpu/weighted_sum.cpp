#include "backends/cpu/weighted_sum.h"

#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/weighted_sum.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/load-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

void SumRows(const float* x, std::size_t n, const std::int64_t* rows, const float* weights, std::size_t count, float* y) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  for (; j + lanes <= n; j += lanes) {
    auto sum = hn::Zero(d);
    for (std::size_t k = 0; k < count; ++k) {
      if (weights[k] == 0.0f) continue;
      sum = hn::MulAdd(hn::LoadU(d, x + static_cast<std::size_t>(rows[k]) * n + j), hn::Set(d, weights[k]), sum);
    }
    hn::StoreU(sum, d, y + j);
  }
  if (j == n) return;
  auto sum = hn::Zero(d);
  for (std::size_t k = 0; k < count; ++k) {
    if (weights[k] == 0.0f) continue;
    sum = hn::MulAdd(LoadPartF32(d, x + static_cast<std::size_t>(rows[k]) * n + j, n - j), hn::Set(d, weights[k]), sum);
  }
  StorePartF32(sum, d, y + j, n - j);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(SumRows);

WeightedSum weighted_sum_function() { return HWY_DYNAMIC_POINTER(SumRows); }

}  // namespace onnxrun::cpu
#endif
