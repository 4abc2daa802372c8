// A convolution between quantised tensors adds up integers.
//   %a = DequantizeLinear(%x, %xs, %xz)  %b = DequantizeLinear(%w, %ws, %wz)  %c = DequantizeLinear(%bias, %bs)
//   %d = Conv(%a, %b, %c)  %e = Relu(%d)  %y = QuantizeLinear(%e, %ys, %yz)
//   ->  %y = onnxrun.QuantConv(%x, %w - %wz, %xs * %ws, %c, _, %xz) {activation = "Relu", to = 2, y_scale = %ys, y_zero = %yz}
// Without the QuantizeLinear the result is f32; activation and bias may be absent, and the bias a float constant. Weights and
// parameters are constants, but for %xs and %xz, which then become inputs of their own: one scale for %x and %y, for %w one or
// one per output channel; %x and %y are u8 or i8. The arithmetic is the model's own: the sums of integers are exact, where those
// of the float form are rounded, so this holds for Math::kExact, too. One to three spatial dimensions; not where no backend has
// integer products.
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/quantized.h"

namespace onnxrun {

bool fuse_quant_conv(Graph& graph, const PassContext& ctx) {
  if (!ctx.fast_in(op("QuantConv", kInternal), DType::kInt8)) return false;
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    if (!graph.node(id).live || !is_op(graph, id, "Conv")) continue;
    const auto x = quant_operand(graph, input(graph, id, 0));
    auto w = x ? dequantized_weights(graph, input(graph, id, 1), 0) : std::nullopt;
    if (!w || w->centred.shape().size() < 3 || w->centred.shape().size() > 5 || !has_rank(graph, x->x)) continue;
    std::optional<std::vector<double>> bias;
    if (const ValueId b = input(graph, id, 2); b != ValueId::kNone) {
      bias = constant_numbers(graph, b);
      if (!bias || bias->size() != w->scales.size()) continue;
    }
    for (double& s : w->scales) s *= x->factor;
    make_quant(graph, id, "QuantConv", {x->x, std::move(w->centred), std::move(w->scales), std::move(bias), x->scale, x->zero});
    finish_quant(graph, id);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
