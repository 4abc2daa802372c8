// The loops of a reduction over a dense tensor.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/backend/backend.h"

namespace onnxrun::cpu {

struct ReduceLoops {
  bool inner_reduced = false;
  std::int64_t inner = 1;    // size of the innermost run, whose stride is 1
  std::int64_t kept = 1;     // results
  std::int64_t reduced = 1;  // elements that make one
  // The loops round the innermost run, outermost first; strides in elements of the input. Kept ones follow the results' order.
  std::vector<std::int64_t> kept_counts, kept_strides, reduced_counts, reduced_strides;
};

// `mask` tells for each dimension of `shape`, in memory order, whether it is reduced.
ReduceLoops reduce_loops(const Shape& shape, const std::vector<bool>& mask);

// The mask of a Reduce* node: its axes are known (known_ints.h) or absent.
std::vector<bool> reduced_mask(const NodeView& node);

}  // namespace onnxrun::cpu
