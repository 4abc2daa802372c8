// Cutting a specialised graph where shapes depend on data.
#pragma once

#include <vector>

#include "engine/ir/graph.h"

namespace onnxrun {

struct Segment {
  std::vector<NodeId> nodes;     // can run now, in order
  std::vector<bool> dynamic;     // per node: some output's shape only its kernel will know
  std::vector<NodeId> deferred;  // the others
  std::vector<ValueId> carried;  // values of inputs and `nodes` that `deferred` reads
};

// A node can run once its inputs have shapes. One whose output shape depends on the contents of small inputs that this segment
// computes waits for the next, where they are constants; any other node without a shape runs as a dynamic one.
Segment cut(const Graph& graph);

// The graph of what was deferred: `carried` are its inputs, in order, and its outputs are those of `graph` that it makes.
// Node ids stay the same.
Graph rest_of(const Graph& graph, const Segment& segment);

}  // namespace onnxrun
