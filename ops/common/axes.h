// Axes: negative ones count from the back.
#pragma once

#include <cstdint>

#include "engine/base/check.h"
#include "engine/ir/axis_split.h"
#include "engine/ir/dim.h"

namespace onnxrun {

// `axis` in [-rank, rank) as [0, rank). Throws Error(kBadModel).
inline int normalize_axis(std::int64_t axis, int rank) {
  require(axis >= -rank && axis < rank, "axis {} is out of range for rank {}", axis, rank);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

}  // namespace onnxrun
