// Resize along one dimension: where an output index lies in the input, and which elements weigh in with how much.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/ir/attribute.h"

namespace onnxrun {

struct ResizeAxis {
  std::int64_t in = 1, out = 1;
  double scale = 1;          // as given, or out / in
  double start = 0, end = 1;  // region of interest, as fractions of the input
  bool identity(bool crops) const { return in == out && scale == 1 && (!crops || (start == 0 && end == 1)); }
};

// Which axes are resized: attribute axes, else all.
std::vector<std::size_t> resized_axes(const Attributes& attrs, std::size_t rank);
// The size that `size` grows to by a scale (and a region of interest of the given extent): rounded down, in float arithmetic.
std::int64_t scaled_size(std::int64_t size, float scale, float extent = 1);
// All dimensions of a concrete input. Of scales and sizes one is given; they and roi (starts, then ends) belong to
// resized_axes(). Throws Error(kBadModel).
std::vector<ResizeAxis> resize_plan(const Attributes& attrs, std::span<const std::int64_t> shape, const std::optional<std::vector<float>>& scales,
                                    const std::optional<std::vector<std::int64_t>>& sizes, const std::vector<double>& roi);

// The input's coordinate of output index i, by the attribute coordinate_transformation_mode. nullopt: outside the region that
// tf_crop_and_resize may read.
std::optional<double> source_coordinate(std::string_view mode, const ResizeAxis& axis, std::int64_t i);
// The nearest input index by the attribute nearest_mode, clamped to the input.
std::int64_t nearest_index(std::string_view nearest_mode, double x, std::int64_t size);

// weights[k] belongs to input index first + k, to be clamped to the input.
struct Taps {
  std::int64_t first = 0;
  std::vector<double> weights;
};
// For modes linear and cubic.
Taps taps_at(const Attributes& attrs, const ResizeAxis& axis, double x);

}  // namespace onnxrun
