// Sums and products of two quantised tensors of one shape, whose result is quantised again, need no floats in memory.
//   %p = DequantizeLinear(%a, %as, %az)  %q = DequantizeLinear(%b, %bs, %bz)
//   %s = Add(%p, %q)  %r = Relu(%s)  %y = QuantizeLinear(%r, %ys, %yz)
//   ->  %y = onnxrun.QuantBinary(%a, %b) {op = "Add", a_scale = %as, ..., activation = "Relu", to = 2, y_scale = %ys, y_zero =
//   %yz}
// for Add and Mul, with or without an activation; all parameters are constants, one for each tensor. The same arithmetic, so this
// holds for Math::kExact, too. Not for constants, nor where no backend takes it.
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/quantized.h"

namespace onnxrun {

bool fuse_quant_binary(Graph& graph, const PassContext& ctx) {
  const OpDef& def = op("QuantBinary", kInternal);
  if (!ctx.fast_in(def, DType::kInt8)) return false;
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!graph.node(id).live || (!is_op(graph, id, "Add") && !is_op(graph, id, "Mul"))) continue;
    const auto a = dequantized(graph, input(graph, id, 0)), b = dequantized(graph, input(graph, id, 1));
    if (!a || !b || !same_shape(graph, a->q, b->q)) continue;
    if (constant(graph, a->q) != nullptr || constant(graph, b->q) != nullptr || !is_quantized_next(graph, id)) continue;
    const std::string name(graph.node(id).op->name);
    change_op(graph, id, def);
    Attributes& attrs = graph.node(id).attrs;
    attrs.set("op", name);
    attrs.set("a_scale", a->parameters.scale);
    attrs.set("a_zero", a->parameters.zero);
    attrs.set("b_scale", b->parameters.scale);
    attrs.set("b_zero", b->parameters.zero);
    graph.set_input(id, 0, a->q);
    graph.set_input(id, 1, b->q);
    finish_quant(graph, id);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
