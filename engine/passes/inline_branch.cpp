// If with a constant condition becomes the branch that is taken.
//   %c = const bool[] {true}  %y = If(%c | %x) then_branch { graph (%x) -> (%z) { %z = Relu(%x) } } else_branch {...}
//   ->  %y = Relu(%x)
// Names that are taken already are left out. Everything downstream is inferred again: one branch says more than two.
#include <algorithm>
#include <set>

#include "engine/ir/infer.h"
#include "engine/ir/splice.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

std::set<std::string> value_names(const Graph& graph) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < graph.value_capacity(); ++i) {
    const Value& v = graph.value(static_cast<ValueId>(i));
    if (v.live && !v.name.empty()) names.insert(v.name);
  }
  return names;
}

}  // namespace

bool inline_branch(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!is_op(graph, id, "If")) continue;
    const Tensor* condition = constant(graph, input(graph, id, 0));
    if (condition == nullptr || condition->dtype() != DType::kBool || condition->size() != 1) continue;
    const std::string_view wanted = condition->view<bool>()[0] ? "then_branch" : "else_branch";
    const auto& subgraphs = graph.node(id).subgraphs;
    const auto branch = std::ranges::find(subgraphs, wanted, &Subgraph::name);
    if (branch == subgraphs.end()) continue;

    const Graph inner = *branch->graph;
    const std::vector<ValueId> captured(graph.node(id).inputs.begin() + 1, graph.node(id).inputs.end());
    const std::vector<ValueId> outputs = graph.node(id).outputs;
    auto names = value_names(graph);
    const auto results = splice(graph, inner, captured, &names);
    for (std::size_t i = 0; i < outputs.size() && i < results.size(); ++i) {
      if (outputs[i] != ValueId::kNone) replace(graph, outputs[i], results[i]);
    }
    graph.erase(id);
    changed = true;
  }
  if (changed) infer_graph(graph);
  return changed;
}

}  // namespace onnxrun
