// Where RoiAlign takes its elements from.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "engine/base/check.h"
#include "engine/ir/attribute.h"

namespace onnxrun {

// The four neighbours of a point in a feature map, with their weights; all 0 for a point outside.
struct RoiSample {
  std::array<std::int64_t, 4> at{};
  std::array<double, 4> weight{};
};

inline RoiSample roi_sample(double y, double x, std::int64_t height, std::int64_t width) {
  RoiSample s;
  if (!(y >= -1 && y <= static_cast<double>(height) && x >= -1 && x <= static_cast<double>(width))) return s;
  const auto split = [](double v, std::int64_t size, std::int64_t& low, std::int64_t& high) {
    v = std::max(v, 0.0);
    low = std::min(static_cast<std::int64_t>(v), size - 1);
    high = std::min(low + 1, size - 1);
    return low == size - 1 ? 0.0 : v - static_cast<double>(low);
  };
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  const double dy = split(y, height, top, bottom), dx = split(x, width, left, right);
  s.at = {top * width + left, top * width + right, bottom * width + left, bottom * width + right};
  s.weight = {(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx};
  return s;
}

// A region in the feature map's coordinates, cut into bins, each with rows x columns sample points.
struct RoiBins {
  double top = 0, left = 0, height = 0, width = 0;  // of the first bin
  std::int64_t rows = 0, columns = 0;

  RoiSample sample(std::int64_t bin_row, std::int64_t bin_column, std::int64_t row, std::int64_t column, std::int64_t map_height, std::int64_t map_width) const {
    const auto at = [](double start, double size, std::int64_t bin, std::int64_t point, std::int64_t points) {
      return start + static_cast<double>(bin) * size + (static_cast<double>(point) + 0.5) * size / static_cast<double>(points);
    };
    return roi_sample(at(top, height, bin_row, row, rows), at(left, width, bin_column, column, columns), map_height, map_width);
  }
};

// `roi`: x1, y1, x2, y2 of region n.
template <class T>
RoiBins roi_bins(const Attributes& attrs, const T* roi, std::int64_t n) {
  const bool shifted = attrs.s("coordinate_transformation_mode") == "half_pixel";
  const double scale = attrs.f("spatial_scale"), shift = shifted ? 0.5 : 0.0;
  RoiBins bins{roi[1] * scale - shift, roi[0] * scale - shift, roi[3] * scale - shift, roi[2] * scale - shift, 0, 0};
  bins.height -= bins.top;
  bins.width -= bins.left;
  if (!shifted) {
    bins.height = std::max(bins.height, 1.0);
    bins.width = std::max(bins.width, 1.0);
  }
  bins.height /= static_cast<double>(attrs.i("output_height"));
  bins.width /= static_cast<double>(attrs.i("output_width"));
  require(ErrorCode::kUsage, bins.height < 1e4 && bins.width < 1e4, "region {} has bins of {} x {} elements", n, bins.height, bins.width);
  const std::int64_t ratio = attrs.i("sampling_ratio");
  bins.rows = ratio > 0 ? ratio : static_cast<std::int64_t>(std::ceil(bins.height));
  bins.columns = ratio > 0 ? ratio : static_cast<std::int64_t>(std::ceil(bins.width));
  return bins;
}

}  // namespace onnxrun
