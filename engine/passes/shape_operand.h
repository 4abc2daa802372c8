// Writing a shape that may hold symbols as the constant operand of Reshape or Expand.
#pragma once

#include <optional>
#include <vector>

#include "engine/ir/dim.h"
#include "engine/ir/graph.h"

namespace onnxrun {

// What Reshape (allowzero = 0) must be given so that a tensor of shape `from` gets shape `to`, for every value of the symbols:
// 0 where a dimension is copied, one -1 where it follows from the rest. nullopt when `to` can't be said that way.
std::optional<std::vector<std::int64_t>> reshape_operand(const Dims& from, const Dims& to);
// The same for Expand: 1 where the dimension stays.
std::optional<std::vector<std::int64_t>> expand_operand(const Dims& from, const Dims& to);
// `x` reshaped to `to` by a constant operand, kNone when that can't be said.
ValueId reshape_to(Graph& graph, ValueId x, const Dims& to);

}  // namespace onnxrun
