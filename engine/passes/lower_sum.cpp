// Sum is a chain of Adds, so that patterns know one of them only.
//   %y = Sum(%a, %b, %c)      ->  %t = Add(%a, %b)  %y = Add(%t, %c)
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {

bool lower_sum(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "Sum") || graph.node(id).inputs.size() < 2) continue;
    const std::vector<ValueId> terms = graph.node(id).inputs;
    const std::string name = graph.node(id).name;
    ValueId sum = terms[0];
    for (std::size_t i = 1; i < terms.size(); ++i) sum = build(graph, "Add", {sum, terms[i]}, {}, name);
    replace(graph, output(graph, id), sum);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
