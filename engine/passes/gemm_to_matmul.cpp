// Products of float matrices have one form.
//   %y = MatMul(%a, %b)                                       ->  %y = onnxrun.FusedMatMul(%a, %b)
//   %y = Gemm(%a, %b, %c) {alpha, beta, transA, transB}       ->  %y = onnxrun.FusedMatMul(%a, %b, beta * %c) {scale = alpha, ..}
// where %c is one number per column: a constant of shape [N], [1, N] or one element, or a tensor of shape [N] with beta = 1.
// Any other %c is added by a node of its own: %y = Add(%m, beta * %c).
// Not for integers, nor for vectors and unknown ranks, whose transposition would mean something else.
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

bool is_matrix(const Graph& graph, ValueId v) { return has_rank(graph, v) && dims(graph, v).size() >= 2; }

// beta * c as a bias of one number per column; kNone when it isn't one.
ValueId as_bias(Graph& graph, ValueId c, float beta, const Dim& columns) {
  const Tensor* t = constant(graph, c);
  if (t == nullptr) {
    const bool vector = has_rank(graph, c) && dims(graph, c).size() == 1 && dims(graph, c)[0] == columns;
    return vector && beta == 1 ? c : ValueId::kNone;
  }
  if (!columns.known()) return ValueId::kNone;
  const bool row = !t->shape().empty() && t->shape().back() == columns.value() && t->size() == columns.value();
  if (!row && t->size() != 1) return ValueId::kNone;
  auto values = numbers(*t);
  values.resize(static_cast<std::size_t>(columns.value()), values[0]);
  for (double& v : values) v *= beta;
  return graph.add_constant(tensor_of(t->dtype(), {columns.value()}, values));
}

void lower_gemm(Graph& graph, NodeId id) {
  const Attributes attrs = graph.node(id).attrs;
  const ValueId y = output(graph, id), c = input(graph, id, 2);
  const float beta = attrs.f("beta");
  const std::string name = graph.node(id).name;
  ValueId bias = ValueId::kNone;
  if (c != ValueId::kNone && beta != 0) bias = as_bias(graph, c, beta, dims(graph, y)[1]);
  const bool add = c != ValueId::kNone && beta != 0 && bias == ValueId::kNone;

  std::vector<ValueId> inputs = {input(graph, id, 0), input(graph, id, 1)};
  if (bias != ValueId::kNone) inputs.push_back(bias);
  ValueId result = build(graph, op("FusedMatMul", kInternal), std::move(inputs),
                         {{"transA", attrs.i("transA")}, {"transB", attrs.i("transB")}, {"scale", attrs.f("alpha")}}, name);
  if (add) {
    ValueId term = c;
    if (beta != 1) {
      const DType dtype = graph.value(c).type.dtype;
      term = build(graph, "Mul", {c, graph.add_constant(tensor_of(dtype, {}, {beta}))}, {}, name);
    }
    result = build(graph, "Add", {result, term}, {}, name);
  }
  replace(graph, y, result);
  graph.erase(id);
}

}  // namespace

bool gemm_to_matmul(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    const ValueId a = input(graph, id, 0), b = input(graph, id, 1);
    const bool gemm = is_op(graph, id, "Gemm");
    if ((!gemm && !is_op(graph, id, "MatMul")) || !is_float(graph, a) || !is_matrix(graph, a) || !is_matrix(graph, b)) continue;
    if (gemm) {
      if (!is_matrix(graph, output(graph, id))) continue;
      lower_gemm(graph, id);
    } else {
      change_op(graph, id, op("FusedMatMul", kInternal));
    }
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
