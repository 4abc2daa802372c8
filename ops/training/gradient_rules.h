// The chain rule, operator by operator.
#pragma once

#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun::gradients {

// A scalar of the element type of `like`.
ValueId number(Graph& graph, double value, ValueId like);
// `value` everywhere, in the shape and type of `like`.
ValueId filled_like(Graph& graph, double value, ValueId like);

// Given the gradient of output 0 of `node`, adds the nodes that compute those of its inputs, and returns them in order; kNone (or nothing,
// at the end) for an input that has none: a shape, an axis, a condition. Throws Error(kUnsupported) for an operator without a rule, and
// where the ranks or sizes that a rule asks for are not known.
std::vector<ValueId> of_inputs(Graph& graph, NodeId node, ValueId gradient);

}  // namespace onnxrun::gradients
