// The loops of quantize_code.h, for every instruction set.
#include <algorithm>
#include <cmath>

#include "backends/cpu/quantize_code.h"
#include "backends/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/quantize_simd.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The bounds are whole numbers, so that saturating before rounding is saturating after it. A NaN becomes the lower one.
template <class T>
void QuantizeLoop(const float* x, std::size_t n, float scale, int zero, T* y) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<T, decltype(d)> db;
  const float low = static_cast<float>(std::numeric_limits<T>::min() - zero),
              high = static_cast<float>(std::numeric_limits<T>::max() - zero);
  const auto divisor = hn::Set(d, scale), least = hn::Set(d, low), most = hn::Set(d, high);
  const auto shift = hn::Set(di, zero);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto q = hn::Min(hn::Max(hn::Div(hn::LoadU(d, x + i), divisor), least), most);
    hn::StoreU(hn::DemoteTo(db, hn::Add(hn::NearestInt(q), shift)), db, y + i);
  }
  for (; i < n; ++i) {
    const float q = x[i] / scale;
    y[i] = static_cast<T>(static_cast<int>(std::nearbyint(q > low ? std::min(q, high) : low)) + zero);
  }
}

template <class T>
void DequantizeLoop(const T* x, std::size_t n, float scale, int zero, float* y) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<T, decltype(d)> db;
  const auto factor = hn::Set(d, scale);
  const auto shift = hn::Set(di, zero);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto q = hn::Sub(hn::PromoteTo(di, hn::LoadU(db, x + i)), shift);
    hn::StoreU(hn::Mul(hn::ConvertTo(d, q), factor), d, y + i);
  }
  for (; i < n; ++i) y[i] = static_cast<float>(x[i] - zero) * scale;
}

template <class T>
void CentreLoop(const T* x, std::size_t n, int zero, std::int16_t* y) {
  const hn::ScalableTag<std::int16_t> d;
  const hn::Rebind<T, decltype(d)> db;
  const auto shift = hn::Set(d, static_cast<std::int16_t>(zero));
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) hn::StoreU(hn::Sub(hn::PromoteTo(d, hn::LoadU(db, x + i)), shift), d, y + i);
  for (; i < n; ++i) y[i] = static_cast<std::int16_t>(x[i] - zero);
}

void Quantize(const float* x, std::size_t n, float scale, int zero, bool is_signed, void* y) {
  is_signed ? QuantizeLoop(x, n, scale, zero, static_cast<std::int8_t*>(y))
            : QuantizeLoop(x, n, scale, zero, static_cast<std::uint8_t*>(y));
}

void Dequantize(const void* x, std::size_t n, float scale, int zero, bool is_signed, float* y) {
  is_signed ? DequantizeLoop(static_cast<const std::int8_t*>(x), n, scale, zero, y)
            : DequantizeLoop(static_cast<const std::uint8_t*>(x), n, scale, zero, y);
}

void Centre(const void* x, std::size_t n, int zero, bool is_signed, std::int16_t* y) {
  is_signed ? CentreLoop(static_cast<const std::int8_t*>(x), n, zero, y)
            : CentreLoop(static_cast<const std::uint8_t*>(x), n, zero, y);
}

void Range(const float* x, std::size_t n, float* low, float* high) {
  const hn::ScalableTag<float> d;
  auto least = hn::Set(d, *low), most = hn::Set(d, *high);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= n; i += hn::Lanes(d)) {
    const auto v = hn::LoadU(d, x + i);
    const auto number = hn::Eq(v, v);
    least = hn::Min(least, hn::IfThenElse(number, v, least));
    most = hn::Max(most, hn::IfThenElse(number, v, most));
  }
  *low = hn::GetLane(hn::MinOfLanes(d, least));
  *high = hn::GetLane(hn::MaxOfLanes(d, most));
  for (; i < n; ++i) {
    if (x[i] < *low) *low = x[i];
    if (x[i] > *high) *high = x[i];
  }
}

QuantizeCode FindQuantize() { return {Quantize, Dequantize, Centre, Range}; }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindQuantize);

QuantizeCode quantize_code() { return HWY_DYNAMIC_POINTER(FindQuantize)(); }

}  // namespace onnxrun::cpu
#endif
