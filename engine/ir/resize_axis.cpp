#include "engine/ir/resize_axis.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace onnxrun {
namespace {

// The scale that all resized axes share when the aspect ratio is kept; nullopt for "stretch".
std::optional<double> common_scale(const Attributes& attrs, std::span<const std::int64_t> shape, const std::vector<std::size_t>& axes,
                                   const std::vector<std::int64_t>& sizes) {
  const std::string& policy = attrs.s("keep_aspect_ratio_policy");
  if (policy == "stretch") return std::nullopt;
  require(policy == "not_larger" || policy == "not_smaller", "keep_aspect_ratio_policy = \"{}\", want stretch, not_larger or not_smaller", policy);
  std::optional<double> scale;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const double s = static_cast<double>(sizes[k]) / static_cast<double>(std::max<std::int64_t>(shape[axes[k]], 1));
    scale = !scale ? s : policy == "not_larger" ? std::min(*scale, s) : std::max(*scale, s);
  }
  return scale;
}

// Keys' cubic kernel with parameter a.
double cubic(double t, double a) {
  t = std::abs(t);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? a * (((t - 5) * t + 8) * t - 4) : 0;
}

}  // namespace

std::vector<std::size_t> resized_axes(const Attributes& attrs, std::size_t rank) {
  std::vector<std::size_t> out;
  if (!attrs.has("axes")) {
    for (std::size_t i = 0; i < rank; ++i) out.push_back(i);
    return out;
  }
  const auto count = static_cast<std::int64_t>(rank);
  for (const std::int64_t axis : attrs.ints("axes")) {
    require(axis >= -count && axis < count, "axis {} is out of range for rank {}", axis, rank);
    out.push_back(static_cast<std::size_t>(axis < 0 ? axis + count : axis));
    require(std::count(out.begin(), out.end(), out.back()) == 1, "axis {} is given twice", axis);
  }
  return out;
}

std::int64_t scaled_size(std::int64_t size, float scale, float extent) {
  require(scale > 0 && std::isfinite(scale) && std::isfinite(extent), "a scale of {}", scale);
  const float out = std::floor(static_cast<float>(size) * extent * scale);
  require(ErrorCode::kOutOfResources, out < 0x1p62f, "a dimension of {} elements", out);
  return std::max<std::int64_t>(static_cast<std::int64_t>(out), 0);
}

std::vector<ResizeAxis> resize_plan(const Attributes& attrs, std::span<const std::int64_t> shape, const std::optional<std::vector<float>>& scales,
                                    const std::optional<std::vector<std::int64_t>>& sizes, const std::vector<double>& roi) {
  require(scales.has_value() != sizes.has_value(), "wants either scales or sizes, has {}", scales ? "both" : "neither");
  std::vector<ResizeAxis> plan(shape.size());
  for (std::size_t d = 0; d < shape.size(); ++d) plan[d].in = plan[d].out = shape[d];
  const auto axes = resized_axes(attrs, shape.size());
  const std::size_t count = scales ? scales->size() : sizes->size();
  require(count == axes.size(), "{} {} for {} axes", count, scales ? "scales" : "sizes", axes.size());
  const bool crops = attrs.s("coordinate_transformation_mode") == "tf_crop_and_resize";
  require(!crops || roi.size() == 2 * axes.size(), "{} numbers in roi for {} axes, want {}", roi.size(), axes.size(), 2 * axes.size());
  const auto common = sizes ? common_scale(attrs, shape, axes, *sizes) : std::nullopt;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    ResizeAxis& axis = plan[axes[k]];
    if (crops) {
      axis.start = roi[k];
      axis.end = roi[axes.size() + k];
    }
    if (scales) {
      axis.scale = (*scales)[k];
      axis.out = scaled_size(axis.in, (*scales)[k], static_cast<float>(axis.end - axis.start));
    } else if (common) {
      axis.scale = *common;
      axis.out = static_cast<std::int64_t>(*common * static_cast<double>(axis.in) + 0.5);
    } else {
      require((*sizes)[k] >= 0, "a size of {}", (*sizes)[k]);
      axis.out = (*sizes)[k];
      axis.scale = static_cast<double>(axis.out) / static_cast<double>(std::max<std::int64_t>(axis.in, 1));
    }
    require(axis.in > 0 || axis.out == 0, "cannot make {} elements out of none", axis.out);
  }
  return plan;
}

