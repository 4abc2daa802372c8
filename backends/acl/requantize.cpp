#include "backends/acl/requantize.h"

#include <arm_neon.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace onnxrun::acl {
namespace {

constexpr std::int64_t kBlock = 256;

// Sums wrap around on the way, which the difference doesn't show.
std::int32_t exact_sum(std::int32_t sum, std::int32_t zero, std::int32_t column) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) -
                                   static_cast<std::uint32_t>(zero) * static_cast<std::uint32_t>(column));
}

// n elements from number `from` of the row on.
void rescale(const Requantizer::Row& row, std::int64_t from, std::int64_t n, float* v) {
  const std::int32_t *sums = row.sums + from, *columns = row.columns + from;
  const float *factor = row.factor + from, *bias = row.bias == nullptr ? nullptr : row.bias + from;
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const float32x4_t sum = vcvtq_f32_s32(vmlsq_n_s32(vld1q_s32(sums + i), vld1q_s32(columns + i), row.zero));
    const float32x4_t scale = vmulq_n_f32(vld1q_f32(factor + i), row.x_scale);
    vst1q_f32(v + i, bias == nullptr ? vmulq_f32(sum, scale) : vfmaq_f32(vld1q_f32(bias + i), sum, scale));
  }
  for (; i < n; ++i) {
    const auto sum = static_cast<float>(exact_sum(sums[i], row.zero, columns[i]));
    const float scale = factor[i] * row.x_scale;
    v[i] = bias == nullptr ? sum * scale : std::fma(sum, scale, bias[i]);
  }
}

// The low byte of round(v * inverse), within the bounds, + zero; ties to even.
void to_bytes(const float* v, std::int64_t n, float inverse, float low, float high, std::int32_t zero, std::uint8_t* y) {
  const auto whole = [&](const float* at) {
    const float32x4_t q = vminq_f32(vmaxq_f32(vmulq_n_f32(vld1q_f32(at), inverse), vdupq_n_f32(low)), vdupq_n_f32(high));
    return vmovn_s32(vaddq_s32(vcvtnq_s32_f32(q), vdupq_n_s32(zero)));
  };
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) vst1_u8(y + i, vreinterpret_u8_s8(vmovn_s16(vcombine_s16(whole(v + i), whole(v + i + 4)))));
  for (; i < n; ++i) {
    const float q = std::nearbyint(std::min(std::max(v[i] * inverse, low), high));
    y[i] = static_cast<std::uint8_t>(static_cast<std::int32_t>(q) + zero);
  }
}

}  // namespace

Requantizer::Requantizer(const NodeView& node)
    : activation_(fused_activation(node.attrs())),
      whole_(node.out(0).dtype != DType::kFloat32),
      cuts_off_(activation_.kind == Activation::kNone),
      inverse_(1 / node.attrs().f("y_scale")),
      zero_(static_cast<std::int32_t>(node.attrs().i("y_zero"))) {
  const int lowest = node.out(0).dtype == DType::kInt8 ? -128 : 0;
  low_ = static_cast<float>(lowest - zero_);
  high_ = static_cast<float>(lowest + 255 - zero_);
  const bool clip = activation_.kind == Activation::kClip;
  if (!whole_ || (!clip && activation_.kind != Activation::kRelu)) return;
  cuts_off_ = true;
  low_ = std::min(std::max(low_, clip ? activation_.alpha * inverse_ : 0.0f), high_);
  if (clip) high_ = std::max(std::min(high_, activation_.beta * inverse_), low_);
}

void Requantizer::run(const Row& row, void* y, std::int64_t at) const {
  std::array<float, kBlock> block;
  for (std::int64_t from = 0; from < row.width; from += kBlock) {
    const std::int64_t n = std::min(kBlock, row.width - from);
    float* const v = whole_ ? block.data() : static_cast<float*>(y) + at + from;
    rescale(row, from, n, v);
    if (!cuts_off_) std::transform(v, v + n, v, [&](float x) { return apply(activation_.kind, x, activation_.alpha, activation_.beta); });
    if (whole_) to_bytes(v, n, inverse_, low_, high_, zero_, static_cast<std::uint8_t*>(y) + at + from);
  }
}

}  // namespace onnxrun::acl
