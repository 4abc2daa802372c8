// Nodes in the words of the device's kernels: element types, nested loops, strides.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/cuda/device/arguments.h"
#include "engine/backend/backend.h"

namespace onnxrun::cuda {

using List = std::vector<std::int64_t>;

// kNone for types that kernels don't compute with.
Elem elem_of(DType dtype);
bool is_integer(DType dtype);                   // those of Elem, bool among them
std::optional<int> element_bytes(DType dtype);  // for moving: 1, 2, 4, 8 or 16; else nullopt

// Element strides of a dense tensor, one per logical dimension; and the logical dimensions in the order in which they lie.
List dense_strides(const Shape& shape, Layout layout);
std::vector<int> memory_order(int rank, Layout layout);

// Loops in which dimensions of one turn are left out and neighbours that run on without a seam for every operand are one.
// `strides` has an operand per entry, and gets one Strides each. At most kMaxDims loops may remain.
struct Nest {
  Loops loops{};
  std::vector<Strides> strides;
};
Nest make_nest(const List& counts, const std::vector<List>& strides);

// The output's elements in the order in which they lie, with the strides of every input as it broadcasts to it.
Nest broadcast_nest(const NodeView& node);
// A box of `counts` (logical dimensions), as `layout` orders them, between two tensors with these strides per logical dimension.
Nest box_nest(const Shape& counts, const List& to, const List& from, Layout layout);

// Why the node's input i can't be moved: an unknown or too large rank, its type; "" when it can.
std::string refuse_moving(const NodeView& node, int i);

// What a fused node does to its result in the end, as an instruction.
FusedEnd end_of(const NodeView& node);

}  // namespace onnxrun::cuda
