// Optional outputs that nobody reads are not asked for, so that backends without them can take the node.
//   %y, %indices = MaxPool(%x)   ->  %y = MaxPool(%x)                  when nothing reads %indices
//   %y, %h, %c = LSTM(...)       ->  %y, _, %c = LSTM(...)             when nothing reads %h
// Not for the first output, those that the operator must have, nor the variadic ones of Split, If, Loop and Scan.
#include <algorithm>

#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {

bool drop_outputs(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    const Arity arity = graph.node(id).op->outputs;
    if (arity.max == kVariadic) continue;
    for (int i = static_cast<int>(graph.node(id).outputs.size()) - 1; i >= std::max(1, arity.min); --i) {
      const ValueId v = output(graph, id, i);
      if (v == ValueId::kNone || graph.use_count(v) > 0) continue;
      graph.drop_output(id, i);
      changed = true;
    }
  }
  return changed;
}

}  // namespace onnxrun
