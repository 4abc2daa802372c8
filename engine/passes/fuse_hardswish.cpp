// HardSigmoid and HardSwish as exporters write them out, with six = Clip(%x + 3, 0, 6):
//   %y = Div(six, 6)                                          ->  %y = HardSigmoid(%x) {alpha = 1/6, beta = 0.5}
//   %y = Div(Mul(%x, six), 6)  or  Mul(%x, Div(six, 6))       ->  %y = HardSwish(%x)
//   %y = Mul(%x, HardSigmoid(%x) {alpha = 1/6, beta = 0.5})   ->  %y = HardSwish(%x)
// Also with Mul by 1/6. Not when what lies between is read elsewhere, or for other numbers.
#include <cmath>

#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

constexpr double kSixth = 1.0 / 6.0;

bool near(std::optional<double> v, double want) { return v && std::fabs(*v - want) <= 1e-5 * std::fabs(want); }

// The x with which `v` is Clip(Add(x, 3), 0, 6), used nowhere else; kNone: it isn't.
ValueId relu6_of_plus_3(const Graph& graph, ValueId v) {
  const NodeId clip = made_by(graph, v, "Clip");
  if (clip == NodeId::kNone || graph.use_count(v) != 1) return ValueId::kNone;
  if (scalar(graph, input(graph, clip, 1)) != 0.0 || scalar(graph, input(graph, clip, 2)) != 6.0) return ValueId::kNone;
  const ValueId sum = input(graph, clip, 0);
  const NodeId add = made_by(graph, sum, "Add");
  if (add == NodeId::kNone || graph.use_count(sum) != 1) return ValueId::kNone;
  for (const int side : {0, 1}) {
    const ValueId x = input(graph, add, side);
    if (scalar(graph, input(graph, add, 1 - side)) == 3.0 && same_type(graph, x, sum)) return x;
  }
  return ValueId::kNone;
}

// The v with which `id` is v / 6; kNone: it isn't.
ValueId sixth_of(const Graph& graph, NodeId id) {
  const bool div = is_op(graph, id, "Div"), mul = is_op(graph, id, "Mul");
  for (const int side : {0, 1}) {
    const ValueId v = input(graph, id, side);
    if (!div && !mul) break;
    if (div && side == 1) break;
    if (near(scalar(graph, input(graph, id, 1 - side)), div ? 6 : kSixth) && same_type(graph, v, output(graph, id))) return v;
  }
  return ValueId::kNone;
}

bool is_sixth_half(const Graph& graph, ValueId v) {
  const NodeId id = made_by(graph, v, "HardSigmoid");
  return id != NodeId::kNone && graph.use_count(v) == 1 && near(graph.node(id).attrs.f("alpha"), kSixth) &&
         near(graph.node(id).attrs.f("beta"), 0.5);
}

// The replacement for what `id` makes, or kNone.
ValueId simpler(Graph& graph, NodeId id) {
  if (const ValueId v = sixth_of(graph, id); v != ValueId::kNone) {
    if (const ValueId x = relu6_of_plus_3(graph, v); x != ValueId::kNone) {
      return build(graph, "HardSigmoid", {x}, {{"alpha", static_cast<float>(kSixth)}, {"beta", 0.5f}});
    }
    const NodeId mul = made_by(graph, v, "Mul");
    if (mul == NodeId::kNone || graph.use_count(v) != 1) return ValueId::kNone;
    for (const int side : {0, 1}) {
      const ValueId x = input(graph, mul, side);
      if (relu6_of_plus_3(graph, input(graph, mul, 1 - side)) == x) return build(graph, "HardSwish", {x});
    }
    return ValueId::kNone;
  }
  if (!is_op(graph, id, "Mul")) return ValueId::kNone;
  for (const int side : {0, 1}) {
    const ValueId x = input(graph, id, side), gate = input(graph, id, 1 - side);
    if (is_sixth_half(graph, gate) && input(graph, graph.value(gate).producer, 0) == x) return build(graph, "HardSwish", {x});
  }
  return ValueId::kNone;
}

}  // namespace

bool fuse_hardswish(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_float(graph, output(graph, id)) || graph.use_count(output(graph, id)) == 0) continue;
    const ValueId y = simpler(graph, id);
    if (y == ValueId::kNone) continue;
    replace(graph, output(graph, id), y);
    graph.erase(id);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
