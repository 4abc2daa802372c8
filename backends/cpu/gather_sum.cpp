#include "backends/cpu/gather_sum.h"

#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/gather_sum.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "backends/cpu/load-inl.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

void GatherSums(const float* x, const std::int32_t* indices, const float* weights, std::size_t taps, std::size_t stride, std::size_t n,
                bool add, float* y) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < n; i += lanes) {
    const bool whole = i + lanes <= n;
    auto sum = !add ? hn::Zero(d) : whole ? hn::LoadU(d, y + i) : LoadPartF32(d, y + i, n - i);
    for (std::size_t k = 0; k < taps; ++k) {
      const auto weight = hn::LoadU(d, weights + k * stride + i);
      const auto element = hn::GatherIndex(d, x, hn::LoadU(di, indices + k * stride + i));
      sum = hn::MulAdd(weight, hn::IfThenZeroElse(hn::Eq(weight, hn::Zero(d)), element), sum);
    }
    if (whole) {
      hn::StoreU(sum, d, y + i);
    } else {
      StorePartF32(sum, d, y + i, n - i);
    }
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(GatherSums);

GatherSum gather_sum_function() { return HWY_DYNAMIC_POINTER(GatherSums); }

}  // namespace onnxrun::cpu
#endif
