// Indices that come as data: negative ones count from the back, others outside are an Error.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
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

// Input i, when it is a constant, holds indices into dimensions of these sizes in turn; a size that is not known yet allows all.
inline void want_indices_within(const InferContext& ctx, int i, std::span<const Dim> sizes) {
  const Tensor* constant = ctx.constant(i);
  if (constant == nullptr || std::ranges::none_of(sizes, &Dim::known)) return;
  const std::vector<std::int64_t> indices = converted<std::int64_t>(view_of(*constant));
  for (std::size_t at = 0; at < indices.size(); ++at) {
    const Dim& size = sizes[at % sizes.size()];
    if (size.known()) checked_index(indices[at], size.value());
  }
}

}  // namespace onnxrun
