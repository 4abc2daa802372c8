// Every convolution of floats becomes onnxrun.FusedConv, with the activation that follows it.
//   %c = Conv(%x, %w, %b)  %y = Relu(%c)        ->  %y = onnxrun.FusedConv(%x, %w, %b) {activation = "Relu"}
//   %y = Conv(%x, %w)                           ->  %y = onnxrun.FusedConv(%x, %w)
// The activation stays outside when something else reads %c, %c is a graph output, or its parameters aren't constants.
#include "engine/passes/activation.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {

bool fuse_conv_activation(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!graph.node(id).live || !is_op(graph, id, "Conv") || !is_float(graph, input(graph, id, 0))) continue;
    change_op(graph, id, op("FusedConv", kInternal));
    take_activation(graph, id);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
