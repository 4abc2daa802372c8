// Which axes a reduction runs over, and the shapes it makes.
#pragma once

#include <vector>

#include "ops/common/axes.h"

namespace onnxrun {

using AxisMask = std::vector<bool>;  // one per dimension: reduced?

// `axes` may be negative and may repeat; none means all, or with `noop` none at all.
inline AxisMask reduced_axes(const std::vector<std::int64_t>& axes, int rank, bool noop) {
  AxisMask mask(static_cast<std::size_t>(rank), axes.empty() && !noop);
  for (const std::int64_t axis : axes) mask[static_cast<std::size_t>(normalize_axis(axis, rank))] = true;
  return mask;
}

template <class List>
List reduced_shape(const List& shape, const AxisMask& mask, bool keepdims) {
  List out;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (!mask[i]) out.push_back(shape[i]);
    if (mask[i] && keepdims) out.push_back(1);
  }
  return out;
}

}  // namespace onnxrun
