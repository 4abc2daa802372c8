// Reshape and Expand to a shape that was computed from the input's own dimensions get a constant instead.
//   %x: f32[N, S, 768]  %t: i64[4] holds {N, S, 12, 64}  %y = Reshape(%x, %t)   ->  %y = Reshape(%x, const {0, 0, 12, 64})
//   %x: f32[N, 1, S]    %t: i64[3] holds {N, 8, S}       %y = Expand(%x, %t)    ->  %y = Expand(%x, const {1, 8, 1})
// The arithmetic that computed the shape dies with it. (Shapes without symbols are fold_constants's.)
// Not when two dimensions are neither numbers nor copies, or one is and another is a copy (which may be 0 at run time).
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/shape_operand.h"

namespace onnxrun {

bool fold_shape(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    const Node& n = graph.node(id);
    const bool reshape = is_op(n, "Reshape"), expand = is_op(n, "Expand");
    if (!reshape && !expand) continue;
    const ValueId x = input(n, 0), shape = input(n, 1), y = output(n);
    if (constant(graph, shape) != nullptr || !graph.value(shape).contents || !has_rank(graph, x) || !has_rank(graph, y)) continue;
    if (reshape && n.attrs.i("allowzero") != 0) continue;
    const auto operand = reshape ? reshape_operand(dims(graph, x), dims(graph, y)) : expand_operand(dims(graph, x), dims(graph, y));
    if (!operand) continue;
    graph.set_input(id, 1, graph.add_constant(ints_tensor(*operand)));
    infer_node(graph, id);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
