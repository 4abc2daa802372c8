// The transforms of winograd_block.h, for every instruction set.
#include "backends/cpu/simd.h"
#include "backends/cpu/winograd_block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/winograd_simd.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace onnxrun::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Sixteen channels at most: numbers of channels are multiples of that.
using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr float kNear = 0.70710678f, kFar = 1.41421356f;  // the points

// B^T d, with kNear^2 = 1/2 and kFar^2 = 2.
template <class Get, class Put>
HWY_INLINE void ToCoefficients(const Get& get, const Put& put) {
  const D d;
  const V d0 = get(0), d1 = get(1), d2 = get(2), d3 = get(3), d4 = get(4), d5 = get(5);
  const V two = hn::Set(d, 2.0f), half = hn::Set(d, 0.5f), middle = hn::Set(d, 2.5f), near = hn::Set(d, kNear), far = hn::Set(d, kFar);
  const V even_near = hn::NegMulAdd(two, d2, d4), odd_near = hn::NegMulAdd(two, d1, d3);
  const V even_far = hn::NegMulAdd(half, d2, d4), odd_far = hn::NegMulAdd(half, d1, d3);
  put(0, hn::Add(hn::NegMulAdd(middle, d2, d0), d4));
  put(1, hn::MulAdd(near, odd_near, even_near));
  put(2, hn::NegMulAdd(near, odd_near, even_near));
  put(3, hn::MulAdd(far, odd_far, even_far));
  put(4, hn::NegMulAdd(far, odd_far, even_far));
  put(5, hn::Add(hn::NegMulAdd(middle, d3, d1), d5));
}

// A^T m.
template <class Get, class Put>
HWY_INLINE void ToPixels(const Get& get, const Put& put) {
  const D d;
  const V m0 = get(0), m1 = get(1), m2 = get(2), m3 = get(3), m4 = get(4), m5 = get(5);
  const V even_near = hn::Add(m1, m2), odd_near = hn::Sub(m1, m2), even_far = hn::Add(m3, m4), odd_far = hn::Sub(m3, m4);
  put(0, hn::Add(m0, hn::Add(even_near, even_far)));
  put(1, hn::MulAdd(hn::Set(d, kNear), odd_near, hn::Mul(hn::Set(d, kFar), odd_far)));
  put(2, hn::MulAdd(hn::Set(d, 0.5f), even_near, hn::Mul(hn::Set(d, 2.0f), even_far)));
  put(3, hn::MulAdd(hn::Set(d, kNear / 2), odd_near, hn::MulAdd(hn::Set(d, 2 * kFar), odd_far, m5)));
}

void Input(const float* const (&pixels)[kWinogradMatrices], std::size_t channels, float* HWY_RESTRICT to, std::size_t stride) {
  const D d;
  HWY_ALIGN float columns[kWinogradMatrices * 16];
  for (std::size_t c = 0; c < channels; c += hn::Lanes(d)) {
    for (std::size_t j = 0; j < kWinogradIn; ++j) {
      ToCoefficients([&](std::size_t i) HWY_ATTR { return hn::LoadU(d, pixels[i * kWinogradIn + j] + c); },
                     [&](std::size_t i, V v) HWY_ATTR { hn::Store(v, d, columns + (i * kWinogradIn + j) * 16); });
    }
    for (std::size_t i = 0; i < kWinogradMatrices; i += kWinogradIn) {
      ToCoefficients([&](std::size_t j) HWY_ATTR { return hn::Load(d, columns + (i + j) * 16); },
                     [&](std::size_t j, V v) HWY_ATTR { hn::StoreU(v, d, to + (i + j) * stride + c); });
    }
  }
}

void Output(const float* HWY_RESTRICT from, std::size_t stride, std::size_t channels, const WinogradOutput& out) {
  const D d;
  HWY_ALIGN float columns[kWinogradOut * kWinogradIn * 16];
  for (std::size_t c = 0; c < channels; c += hn::Lanes(d)) {
    for (std::size_t j = 0; j < kWinogradIn; ++j) {
      ToPixels([&](std::size_t i) HWY_ATTR { return hn::LoadU(d, from + (i * kWinogradIn + j) * stride + c); },
               [&](std::size_t i, V v) HWY_ATTR { hn::Store(v, d, columns + (i * kWinogradIn + j) * 16); });
    }
    const V bias = hn::LoadU(d, out.bias + c);
    for (std::size_t i = 0; i < out.rows; ++i) {
      ToPixels([&](std::size_t j) HWY_ATTR { return hn::Load(d, columns + (i * kWinogradIn + j) * 16); },
               [&](std::size_t j, V v) HWY_ATTR {
                 if (j >= out.columns) return;
                 const std::size_t at = i * out.row + j * channels + c;
                 v = hn::Add(v, bias);
                 if (out.residual != nullptr) v = hn::Add(v, hn::LoadU(d, out.residual + at));
                 hn::StoreU(v, d, out.y + at);
               });
    }
  }
}

WinogradFunctions FindWinograd() { return {Input, Output}; }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace onnxrun::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace onnxrun::cpu {

HWY_EXPORT(FindWinograd);

WinogradFunctions winograd_functions() { return HWY_DYNAMIC_POINTER(FindWinograd)(); }

void winograd_weights(const float* g, float (&coefficients)[kWinogradMatrices]) {
  // Rows of G: powers of a point, over the product of its distances from the other points.
  constexpr double kG[kWinogradIn][3] = {{1, 0, 0},
                                         {-2.0 / 3, -0.70710678118654752 * 2 / 3, -1.0 / 3},
                                         {-2.0 / 3, 0.70710678118654752 * 2 / 3, -1.0 / 3},
                                         {1.0 / 6, 1.41421356237309505 / 6, 1.0 / 3},
                                         {1.0 / 6, -1.41421356237309505 / 6, 1.0 / 3},
                                         {0, 0, 1}};
  double rows[kWinogradIn][3] = {};
  for (std::size_t i = 0; i < kWinogradIn; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      for (std::size_t k = 0; k < 3; ++k) rows[i][j] += kG[i][k] * g[k * 3 + j];
    }
  }
  for (std::size_t i = 0; i < kWinogradIn; ++i) {
    for (std::size_t j = 0; j < kWinogradIn; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += rows[i][k] * kG[j][k];
      coefficients[i * kWinogradIn + j] = static_cast<float>(sum);
    }
  }
}

}  // namespace onnxrun::cpu
#endif
