#include "engine/passes/quantized.h"

#include <algorithm>

#include "engine/ir/infer.h"
#include "engine/passes/activation.h"
#include "engine/passes/fold.h"
#include "engine/passes/match.h"

namespace onnxrun {
namespace {

bool is_byte(DType d) { return d == DType::kUInt8 || d == DType::kInt8; }

DType dtype_of(const Graph& graph, ValueId v) { return v == ValueId::kNone ? DType::kUndefined : graph.value(v).type.dtype; }

// A constant with one element in at most one dimension: one for the whole tensor, whatever the axis.
std::optional<double> single(const Graph& graph, ValueId v) {
  const Tensor* t = constant(graph, v);
  return t != nullptr && t->shape().size() <= 1 ? scalar(graph, v) : std::nullopt;
}

// A constant of rank 0 or 1 with one element for all places, or one for each.
std::optional<std::vector<double>> per_place(const Graph& graph, ValueId v, std::size_t places) {
  const Tensor* t = constant(graph, v);
  if (t == nullptr || t->shape().size() > 1) return std::nullopt;
  std::vector<double> values = numbers(*t);
  if (values.size() == 1) values.resize(places, values[0]);
  return values.size() == places ? std::optional(std::move(values)) : std::nullopt;
}

// The parameters of the QuantizeLinear that alone reads `y`.
std::optional<QuantParameters> quantized_after(const Graph& graph, ValueId y) {
  const NodeId reader = graph.sole_user(y);
  if (!is_op(graph, reader, "QuantizeLinear") || input(graph, reader, 0) != y) return std::nullopt;
  return quant_parameters(graph, reader);
}

void take_quantize(Graph& graph, NodeId id) {
  const NodeId reader = graph.sole_user(output(graph, id));
  const auto parameters = quantized_after(graph, output(graph, id));
  if (!parameters) return;
  Attributes& attrs = graph.node(id).attrs;
  attrs.set("to", static_cast<std::int64_t>(parameters->dtype));
  attrs.set("y_scale", parameters->scale);
  attrs.set("y_zero", parameters->zero);
  take_over(graph, id, reader);
}

// q less the zero point of its place along `axis`, as i8 or i16.
template <class T>
Tensor less(const Tensor& q, const std::vector<double>& zeros, std::int64_t axis) {
  const auto inner = static_cast<std::size_t>(element_count(std::span(q.shape()).subspan(static_cast<std::size_t>(axis) + 1)));
  const std::span<const T> from = q.view<T>();
  const auto each = [&](auto body) {
    for (std::size_t i = 0; i < from.size(); ++i) body(i, from[i] - static_cast<int>(zeros[i / inner % zeros.size()]));
  };
  int low = 0, high = 0;
  each([&](std::size_t, int v) {
    low = std::min(low, v);
    high = std::max(high, v);
  });
  Tensor out(low >= -128 && high <= 127 ? DType::kInt8 : DType::kInt16, q.shape());
  with_number_type(out.dtype(), [&]<class To>() {
    const std::span<To> to = out.view<To>();
    each([&](std::size_t i, int v) { to[i] = static_cast<To>(v); });
  });
  return out;
}

ValueId floats(Graph& graph, const std::vector<double>& values) {
  return graph.add_constant(tensor_of(DType::kFloat32, {static_cast<std::int64_t>(values.size())}, values));
}

}  // namespace

std::optional<QuantParameters> quant_parameters(const Graph& graph, NodeId id) {
  const bool quantizes = is_op(graph, id, "QuantizeLinear");
  if (!quantizes && !is_op(graph, id, "DequantizeLinear")) return std::nullopt;
  const Node& n = graph.node(id);
  const DType narrow = dtype_of(graph, quantizes ? output(n) : input(n, 0));
  const DType wide = dtype_of(graph, quantizes ? input(n, 0) : output(n));
  if (!is_byte(narrow) || wide != DType::kFloat32 || dtype_of(graph, input(n, 1)) != DType::kFloat32) return std::nullopt;
  if (n.attrs.i("block_size", 0) != 0 || n.attrs.i("precision", 0) != 0) return std::nullopt;
  const auto scale = single(graph, input(n, 1));
  const auto zero = input(n, 2) == ValueId::kNone ? std::optional(0.0) : single(graph, input(n, 2));
  if (!scale || !zero || !(*scale > 0)) return std::nullopt;
  return QuantParameters{narrow, static_cast<float>(*scale), static_cast<std::int64_t>(*zero)};
}

std::optional<Dequantized> dequantized(const Graph& graph, ValueId v) {
  const NodeId id = made_by(graph, v, "DequantizeLinear");
  if (id == NodeId::kNone) return std::nullopt;
  const auto parameters = quant_parameters(graph, id);
  if (!parameters) return std::nullopt;
  return Dequantized{input(graph, id, 0), *parameters};
}

bool is_single(const Graph& graph, ValueId v) {
  return has_rank(graph, v) && (dims(graph, v).empty() || (dims(graph, v).size() == 1 && dims(graph, v)[0].is(1)));
}

std::optional<QuantOperand> quant_operand(const Graph& graph, ValueId v) {
  const NodeId id = made_by(graph, v, "DequantizeLinear");
  if (id == NodeId::kNone) return std::nullopt;
  const ValueId x = input(graph, id, 0), scale = input(graph, id, 1), zero = input(graph, id, 2);
  if (const auto p = quant_parameters(graph, id))
    return QuantOperand{x, p->scale, ValueId::kNone, p->zero == 0 ? ValueId::kNone : zero};
  const bool single = is_single(graph, scale) && (zero == ValueId::kNone || is_single(graph, zero));
  if (!single || constant(graph, scale) != nullptr || graph.node(id).attrs.i("block_size", 0) != 0) return std::nullopt;
  if (!is_byte(dtype_of(graph, x)) || dtype_of(graph, scale) != DType::kFloat32 || dtype_of(graph, v) != DType::kFloat32)
    return std::nullopt;
  return QuantOperand{x, 1, scale, zero};
}

std::optional<Tensor> centred_weights(const Graph& graph, ValueId q, ValueId zero, std::int64_t axis) {
  const Tensor* t = constant(graph, q);
  if (t == nullptr || !is_byte(t->dtype())) return std::nullopt;
  const auto channels = static_cast<std::size_t>(t->shape()[static_cast<std::size_t>(axis)]);
  std::vector<double> zeros(channels, 0);
  if (zero != ValueId::kNone) {
    const auto given = per_place(graph, zero, channels);
    if (!given) return std::nullopt;
    zeros = *given;
  }
  const bool centred = std::ranges::all_of(zeros, [](double z) { return z == 0; });
  if (centred && t->dtype() == DType::kInt8) return *t;
  return t->dtype() == DType::kInt8 ? less<std::int8_t>(*t, zeros, axis) : less<std::uint8_t>(*t, zeros, axis);
}

std::optional<QuantWeights> dequantized_weights(const Graph& graph, ValueId v, std::int64_t axis) {
  const NodeId id = made_by(graph, v, "DequantizeLinear");
  if (id == NodeId::kNone || dtype_of(graph, v) != DType::kFloat32) return std::nullopt;
  const Node& n = graph.node(id);
  const Tensor* q = constant(graph, input(n, 0));
  const Tensor* scale = constant(graph, input(n, 1));
  if (q == nullptr || scale == nullptr || n.attrs.i("block_size", 0) != 0) return std::nullopt;
  const auto rank = static_cast<std::int64_t>(q->shape().size());
  const std::int64_t given = n.attrs.i("axis", 1), along = given < 0 ? given + rank : given;
  if (axis >= rank || (scale->size() != 1 && along != axis)) return std::nullopt;
  const auto scales = per_place(graph, input(n, 1), static_cast<std::size_t>(q->shape()[static_cast<std::size_t>(axis)]));
  auto centred = centred_weights(graph, input(n, 0), input(n, 2), axis);
  if (!scales || !centred) return std::nullopt;
  return QuantWeights{std::move(*centred), *scales};
}

std::optional<std::vector<double>> constant_numbers(const Graph& graph, ValueId v) {
  if (const Tensor* t = constant(graph, v)) return numbers(*t);
  const NodeId id = made_by(graph, v, "DequantizeLinear");
  if (id == NodeId::kNone) return std::nullopt;
  const auto results = evaluate(graph, id);
  if (!results) return std::nullopt;
  return numbers((*results)[0]);
}

void make_quant(Graph& graph, NodeId id, std::string_view name, QuantInputs in) {
  const std::vector<ValueId> inputs = {in.x,
                                       graph.add_constant(std::move(in.weights)),
                                       floats(graph, in.factor),
                                       in.bias ? floats(graph, *in.bias) : ValueId::kNone,
                                       in.x_scale,
                                       in.x_zero};
  std::size_t count = inputs.size();
  while (inputs[count - 1] == ValueId::kNone) --count;
  graph.resize_inputs(id, count);
  for (std::size_t i = 0; i < count; ++i) graph.set_input(id, static_cast<int>(i), inputs[i]);
  change_op(graph, id, op(name, kInternal));
  infer_node(graph, id);
}

bool is_quantized_next(const Graph& graph, NodeId id) {
  ValueId y = output(graph, id);
  if (activation_after(graph, y)) y = output(graph, graph.sole_user(y));
  return quantized_after(graph, y).has_value();
}

void finish_quant(Graph& graph, NodeId id) {
  take_activation(graph, id);
  take_quantize(graph, id);
  infer_node(graph, id);
}

}  // namespace onnxrun
