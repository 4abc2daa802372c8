// The sum of a convolution and a tensor of the same type is computed by the convolution, and what follows it, too.
//   %c = onnxrun.FusedConv(%x, %w, %b)  %s = Add(%c, %r)  %y = Relu(%s)
//   ->  %y = onnxrun.FusedConv(%x, %w, %b, %r) {activation = "Relu"}
// Where both terms are convolutions, the one that comes last takes the sum.
// Not when the shapes aren't known to be equal, something else reads %c, or %c has an activation already.
#include <ranges>

#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/residual.h"

namespace onnxrun {

bool fuse_conv_residual(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order() | std::views::reverse) {
    if (graph.node(id).live && is_op(graph, id, "FusedConv", kInternal)) changed |= take_residual(graph, id);
  }
  return changed;
}

}  // namespace onnxrun
