// onnxrun.QuantMatMul(a, b, factor, bias?, a_scale?, a_zero?): the product of 8-bit integers a [..., M, K] and b [K, N]; what
// becomes of its sums is in ops/fused/requantize.h.
#include "ops/common/matrix.h"
#include "ops/common/shape_checks.h"
#include "ops/fused/requantize.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_min_rank(ctx, kQuantX, 2);
  want_rank(ctx, kQuantW, 2);
  std::optional<Dim> columns;
  if (ctx.has_shape(kQuantW)) columns = ctx.shape(kQuantW)[1];
  const DType to = infer_quant_product(ctx, columns);
  if (!ctx.has_shape(kQuantX) || !ctx.has_shape(kQuantW)) return ctx.set(0, to, std::nullopt);
  ctx.set(0, to, matmul_shape(ctx.shape(kQuantX), ctx.shape(kQuantW)));
}

void reference(ReferenceContext& ctx) {
  const Product product(ctx.in(kQuantX).shape, ctx.in(kQuantW).shape);
  const QuantProductInputs inputs(ctx);
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  product.each(inputs.x(), read_reals(ctx.in(kQuantW)),
               [&](std::size_t i, std::int64_t, std::int64_t n, double sum) { y[i] = inputs.result(sum, n); });
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> quant_matmul_ops() {
  static const OpDef defs[] = {
      {.name = "QuantMatMul",
       .domain = kInternal,
       .inputs = {3, 6},
       .attributes = requantize_attributes(),
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
