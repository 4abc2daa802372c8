#include "engine/ir/splice.h"

namespace onnxrun {

std::vector<ValueId> splice(Graph& graph, const Graph& inner, const std::vector<ValueId>& actual, std::set<std::string>* taken) {
  std::vector<ValueId> moved(inner.value_capacity(), ValueId::kNone);
  for (std::size_t i = 0; i < actual.size(); ++i) moved[index(inner.inputs[i])] = actual[i];
  for (std::size_t i = 0; i < inner.value_capacity(); ++i) {
    const Value& v = inner.value(static_cast<ValueId>(i));
    if (v.live && v.is_constant()) moved[i] = graph.add_constant(v.constant);
  }
  for (const NodeId id : inner.topological_order()) {
    const Node& from = inner.node(id);
    std::vector<ValueId> inputs;
    for (const ValueId v : from.inputs) inputs.push_back(v == ValueId::kNone ? v : moved[index(v)]);
    const NodeId copy = graph.add_node(*from.op, std::move(inputs), from.attrs, 0, from.name);
    graph.node(copy).subgraphs = from.subgraphs;
    graph.node(copy).captures = from.captures;
    for (const ValueId v : from.outputs) {
      if (v == ValueId::kNone) {
        graph.node(copy).outputs.push_back(v);
        continue;
      }
      const std::string& name = inner.value(v).name;
      const bool keeps = taken != nullptr && taken->insert(name).second;
      moved[index(v)] = graph.add_node_output(copy, keeps ? name : std::string());
    }
  }
  graph.own_ops.insert(graph.own_ops.end(), inner.own_ops.begin(), inner.own_ops.end());
  std::vector<ValueId> results;
  for (const Graph::Output& o : inner.outputs) results.push_back(moved[index(o.value)]);
  return results;
}

}  // namespace onnxrun
