// Swish (SiLU) as exporters write it out.
//   %s = Sigmoid(%x)  %y = Mul(%x, %s)                        ->  %y = Swish(%x)
//   %t = Mul(%x, 1.702)  %s = Sigmoid(%t)  %y = Mul(%x, %s)   ->  %y = Swish(%x) {alpha = 1.702}
// Not when %s is read elsewhere or a graph output (it would be computed all the same).
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// The alpha with which `v` is alpha * x.
std::optional<double> multiple_of(const Graph& graph, ValueId v, ValueId x) {
  if (v == x) return 1;
  const NodeId mul = made_by(graph, v, "Mul");
  if (mul == NodeId::kNone || !same_type(graph, v, x)) return std::nullopt;
  const ValueId factor = other_input(graph, mul, x);
  return factor != ValueId::kNone && (input(graph, mul, 0) == x || input(graph, mul, 1) == x) ? scalar(graph, factor) : std::nullopt;
}

}  // namespace

bool fuse_swish(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "Mul") || !is_float(graph, output(graph, id))) continue;
    for (const int side : {0, 1}) {
      const ValueId s = input(graph, id, side), x = input(graph, id, 1 - side);
      const NodeId sigmoid = made_by(graph, s, "Sigmoid");
      if (sigmoid == NodeId::kNone || graph.sole_user(s) != id) continue;
      const auto alpha = multiple_of(graph, input(graph, sigmoid, 0), x);
      if (!alpha) continue;
      const std::string name = graph.node(id).name;
      replace(graph, output(graph, id), build(graph, "Swish", {x}, {{"alpha", static_cast<float>(*alpha)}}, name));
      changed = true;
      break;
    }
  }
  return changed;
}

}  // namespace onnxrun
