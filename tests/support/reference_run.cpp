#include "tests/support/reference_run.h"

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/op_def.h"

namespace onnxrun::test {

ReferenceRun::ReferenceRun(const Graph& graph, std::span<const Tensor> inputs) : graph_(graph), values_(graph.value_capacity()) {
  require(ErrorCode::kUsage, inputs.size() == graph.inputs.size(), "{} tensors given, the graph has {} inputs", inputs.size(),
          graph.inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Type& type = graph_.value(graph.inputs[i]).type;
    if (type.dtype == DType::kUndefined) type.dtype = inputs[i].dtype();
    require(ErrorCode::kUsage, type.dtype == inputs[i].dtype(), "input {} is {}, want {}", graph.value(graph.inputs[i]).name,
            dtype_name(inputs[i].dtype()), dtype_name(type.dtype));
    type.shape = dims_of(inputs[i].shape());
    values_[index(graph.inputs[i])] = inputs[i];
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const Value& v = graph_.value(static_cast<ValueId>(i));
    if (v.live && v.is_constant()) values_[i] = v.constant;
  }
}

void ReferenceRun::infer(NodeId id) {
  const Node& n = graph_.node(id);
  const auto all_static = [&] {
    for (const ValueId v : n.outputs) {
      if (v != ValueId::kNone && !graph_.value(v).type.static_shape()) return false;
    }
    return true;
  };
  // An operator without a rule keeps the types that the text gave.
  infer_node(graph_, id);
  if (all_static()) return;
  // A shape that depends on data: ask again with the data as constants.
  struct Saved {
    ValueId id;
    Tensor constant;
    std::optional<std::vector<Dim>> contents;
  };
  std::vector<Saved> saved;
  for (const ValueId v : n.inputs) {
    if (v == ValueId::kNone || !value(v)) continue;
    Value& in = graph_.value(v);
    saved.push_back({v, std::exchange(in.constant, value(v)), std::exchange(in.contents, contents_of(value(v)))});
  }
  infer_node(graph_, id);
  // Last in, first out: an input that is given twice gets its first state back.
  for (auto it = saved.rbegin(); it != saved.rend(); ++it) {
    graph_.value(it->id).constant = std::move(it->constant);
    graph_.value(it->id).contents = std::move(it->contents);
  }
}

std::vector<Tensor> ReferenceRun::inputs_of(NodeId id) const {
  std::vector<Tensor> inputs;
  for (const ValueId v : graph_.node(id).inputs) inputs.push_back(value(v));
  return inputs;
}

void ReferenceRun::run(NodeId id) {
  ReferenceSubgraphs subgraphs(graph_.node(id));
  std::vector<Tensor> results = run_reference(graph_, id, inputs_of(id), &subgraphs);
  const Node& n = graph_.node(id);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (n.outputs[i] == ValueId::kNone) continue;
    require(static_cast<bool>(results[i]), "{}: output {} was not made", node_label(graph_, id), i);
    Type& type = graph_.value(n.outputs[i]).type;
    require(type.dtype == results[i].dtype(), "{}: output {} is {}, inference said {}", node_label(graph_, id), i,
            dtype_name(results[i].dtype()), dtype_name(type.dtype));
    type.shape = dims_of(results[i].shape());
    values_[index(n.outputs[i])] = std::move(results[i]);
  }
}

std::vector<Tensor> run_graph_reference(const Graph& graph, std::span<const Tensor> inputs) {
  ReferenceRun run(graph, inputs);
  for (const NodeId id : run.graph().topological_order()) {
    run.infer(id);
    run.run(id);
  }
  std::vector<Tensor> outputs;
  for (const Graph::Output& o : run.graph().outputs) outputs.push_back(run.value(o.value));
  return outputs;
}

std::vector<Tensor> ReferenceSubgraphs::run(int which, std::span<const Tensor> inputs) {
  std::vector<Tensor> outputs = run_graph_reference(*node_.subgraphs[static_cast<std::size_t>(which)].graph, inputs);
  for (Tensor& t : outputs) t = t.clone();  // one may be an input, whose memory is only borrowed
  return outputs;
}

}  // namespace onnxrun::test
