// The sum of a matrix product and a tensor of the same type is computed by the product, and what follows it, too.
//   %m = onnxrun.FusedMatMul(%a, %b, %bias)  %s = Add(%m, %r)  %y = Relu(%s)
//   ->  %y = onnxrun.FusedMatMul(%a, %b, %bias, %r) {activation = "Relu"}
// Where both terms are products, the one that comes last takes the sum.
// Not when the shapes aren't known to be equal, something else reads %m, or %m has an activation already.
#include <ranges>

#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/residual.h"

namespace onnxrun {

bool fuse_matmul_residual(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order() | std::views::reverse) {
    if (graph.node(id).live && is_op(graph, id, "FusedMatMul", kInternal)) changed |= take_residual(graph, id);
  }
  return changed;
}

}  // namespace onnxrun
