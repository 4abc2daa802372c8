// Computing nodes at load time.
#pragma once

#include <optional>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

// The outputs of a node whose inputs are all constants; nullopt when it has other inputs or subgraphs, is not deterministic,
// would take too long or become too large, or its reference kernel refuses (the run then says why).
std::optional<std::vector<Tensor>> evaluate(const Graph& graph, NodeId id);

}  // namespace onnxrun
