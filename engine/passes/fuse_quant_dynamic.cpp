// Products with a scale that is found at every run, as onnxruntime's quantize_dynamic writes them, become one node.
//   %a, %as, %az = DynamicQuantizeLinear(%x)   %m = MatMulInteger(%a, %b, %az, %bz)   %f = Cast(%m) {to = 1}
//   %s = Mul(%as, %bs)   %p = Mul(%f, %s)   %q = Add(%p, %c)   %y = Gelu(%q)
//   ->  %y = onnxrun.QuantMatMul(%a, %b - %bz, %bs, %c, %as, %az) {activation = "Gelu"}
// and the same of ConvInteger, with %c one number per channel, as onnxrun.QuantConv. %b, %bz, %bs and %c are constants: %b a
// matrix with one scale or one per column; %as and %az single numbers. %c and the activation may be absent. Sums are exact either
// way. Where something else reads %m, %f or %p, or no such Mul follows, the product alone becomes one node, whose result is its sums:
//   %m = MatMulInteger(%a, %b, %az, %bz)   ->   %m = onnxrun.QuantMatMul(%a, %b - %bz, 1, _, _, %az) {to = 6}
// Not where no backend has integer products.
#include "engine/passes/channels.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/quant_bias.h"
#include "engine/passes/quantized.h"

namespace onnxrun {
namespace {

// The factors of the product by which the sums are multiplied: the run's own and the constant one of the weights.
struct Scales {
  ValueId x = ValueId::kNone, w = ValueId::kNone;
};

std::optional<Scales> scales_of(const Graph& graph, ValueId product) {
  if (constant(graph, product) != nullptr) return Scales{ValueId::kNone, product};
  const NodeId mul = made_by(graph, product, "Mul");
  if (mul == NodeId::kNone) return std::nullopt;
  for (int side = 0; side < 2; ++side) {
    const ValueId x = input(graph, mul, side), w = input(graph, mul, 1 - side);
    if (constant(graph, w) != nullptr && constant(graph, x) == nullptr && is_single(graph, x)) return Scales{x, w};
  }
  return std::nullopt;
}

// Whether `id` is a product of a tensor and constant weights, with one zero point of the tensor.
bool is_product(const Graph& graph, NodeId id, bool conv) {
  const ValueId x = input(graph, id, 0), x_zero = input(graph, id, 2);
  const Tensor* weights = constant(graph, input(graph, id, 1));
  if (weights == nullptr || !has_rank(graph, x) || dims(graph, x).size() < 2) return false;
  const std::size_t rank = weights->shape().size();
  if (conv ? rank < 3 || rank > 5 : rank != 2) return false;
  return x_zero == ValueId::kNone || is_single(graph, x_zero);
}

bool keep_sums(Graph& graph, NodeId id, bool conv) {
  const std::int64_t axis = conv ? 0 : 1, channels = constant(graph, input(graph, id, 1))->shape()[static_cast<std::size_t>(axis)];
  auto centred = centred_weights(graph, input(graph, id, 1), input(graph, id, 3), axis);
  if (!centred) return false;
  graph.node(id).attrs.set("to", static_cast<std::int64_t>(DType::kInt32));
  make_quant(graph, id, conv ? "QuantConv" : "QuantMatMul",
             {input(graph, id, 0), std::move(*centred), std::vector<double>(static_cast<std::size_t>(channels), 1.0), std::nullopt, ValueId::kNone,
              input(graph, id, 2)});
  return true;
}

bool fuse(Graph& graph, NodeId id, bool conv) {
  const ValueId x = input(graph, id, 0), w = input(graph, id, 1), x_zero = input(graph, id, 2);
  const Tensor* weights = constant(graph, w);
  const std::size_t rank = weights->shape().size();
  const NodeId cast = only_reader(graph, id), mul = is_op(graph, cast, "Cast") ? only_reader(graph, cast) : NodeId::kNone;
  if (!is_op(graph, mul, "Mul") || graph.value(output(graph, cast)).type.dtype != DType::kFloat32) return false;
  const ValueId product = other_input(graph, mul, output(graph, cast));
  const auto scales = product == ValueId::kNone ? std::nullopt : scales_of(graph, product);
  if (!scales || !same_shape(graph, output(graph, mul), output(graph, id))) return false;
  const std::int64_t channels = weights->shape()[conv ? 0 : 1];
  auto factor = conv ? per_channel(graph, scales->w, static_cast<int>(rank), channels)
                     : row_numbers(graph, scales->w, static_cast<std::size_t>(channels));
  auto centred = factor ? centred_weights(graph, w, input(graph, id, 3), conv ? 0 : 1) : std::nullopt;
  if (!centred) return false;
  take_over(graph, id, cast);
  take_over(graph, id, mul);
  make_quant(graph, id, conv ? "QuantConv" : "QuantMatMul",
             {x, std::move(*centred), std::move(*factor), std::nullopt, scales->x, x_zero});
  conv ? take_channel_bias(graph, id) : take_row_bias(graph, id);
  finish_quant(graph, id);
  return true;
}

}  // namespace

bool fuse_quant_dynamic(Graph& graph, const PassContext& ctx) {
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    const bool conv = is_op(graph, id, "ConvInteger");
    if (!graph.node(id).live || (!conv && !is_op(graph, id, "MatMulInteger"))) continue;
    if (!ctx.fast_in(op(conv ? "QuantConv" : "QuantMatMul", kInternal), DType::kInt8)) continue;
    changed |= is_product(graph, id, conv) && (fuse(graph, id, conv) || keep_sums(graph, id, conv));
  }
  return changed;
}

}  // namespace onnxrun
