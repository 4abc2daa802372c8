// Values that every plan knows: constants, and integers worked out from the sizes of the graph's inputs. They cross no border: the
// planner makes them constants, and whoever reads one is given it.
#pragma once

#include <string>
#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

// By ValueId.
std::vector<bool> settled_values(const Graph& graph);

// Why a node must stay in the host's memory, whatever a device could do with it; empty when it needn't.
std::string host_only(const Graph& graph, NodeId node, const std::vector<bool>& settled);

}  // namespace onnxrun
