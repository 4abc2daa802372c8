// QLinearConv and QLinearMatMul take the form that the other passes know.
//   %y = QLinearConv(%x, %xs, %xz, %w, %ws, %wz, %ys, %yz, %b)
//   ->  %a = DequantizeLinear(%x, %xs, %xz)  %c = DequantizeLinear(%w, %ws, %wz) {axis = 0}
//       %d = Conv(%a, %c, %b * %xs * %ws)    %y = QuantizeLinear(%d, %ys, %yz)
//   %y = QLinearMatMul(%a, %as, %az, %b, %bs, %bz, %ys, %yz)
//   ->  the same of MatMul, with {axis = 1} for %b
// Either is the same function of the integers. Only for f32 scales that are constants: of %x, %a and the result one, of the
// weights one or one per channel (of %b as a matrix).
#include "engine/ir/infer.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/quantized.h"

namespace onnxrun {
namespace {

bool is_single(const Graph& graph, ValueId scale, ValueId zero) {
  const Tensor* s = constant(graph, scale);
  return s != nullptr && s->dtype() == DType::kFloat32 && s->shape().size() <= 1 && s->size() == 1 &&
         scalar(graph, zero).has_value();
}

bool is_scale_of_weights(const Graph& graph, ValueId scale) {
  const Tensor* s = constant(graph, scale);
  return s != nullptr && s->dtype() == DType::kFloat32 && s->shape().size() <= 1;
}

bool are_bytes(const Graph& graph, std::initializer_list<ValueId> values) {
  return std::ranges::all_of(values, [&](ValueId v) {
    const DType d = graph.value(v).type.dtype;
    return d == DType::kUInt8 || d == DType::kInt8;
  });
}

ValueId dequantize(Graph& graph, ValueId q, ValueId scale, ValueId zero, std::int64_t axis) {
  return build(graph, "DequantizeLinear", {q, scale, zero}, {{"axis", axis}});
}

// The int32 bias of a convolution as floats: its unit is the product of both scales.
ValueId float_bias(Graph& graph, ValueId bias, ValueId x_scale, ValueId w_scale) {
  std::vector<double> values = numbers(*constant(graph, bias));
  const double x = *scalar(graph, x_scale);
  const std::vector<double> w = numbers(*constant(graph, w_scale));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] *= x * w[w.size() == 1 ? 0 : i];
  return graph.add_constant(tensor_of(DType::kFloat32, {static_cast<std::int64_t>(values.size())}, values));
}

enum Input { kX, kXScale, kXZero, kW, kWScale, kWZero, kYScale, kYZero, kBias };

bool lower(Graph& graph, NodeId id, bool conv) {
  const auto in = [&](int i) { return input(graph, id, i); };
  if (!is_single(graph, in(kXScale), in(kXZero)) || !is_single(graph, in(kYScale), in(kYZero))) return false;
  if (!is_scale_of_weights(graph, in(kWScale)) || !are_bytes(graph, {in(kX), in(kW), in(kYZero)})) return false;
  if (conv && in(kBias) != ValueId::kNone && constant(graph, in(kBias)) == nullptr) return false;
  const bool one = constant(graph, in(kWScale))->size() == 1;
  if (!conv && !one && (!has_rank(graph, in(kW)) || dims(graph, in(kW)).size() != 2)) return false;
  const Tensor* w_zero = constant(graph, in(kWZero));
  if (w_zero == nullptr || w_zero->size() != constant(graph, in(kWScale))->size()) return false;

  std::vector<ValueId> inputs = {dequantize(graph, in(kX), in(kXScale), in(kXZero), 1),
                                 dequantize(graph, in(kW), in(kWScale), in(kWZero), conv ? 0 : 1)};
  if (conv && in(kBias) != ValueId::kNone) inputs.push_back(float_bias(graph, in(kBias), in(kXScale), in(kWScale)));
  Attributes attrs = conv ? graph.node(id).attrs : Attributes();
  const std::string name = graph.node(id).name;
  const ValueId product = build(graph, conv ? "Conv" : "MatMul", std::move(inputs), std::move(attrs), name);
  const ValueId y = build(graph, "QuantizeLinear", {product, in(kYScale), in(kYZero)}, {}, name);
  replace(graph, output(graph, id), y);
  graph.erase(id);
  return true;
}

}  // namespace

bool lower_qlinear(Graph& graph, const PassContext&) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    const bool conv = is_op(graph, id, "QLinearConv");
    if (conv || is_op(graph, id, "QLinearMatMul")) changed |= lower(graph, id, conv);
  }
  return changed;
}

}  // namespace onnxrun
