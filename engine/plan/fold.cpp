#include "engine/plan/fold.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"

namespace onnxrun {
namespace {

// Larger results are left to the kernels: folding them would cost memory and the time it saves.
constexpr std::int64_t kMaxFolded = 1 << 14;

// The constant that a value with fully known contents is; empty when it isn't known.
Tensor known_contents(const Value& v) {
  if (!v.contents || !v.type.ranked() || v.type.rank() > 1) return {};
  if (!std::ranges::all_of(*v.contents, &Dim::known)) return {};
  const Shape shape = v.type.rank() == 0 ? Shape{} : Shape{static_cast<std::int64_t>(v.contents->size())};
  if (v.type.dtype != DType::kInt64 && v.type.dtype != DType::kInt32) return {};
  Tensor t(v.type.dtype, shape);
  for (std::size_t i = 0; i < v.contents->size(); ++i) {
    const std::int64_t x = (*v.contents)[i].value();
    if (v.type.dtype == DType::kInt64) {
      t.view<std::int64_t>()[i] = x;
    } else {
      t.view<std::int32_t>()[i] = static_cast<std::int32_t>(x);
    }
  }
  return t;
}

void replace_by_constant(Graph& graph, ValueId value, Tensor tensor) {
  std::string name = std::exchange(graph.value(value).name, {});
  graph.replace_uses(value, graph.add_constant(std::move(tensor), std::move(name)));
}

bool foldable(const Graph& graph, const Node& n) {
  if (!n.op->traits.deterministic || n.op->reference == nullptr || !n.subgraphs.empty()) return false;
  for (const ValueId in : n.inputs) {
    if (in != ValueId::kNone && (!graph.value(in).is_constant() || graph.value(in).constant.size() > kMaxFolded)) return false;
  }
  return std::ranges::all_of(n.outputs, [&](ValueId out) {
    if (out == ValueId::kNone) return true;
    const Type& type = graph.value(out).type;
    const auto shape = type.static_shape();
    return !type.is_list() && type.layout == Layout::kPlain && shape && element_count(*shape) <= kMaxFolded;
  });
}

void fold(Graph& graph, NodeId id) {
  const std::vector<ValueId> outputs = graph.node(id).outputs;
  bool all_known = true;
  for (const ValueId out : outputs) {
    if (out == ValueId::kNone || graph.use_count(out) == 0) continue;
    if (Tensor t = known_contents(graph.value(out))) {
      replace_by_constant(graph, out, std::move(t));
    } else {
      all_known = false;
    }
  }
  if (all_known || !foldable(graph, graph.node(id))) return;
  std::vector<Tensor> inputs;
  for (const ValueId in : graph.node(id).inputs) inputs.push_back(in == ValueId::kNone ? Tensor() : graph.value(in).constant);
  std::vector<Tensor> results =
      with_context([&] { return fmt::format("while folding {}", node_label(graph, id)); }, [&] { return run_reference(graph, id, inputs); });
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i] != ValueId::kNone && graph.use_count(outputs[i]) > 0) replace_by_constant(graph, outputs[i], std::move(results[i]));
  }
}

}  // namespace

void bind_shapes(Graph& graph, std::span<const TensorView> inputs, const std::vector<bool>& as_constant) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const ValueId id = graph.inputs[i];
    const TensorView& in = inputs[i];
    Type& type = graph.value(id).type;
    type.dtype = in.dtype;
    type.shape = Dims(in.shape.begin(), in.shape.end());
    if (!as_constant[i]) continue;
    Tensor copy = Tensor::borrow(in.dtype, Shape(in.shape.begin(), in.shape.end()), static_cast<const void*>(in.data)).clone();
    graph.replace_uses(id, graph.add_constant(std::move(copy)));
  }
  for (const NodeId id : graph.topological_order()) {
    infer_node(graph, id);
    fold(graph, id);
  }
  graph.remove_dead();
}

}  // namespace onnxrun
