// How much arithmetic a graph asks for.
#pragma once

#include <cstdint>

#include "engine/ir/graph.h"

namespace onnxrun {

// Multiply-adds, counted as two, of convolutions, matrix products, attention and recurrent layers; other operators count
// nothing. Symbols stand for 1. The body of a loop counts once, and of the branches of an If the larger.
std::int64_t count_flops(const Graph& graph);

// Of one node, without its subgraphs; symbols stand for `symbol`.
double node_flops(const Graph& graph, const Node& node, double symbol);
double guessed_size(const Dim& dim, double symbol);

}  // namespace onnxrun
