// y = Add(fused, r) as the `residual` input of onnxrun.FusedConv and onnxrun.FusedMatMul.
#pragma once

#include "engine/ir/graph.h"

namespace onnxrun {

// When the only reader of the fused node `id` (no activation, no residual yet) adds a tensor of exactly the same type, that
// becomes the residual, and an activation that follows is taken, too. False when there is nothing of the kind.
bool take_residual(Graph& graph, NodeId id);

}  // namespace onnxrun
