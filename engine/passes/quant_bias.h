// What is added to the f32 result of onnxrun.QuantConv and onnxrun.QuantMatMul, as their bias.
#pragma once

#include <optional>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

// The constant `v` (also by DequantizeLinear) as one number per column of a matrix with `columns` of them: shape [columns] behind
// ones, or one element.
std::optional<std::vector<double>> row_numbers(const Graph& graph, ValueId v, std::size_t columns);
// The Add of such numbers, or of one per channel, that alone reads the result of `id` becomes its bias, unless it has one.
void take_row_bias(Graph& graph, NodeId matmul);
void take_channel_bias(Graph& graph, NodeId conv);

}  // namespace onnxrun
