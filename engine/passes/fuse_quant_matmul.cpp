// A product of a quantised tensor and quantised weights adds up integers.
//   %p = DequantizeLinear(%a, %as, %az)  %q = DequantizeLinear(%b, %bs, %bz)
//   %m = MatMul(%p, %q)  %s = Add(%m, %c)  %e = Relu(%s)  %y = QuantizeLinear(%e, %ys, %yz)
//   ->  %y = onnxrun.QuantMatMul(%a, %b - %bz, %as * %bs, %c, _, %az) {activation = "Relu", to = 2, y_scale = %ys, y_zero = %yz}
// and the same of Gemm, whose transposed weights are turned here; without the QuantizeLinear the result is f32. Weights and
// parameters are constants, but for %as and %az, which then become inputs of their own; the weights a matrix with one scale or
// one per column, %c one number per column; %a and %y u8 or i8. As exact as fuse_quant_conv is. Not for a transposed %a, and not
// where no backend has integer products.
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include "engine/passes/quant_bias.h"
#include "engine/passes/quantized.h"

namespace onnxrun {
namespace {

Tensor transposed(const Tensor& t) {
  const std::int64_t rows = t.shape()[0], columns = t.shape()[1];
  Tensor out(t.dtype(), {columns, rows});
  with_number_type(t.dtype(), [&]<class T>() {
    const auto from = t.view<T>();
    const auto to = out.view<T>();
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c)
        to[static_cast<std::size_t>(c * rows + r)] = from[static_cast<std::size_t>(r * columns + c)];
    }
  });
  return out;
}

// Gemm's addend times beta, as one number per column; false when it isn't that.
bool gemm_bias(const Graph& graph, NodeId id, std::size_t columns, std::optional<std::vector<double>>& bias) {
  const ValueId c = input(graph, id, 2);
  const float beta = graph.node(id).attrs.f("beta");
  if (c == ValueId::kNone || beta == 0) return true;
  bias = row_numbers(graph, c, columns);
  if (!bias) return false;
  for (double& v : *bias) v *= beta;
  return true;
}

}  // namespace

bool fuse_quant_matmul(Graph& graph, const PassContext& ctx) {
  if (!ctx.fast_in(op("QuantMatMul", kInternal), DType::kInt8)) return false;
  bool changed = false;
  for (const NodeId id : graph.topological_order()) {
    const bool gemm = is_op(graph, id, "Gemm");
    if (!graph.node(id).live || (!gemm && !is_op(graph, id, "MatMul"))) continue;
    const Attributes& attrs = graph.node(id).attrs;
    const bool turned = attrs.i("transB", 0) != 0;
    const auto a = attrs.i("transA", 0) == 0 ? quant_operand(graph, input(graph, id, 0)) : std::nullopt;
    if (!a || !has_rank(graph, a->x) || dims(graph, a->x).size() < 2) continue;
    auto b = dequantized_weights(graph, input(graph, id, 1), turned ? 0 : 1);
    if (!b || b->centred.shape().size() != 2) continue;
    std::optional<std::vector<double>> bias;
    if (gemm && !gemm_bias(graph, id, b->scales.size(), bias)) continue;
    for (double& s : b->scales) s *= a->factor * (gemm ? attrs.f("alpha") : 1.0f);
    make_quant(graph, id, "QuantMatMul",
               {a->x, turned ? transposed(b->centred) : std::move(b->centred), std::move(b->scales), std::move(bias), a->scale,
                a->zero});
    take_row_bias(graph, id);
    finish_quant(graph, id);
    changed = true;
  }
  return changed;
}

}  // namespace onnxrun
