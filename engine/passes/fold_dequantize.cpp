// Quantised weights that no integer kernel wanted become floats at load, not at every run.
//   %w = const i8[...]  %f = DequantizeLinear(%w, %scale, %zero)    ->  %f = const f32[...]
#include "engine/passes/fold.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {

bool fold_dequantize(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "DequantizeLinear")) continue;
    auto results = evaluate(graph, id);
    if (!results) continue;
    const ValueId c = graph.add_constant(std::move((*results)[0]));
    replace(graph, output(graph, id), c);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
