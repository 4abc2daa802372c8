// Axes: negative ones count from the back; a shape seen as outer x axis x inner.
#pragma once

#include <cstdint>
#include <span>

#include "onnxrun/tensor.h"

namespace onnxrun::cpu {

// The models' axes were checked by inference.
inline int axis_of(std::int64_t axis, int rank) { return static_cast<int>(axis < 0 ? axis + rank : axis); }

struct AxisSplit {
  std::int64_t outer = 1, axis = 1, inner = 1;
};
inline AxisSplit split_at(std::span<const std::int64_t> shape, int axis) {
  AxisSplit s;
  for (int i = 0; i < static_cast<int>(shape.size()); ++i) {
    (i < axis ? s.outer : i == axis ? s.axis : s.inner) *= shape[static_cast<std::size_t>(i)];
  }
  return s;
}

}  // namespace onnxrun::cpu
