// Indices that come as data: negative ones count from the back, others outside are an Error.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/check.h"
#include "ops/common/convert.h"

namespace onnxrun {

inline std::int64_t checked_index(std::int64_t i, std::int64_t size) {
  require(ErrorCode::kUsage, i >= -size && i < size, "index {} is out of range for a dimension of size {}", i, size);
  return i < 0 ? i + size : i;
}

// The elements of an int32 or int64 tensor as indices into a dimension of `size`.
inline std::vector<std::int64_t> checked_indices(const TensorView& view, std::int64_t size) {
  std::vector<std::int64_t> indices = converted<std::int64_t>(view);
  for (std::int64_t& i : indices) i = checked_index(i, size);
  return indices;
}

}  // namespace onnxrun
