// Nodes that only give a tensor another shape are one Reshape in a row, or none.
//   %b = Unsqueeze(%a, 1)  %c = Squeeze(%b, 1)                 ->  readers of %c read %a
//   %b = Reshape(%a, ..)   %c = Flatten(%b)                    ->  %c = Reshape(%a, const)
// Other readers of %b keep it. Not when the last shape can't be written as a constant (see shape_operand.h), nor across a
// change of layout.
#include <algorithm>
#include <array>

#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/shape_operand.h"

namespace onnxrun {
namespace {

bool is_view(const Graph& graph, NodeId id) {
  constexpr std::array<std::string_view, 4> kViews = {"Reshape", "Flatten", "Squeeze", "Unsqueeze"};
  const Node& n = graph.node(id);
  return n.op->domain == kOnnx && std::ranges::find(kViews, n.op->name) != kViews.end();
}

bool plain(const Graph& graph, ValueId v) { return has_rank(graph, v) && graph.value(v).type.layout == Layout::kPlain; }

}  // namespace

bool eliminate_reshape(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_view(graph, id) || graph.use_count(output(graph, id)) == 0) continue;
    const ValueId y = output(graph, id);
    ValueId x = input(graph, id, 0);
    int steps = 1;
    for (; graph.producer(x) != nullptr && is_view(graph, graph.value(x).producer); ++steps) {
      x = input(graph, graph.value(x).producer, 0);
    }
    if (!plain(graph, x) || !plain(graph, y)) continue;
    const bool same = dims(graph, x) == dims(graph, y);
    if (steps == 1 && !same) continue;
    const ValueId direct = same ? x : reshape_to(graph, x, dims(graph, y));
    if (direct == ValueId::kNone) continue;
    replace(graph, y, direct);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
