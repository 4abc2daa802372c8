#include "engine/passes/layout.h"

#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"

namespace onnxrun {

void make_plain_again(Graph& graph, NodeId node) {
  const std::vector<ValueId> outputs = graph.node(node).outputs;
  for (const ValueId y : outputs) {
    if (y == ValueId::kNone || graph.value(y).type.layout == Layout::kPlain) continue;
    const std::vector<Use> readers = graph.value(y).uses;
    const ValueId plain = build(graph, op("Reorder", kInternal), {y}, {{"layout", "plain"}});
    for (const Use& use : readers) graph.set_input(use.node, use.input, plain);
    for (Graph::Output& out : graph.outputs) {
      if (out.value == y) out.value = plain;
    }
  }
}

}  // namespace onnxrun
