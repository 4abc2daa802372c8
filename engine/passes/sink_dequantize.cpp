// What only moves or picks elements works on quantised ones, and quantising again what was just dequantised gives the same bytes.
//   %a = DequantizeLinear(%q, %s, %z)  %y = Reshape(%a, %shape)    ->  %b = Reshape(%q, %shape)  %y = DequantizeLinear(%b, %s,
//   %z) %a = DequantizeLinear(%p, %s, %z)  %b = DequantizeLinear(%q, %s, %z)  %y = Concat(%a, %b)
//                                                                  ->  %c = Concat(%p, %q)      %y = DequantizeLinear(%c, %s, %z)
//   %a = DequantizeLinear(%q, %s, %z)  %y = QuantizeLinear(%a, %s, %z)                          ->  %q
//   %a = DequantizeLinear(%q, %s, %z)  %y = Relu(%a)  with %z the least number of %q's type     ->  %a
// for Flatten, Reshape, Squeeze, Transpose, Unsqueeze, and MaxPool (a larger byte is a larger number) where some backend takes
// bytes. One constant scale and zero point for all of a tensor. Exact: ((q - z) * s) / s differs from q - z by less than a half.
// Constants are left to fold_dequantize.
#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/quantized.h"

namespace onnxrun {
namespace {

bool moves(const Graph& graph, const PassContext& ctx, NodeId id) {
  const Node& n = graph.node(id);
  if (n.op->domain != kOnnx) return false;
  const std::string_view name = n.op->name;
  if (name == "MaxPool") return n.outputs.size() == 1 && ctx.takes(*n.op, DType::kUInt8);
  return name == "Concat" || name == "Flatten" || name == "Reshape" || name == "Squeeze" || name == "Transpose" ||
         name == "Unsqueeze";
}

// Moves the DequantizeLinear of all data inputs of `id` behind it.
bool sink(Graph& graph, NodeId id) {
  const int data = is_op(graph, id, "Concat") ? static_cast<int>(graph.node(id).inputs.size()) : 1;
  std::vector<ValueId> inputs = graph.node(id).inputs;
  std::optional<QuantParameters> shared;
  for (int i = 0; i < data; ++i) {
    const auto from = dequantized(graph, inputs[static_cast<std::size_t>(i)]);
    if (!from || constant(graph, from->q) != nullptr || (shared && !(*shared == from->parameters))) return false;
    shared = from->parameters;
    inputs[static_cast<std::size_t>(i)] = from->q;
  }
  const NodeId before = made_by(graph, input(graph, id, 0), "DequantizeLinear");
  const ValueId scale = input(graph, before, 1), zero = input(graph, before, 2);
  const std::string name = graph.node(id).name;
  const ValueId moved = build(graph, *graph.node(id).op, std::move(inputs), graph.node(id).attrs, name);
  std::vector<ValueId> parts = {moved, scale};
  if (zero != ValueId::kNone) parts.push_back(zero);
  replace(graph, output(graph, id), build(graph, "DequantizeLinear", std::move(parts), graph.node(before).attrs));
  graph.erase(id);
  return true;
}

// The value that `id` gives again; kNone when it is a new one.
ValueId undone(const Graph& graph, NodeId id) {
  const ValueId x = input(graph, id, 0);
  const auto from = dequantized(graph, x);
  if (!from) return ValueId::kNone;
  if (is_op(graph, id, "QuantizeLinear")) return quant_parameters(graph, id) == from->parameters ? from->q : ValueId::kNone;
  const std::int64_t least = from->parameters.dtype == DType::kUInt8 ? 0 : -128;
  return is_op(graph, id, "Relu") && from->parameters.zero == least ? x : ValueId::kNone;
}

}  // namespace

bool sink_dequantize(Graph& graph, const PassContext& ctx) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (const ValueId same = undone(graph, id); same != ValueId::kNone) {
      replace(graph, output(graph, id), same);
      graph.erase(id);
      changed = true;
    } else if (moves(graph, ctx, id)) {
      changed |= sink(graph, id);
    }
  }
  return changed;
}

}  // namespace onnxrun
