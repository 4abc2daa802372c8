// A shape seen from one axis.
#pragma once

#include <cstdint>
#include <span>

namespace onnxrun {

// An axis that inference has checked, negative ones counting from the back.
inline int axis_of(std::int64_t axis, int rank) { return static_cast<int>(axis < 0 ? axis + rank : axis); }

// outer x axis x inner.
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

}  // namespace onnxrun
