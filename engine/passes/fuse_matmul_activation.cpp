// A matrix product applies the activation that follows it.
//   %m = onnxrun.FusedMatMul(%a, %b, %bias)  %y = Gelu(%m)    ->  %y = onnxrun.FusedMatMul(%a, %b, %bias) {activation = "Gelu"}
// Not when something else reads %m, %m is a graph output or has an activation, or the activation's parameters aren't constants.
#include "engine/passes/activation.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {

bool fuse_matmul_activation(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (graph.node(id).live && is_op(graph, id, "FusedMatMul", kInternal)) changed |= take_activation(graph, id);
  }
  return changed;
}

}  // namespace onnxrun
