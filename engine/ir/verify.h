// The verifier: throws Error(kBadModel) on the first thing wrong with a graph.
#pragma once

#include "engine/ir/graph.h"

namespace onnxrun {

// Checks: ids in range and alive, one producer per value, use lists exact, no cycle, arities, subgraphs closed with
// matching captures, output names unique, constants dense with matching types, and that re-inferring gives the recorded
// dtypes, ranks, layouts and known dimensions.
void verify(const Graph& graph);

}  // namespace onnxrun
