// A constant factor before or after a matrix product is the product's own.
//   %m = onnxrun.FusedMatMul(%a, %b)  %y = Mul(%m, 0.125)     ->  %y = onnxrun.FusedMatMul(%a, %b) {scale = 0.125}
//   %s = Mul(%a, 0.125)  %y = onnxrun.FusedMatMul(%s, %b)     ->  the same
//   %m = onnxrun.FusedMatMul(%a, const %w, const %bias)  %y = Mul(%m, const f32[N])     ->  columns of %w and %bias are scaled
// Also Div. Not for products with other readers (the second form: that are graph outputs or read elsewhere, too), with an
// activation or residual, and the first form not with a bias.
#include <cmath>

#include "engine/ir/infer.h"
#include "engine/passes/activation.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

namespace onnxrun {
namespace {

// The constant that Mul or Div `id` multiplies `v` by.
ValueId factor_operand(const Graph& graph, NodeId id, ValueId v) {
  if (!is_op(graph, id, "Mul") && !is_op(graph, id, "Div")) return ValueId::kNone;
  if (is_op(graph, id, "Div") && input(graph, id, 0) != v) return ValueId::kNone;
  const ValueId factor = other_input(graph, id, v);
  return constant(graph, factor) != nullptr && same_type(graph, v, output(graph, id)) ? factor : ValueId::kNone;
}

std::vector<double> factors(const Graph& graph, NodeId id, ValueId operand) {
  auto values = numbers(*constant(graph, operand));
  if (is_op(graph, id, "Div")) {
    for (double& v : values) v = 1 / v;
  }
  return values;
}

bool all_finite(const std::vector<double>& values) {
  return std::ranges::all_of(values, [](double v) { return std::isfinite(static_cast<float>(v)); });
}

void multiply_scale(Graph& graph, NodeId product, double factor) {
  Attributes& attrs = graph.node(product).attrs;
  attrs.set("scale", static_cast<float>(attrs.f("scale") * factor));
}

bool take_factor_before(Graph& graph, NodeId product, int side) {
  const ValueId scaled = input(graph, product, side);
  const Node* n = graph.producer(scaled);
  if (n == nullptr || n->inputs.size() != 2 || graph.sole_user(scaled) != product) return false;
  const NodeId id = graph.value(scaled).producer;
  for (const ValueId v : {n->inputs[0], n->inputs[1]}) {
    const ValueId operand = factor_operand(graph, id, v);
    if (operand == ValueId::kNone || !scalar(graph, operand)) continue;
    const auto values = factors(graph, id, operand);
    if (!all_finite(values)) continue;
    multiply_scale(graph, product, values[0]);
    graph.set_input(product, side, v);
    return true;
  }
  return false;
}

// Columns of b (its last dimension in the product) times `factors`.
Tensor scaled_columns(const Tensor& b, bool transposed, const std::vector<double>& by) {
  const auto columns = static_cast<std::int64_t>(by.size());
  const std::int64_t depth = columns == 0 ? 0 : b.size() / columns;
  Tensor scaled = b.clone();
  with_number_type(b.dtype(), [&]<class T>() {
    T* element = scaled.view<T>().data();
    for (std::int64_t i = 0; i < columns * depth; ++i, ++element) {
      const std::int64_t column = transposed ? i / depth : i % columns;
      *element = from_double<T>(to_double(*element) * by[static_cast<std::size_t>(column)]);
    }
  });
  return scaled;
}

bool take_columns(Graph& graph, NodeId product, const std::vector<double>& by) {
  const ValueId b = input(graph, product, 1), bias = input(graph, product, 2);
  const Tensor* weights = constant(graph, b);
  const bool transposed = graph.node(product).attrs.i("transB") != 0;
  if (weights == nullptr || weights->shape().size() != 2) return false;
  if (weights->shape()[transposed ? 0 : 1] != static_cast<std::int64_t>(by.size())) return false;
  if (bias != ValueId::kNone && constant(graph, bias) == nullptr) return false;
  Tensor scaled = scaled_columns(*weights, transposed, by);
  if (bias != ValueId::kNone) {
    Tensor scaled_bias = scaled_columns(*constant(graph, bias), false, by);
    graph.set_input(product, 2, graph.add_constant(std::move(scaled_bias)));
  }
  graph.set_input(product, 1, graph.add_constant(std::move(scaled)));
  return true;
}

bool take_factor_after(Graph& graph, NodeId product) {
  const ValueId y = output(graph, product);
  const NodeId reader = graph.sole_user(y);
  if (reader == NodeId::kNone || !is_linear(graph, product) || input(graph, product, 3) != ValueId::kNone) return false;
  const ValueId operand = factor_operand(graph, reader, y);
  if (operand == ValueId::kNone) return false;
  const auto by = factors(graph, reader, operand);
  if (by.empty() || !all_finite(by)) return false;
  const Shape& shape = constant(graph, operand)->shape();
  if (by.size() == 1 && input(graph, product, 2) == ValueId::kNone) {
    multiply_scale(graph, product, by[0]);
  } else if (shape.empty() || shape.back() != static_cast<std::int64_t>(by.size()) || !take_columns(graph, product, by)) {
    return false;
  }
  take_over(graph, product, reader);
  return true;
}

}  // namespace

bool fuse_matmul_scale(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!graph.node(id).live || !is_op(graph, id, "FusedMatMul", kInternal)) continue;
    changed |= take_factor_before(graph, id, 0);
    changed |= take_factor_before(graph, id, 1);
    changed |= take_factor_after(graph, id);
  }
  return changed;
}

}  // namespace onnxrun
