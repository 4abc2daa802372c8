// onnxrun.Copy nodes, where values go from one memory to another.
#pragma once

#include <vector>

#include "engine/ir/graph.h"
#include "engine/partition/partition.h"

namespace onnxrun {

// Values are read where they are made.
void remove_copies(Graph& graph);

// Every node, and the host for the graph's outputs, reads values of its own memory: one copy for each value and memory, by the backend of
// the device that it comes from or goes to. `nodes` are by NodeId and get entries for the copies; what is `settled` (by ValueId) is not
// copied from the host.
void add_copies(Graph& graph, std::vector<Assignment>& nodes, const std::vector<bool>& settled);

}  // namespace onnxrun
