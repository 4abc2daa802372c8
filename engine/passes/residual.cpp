#include "engine/passes/residual.h"

#include "engine/passes/activation.h"
#include "engine/passes/match.h"

namespace onnxrun {

bool take_residual(Graph& graph, NodeId id) {
  constexpr int kResidual = 3;
  if (!is_linear(graph, id) || input(graph, id, kResidual) != ValueId::kNone) return false;
  const ValueId y = output(graph, id);
  const NodeId add = graph.sole_user(y);
  if (!is_op(graph, add, "Add")) return false;
  // The other term can't depend on this node: its only reader is the sum.
  const ValueId residual = other_input(graph, add, y);
  if (residual == ValueId::kNone || !same_type(graph, residual, y)) return false;
  if (graph.node(id).inputs.size() <= kResidual) graph.resize_inputs(id, kResidual + 1);
  graph.set_input(id, kResidual, residual);
  take_over(graph, id, add);
  take_activation(graph, id);
  return true;
}

}  // namespace onnxrun
