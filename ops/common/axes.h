// Axes: negative ones count from the back.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/check.h"
#include "engine/ir/dim.h"

namespace onnxrun {

// `axis` in [-rank, rank) as [0, rank). Throws Error(kBadModel).
inline int normalize_axis(std::int64_t axis, int rank) {
  require(axis >= -rank && axis < rank, "axis {} is out of range for rank {}", axis, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

// A shape seen as outer x axis x inner.
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
