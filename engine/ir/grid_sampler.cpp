#include "engine/ir/grid_sampler.h"

#include <algorithm>
#include <cmath>

namespace onnxrun {
namespace {

using Padding = GridSampler::Padding;

double low(const GridSampler& s) { return s.corners ? 0.0 : -0.5; }
double high(const GridSampler& s, std::int64_t size) { return static_cast<double>(size) - (s.corners ? 1.0 : 0.5); }

// x thrown back at low and high until it lies between them.
double reflected(double x, double low, double high) {
  const double range = high - low;
  if (range <= 0) return low;
  const double t = std::fmod(std::abs(x - low), 2 * range);
  return t > range ? high - (t - range) : low + t;
}

std::int64_t element(const GridSampler& s, std::int64_t i, std::int64_t size) {
  if (i >= 0 && i < size) return i;
  if (s.padding == Padding::kZeros || size == 0) return -1;
  if (s.padding == Padding::kReflection) i = static_cast<std::int64_t>(reflected(static_cast<double>(i), low(s), high(s, size)));
  return std::clamp<std::int64_t>(i, 0, size - 1);
}

double cubic(double t) {  // Keys' kernel with -0.75
  constexpr double a = -0.75;
  return t <= 1 ? ((a + 2) * t - (a + 3)) * t * t + 1 : a * (((t - 5) * t + 8) * t - 4);
}

}  // namespace

GridTaps GridSampler::at(double grid, std::int64_t size) const {
  const double length = static_cast<double>(size);
  double x = static_cast<float>(corners ? (grid + 1) / 2 * (length - 1) : ((grid + 1) * length - 1) / 2);
  x = std::isnan(x) ? -1e9 : std::clamp(x, -1e9, 1e9);
  if (mode == Mode::kNearest) x = std::nearbyint(x);
  if (x < low(*this) || x > high(*this, size)) {
    if (padding == Padding::kBorder) x = std::clamp(x, 0.0, length - 1);
    if (padding == Padding::kReflection) x = reflected(x, low(*this), high(*this, size));
  }
  const double left = std::floor(x), t = x - left;
  const auto first = static_cast<std::int64_t>(left) - (mode == Mode::kCubic ? 1 : 0);
  GridTaps out{taps(), {}, {1.0}};
  if (mode == Mode::kLinear) out.weight = {1 - t, t};
  if (mode == Mode::kCubic) out.weight = {cubic(1 + t), cubic(t), cubic(1 - t), cubic(2 - t)};
  for (int k = 0; k < out.count; ++k) out.index[static_cast<std::size_t>(k)] = element(*this, first + k, size);
  return out;
}

GridSampler grid_sampler(const Attributes& attrs) {
  const std::string &mode = attrs.s("mode"), &padding = attrs.s("padding_mode");
  return {mode == "nearest" ? GridSampler::Mode::kNearest : mode == "linear" ? GridSampler::Mode::kLinear : GridSampler::Mode::kCubic,
          padding == "zeros" ? Padding::kZeros : padding == "border" ? Padding::kBorder : Padding::kReflection, attrs.i("align_corners") != 0};
}

}  // namespace onnxrun
