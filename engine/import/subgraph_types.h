// What the inputs of a subgraph are, as far as that follows from the inputs of its node.
#pragma once

#include <string_view>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

// For Loop, Scan and SequenceMap: one type for each input of the body, from which the body's nodes can be typed where the file
// declares nothing. Sizes that may change from one iteration to the next are left out. Empty for other operators.
std::vector<Type> subgraph_input_types(std::string_view op, int opset, const Graph& graph, const std::vector<ValueId>& inputs,
                                       std::int64_t num_scan_inputs);

}  // namespace onnxrun
