// A matrix product adds one number per column itself.
//   %m = onnxrun.FusedMatMul(%a, %b)  %y = Add(%m, %c: f32[N])      ->  %y = onnxrun.FusedMatMul(%a, %b, %c)
// %c: a tensor of shape [N], or a constant of N elements along the last dimension. A constant is also taken where there is a
// bias already that is one, and from Sub(%m, %c).
// Not when something else reads %m, %m has an activation, or N isn't known to be the number of columns.
#include "engine/ir/infer.h"
#include "engine/passes/activation.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// A constant as one number per column, or none.
std::vector<double> per_column(const Graph& graph, ValueId v, const Dim& columns, std::size_t rank) {
  const Tensor* t = constant(graph, v);
  if (t == nullptr || !columns.known() || t->shape().empty() || t->shape().size() > rank) return {};
  if (t->shape().back() != columns.value() || t->size() != columns.value()) return {};
  return numbers(*t);
}

bool take_constant(Graph& graph, NodeId product, std::vector<double> values) {
  const ValueId own = input(graph, product, 2);
  if (own != ValueId::kNone) {
    if (constant(graph, own) == nullptr) return false;
    const auto before = numbers(*constant(graph, own));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += before[i];
  }
  const DType dtype = graph.value(output(graph, product)).type.dtype;
  const ValueId bias = graph.add_constant(tensor_of(dtype, {static_cast<std::int64_t>(values.size())}, values));
  if (graph.node(product).inputs.size() < 3) graph.resize_inputs(product, 3);
  graph.set_input(product, 2, bias);
  return true;
}

bool absorb(Graph& graph, NodeId product) {
  const ValueId y = output(graph, product);
  const NodeId reader = graph.sole_user(y);
  const bool add = is_op(graph, reader, "Add"), sub = is_op(graph, reader, "Sub") && input(graph, reader, 0) == y;
  if ((!add && !sub) || !is_linear(graph, product) || !has_rank(graph, y)) return false;
  const ValueId c = other_input(graph, reader, y);
  const Dim& columns = dims(graph, y).back();
  if (!has_rank(graph, c)) return false;
  auto values = per_column(graph, c, columns, dims(graph, y).size());
  if (!values.empty()) {
    for (double& v : values) v = sub ? -v : v;
    if (!take_constant(graph, product, std::move(values))) return false;
  } else {
    const bool vector = dims(graph, c).size() == 1 && dims(graph, c)[0] == columns;
    if (!add || !vector || input(graph, product, 2) != ValueId::kNone) return false;
    if (graph.node(product).inputs.size() < 3) graph.resize_inputs(product, 3);
    graph.set_input(product, 2, c);
  }
  take_over(graph, product, reader);
  return true;
}

}  // namespace

bool fuse_matmul_bias(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    while (graph.node(id).live && is_op(graph, id, "FusedMatMul", kInternal) && absorb(graph, id)) changed = true;
  }
  return changed;
}

}  // namespace onnxrun