std::optional<double> source_coordinate(std::string_view mode, const ResizeAxis& axis, std::int64_t index) {
  const double i = static_cast<double>(index), last = static_cast<double>(axis.in - 1);
  const double length = axis.scale * static_cast<double>(axis.in);  // of the output, a fraction too
  if (mode == "half_pixel") return (i + 0.5) / axis.scale - 0.5;
  if (mode == "asymmetric") return i / axis.scale;
  if (mode == "align_corners") return length == 1 ? 0.0 : i * last / (length - 1);
  if (mode == "pytorch_half_pixel") return length == 1 ? 0.0 : (i + 0.5) / axis.scale - 0.5;
  if (mode == "tf_half_pixel_for_nn") return (i + 0.5) / axis.scale;
  if (mode == "half_pixel_symmetric") {
    const double offset = static_cast<double>(axis.in) / 2 * (1 - static_cast<double>(axis.out) / length);
    return offset + (i + 0.5) / axis.scale - 0.5;
  }
  require(mode == "tf_crop_and_resize",
          "coordinate_transformation_mode = \"{}\", want half_pixel, half_pixel_symmetric, pytorch_half_pixel, align_corners, asymmetric, "
          "tf_half_pixel_for_nn or tf_crop_and_resize", mode);
  const double extent = axis.end - axis.start;
  const double x = axis.start * last + (length == 1 ? extent * last / 2 : i * extent * last / (length - 1));
  return x < 0 || x > last ? std::nullopt : std::optional(x);
}

std::int64_t nearest_index(std::string_view nearest_mode, double x, std::int64_t size) {
  const double down = std::floor(x), rest = x - down;
  double nearest = down;
  if (nearest_mode == "round_prefer_floor") {
    nearest = rest > 0.5 ? down + 1 : down;
  } else if (nearest_mode == "round_prefer_ceil") {
    nearest = rest >= 0.5 ? down + 1 : down;
  } else if (nearest_mode == "ceil") {
    nearest = std::ceil(x);
  } else {
    require(nearest_mode == "floor", "nearest_mode = \"{}\", want round_prefer_floor, round_prefer_ceil, floor or ceil", nearest_mode);
  }
  return static_cast<std::int64_t>(std::clamp(nearest, 0.0, static_cast<double>(size - 1)));
}

Taps taps_at(const Attributes& attrs, const ResizeAxis& axis, double x) {
  const bool is_cubic = attrs.s("mode") == "cubic", antialias = attrs.i("antialias") != 0;
  const double a = attrs.f("cubic_coeff_a");
  // When shrinking with antialiasing, the kernel is stretched to cover all elements that an output element stands for.
  const double shrink = antialias ? std::min(axis.scale, 1.0) : 1.0;
  const std::int64_t reach = static_cast<std::int64_t>(std::floor((is_cubic ? -2 : -1) / shrink)) + 1;
  const double left = std::ceil(x) - 1;  // the element before x; one that x hits is the right one
  Taps taps{static_cast<std::int64_t>(left) + reach, {}};
  double total = 0;
  for (std::int64_t k = reach; k < 2 - reach; ++k) {
    const double t = (static_cast<double>(k) - (x - left)) * shrink;
    const std::int64_t at = static_cast<std::int64_t>(left) + k;
    const bool outside = attrs.i("exclude_outside") != 0 && (at < 0 || at >= axis.in);
    taps.weights.push_back(outside ? 0.0 : is_cubic ? cubic(t, a) : std::max(0.0, 1 - std::abs(t)));
    total += taps.weights.back();
  }
  if ((antialias || attrs.i("exclude_outside") != 0) && total != 0) {
    for (double& w : taps.weights) w /= total;
  }
  return taps;
}

}  // namespace onnxrun
