// onnxrun.FusedMatMul(a, b, bias?, residual?): y = act(scale * a @ b + bias + residual), numpy's matmul over batches.
// transA and transB swap the last two dimensions first; bias is [N]; the residual has y's shape.
#include "engine/ir/activation.h"
#include "engine/ir/reference.h"
#include "ops/common/matrix.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

enum Input { kA, kB, kBias, kResidual };

void infer(InferContext& ctx) {
  want_float(ctx, kA);
  for (int i = kB; i <= kResidual; ++i) want_same_dtype(ctx, i, kA);
  require(activation_from_name(ctx.attrs().s("activation")).has_value(),
          "attribute activation is '{}', want a name of activation.h", ctx.attrs().s("activation"));
  want_min_rank(ctx, kA, 2);
  want_min_rank(ctx, kB, 2);
  if (!ctx.has_shape(kA) || !ctx.has_shape(kB)) return ctx.set(0, ctx.dtype(kA), std::nullopt);
  Dims y = matmul_shape(ctx.shape(kA), ctx.shape(kB), ctx.attrs().i("transA") != 0, ctx.attrs().i("transB") != 0);
  want_shape(ctx, kBias, {y.back()});
  want_shape(ctx, kResidual, y);
  ctx.set(0, ctx.dtype(kA), std::move(y));
}

void reference(ReferenceContext& ctx) {
  const Product product(ctx.in(kA).shape, ctx.in(kB).shape, ctx.attrs().i("transA") != 0, ctx.attrs().i("transB") != 0);
  const auto optional = [&](int i) { return read_reals(ctx.has(i) ? ctx.in(i) : TensorView{}); };
  const Reals bias = optional(kBias), residual = optional(kResidual);
  const Activation activation = *activation_from_name(ctx.attrs().s("activation"));
  const float scale = ctx.attrs().f("scale"), alpha = ctx.attrs().f("act_alpha"), beta = ctx.attrs().f("act_beta");
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  product.each(read_reals(ctx.in(kA)), read_reals(ctx.in(kB)), [&](std::size_t i, std::int64_t, std::int64_t n, double sum) {
    sum *= scale;
    if (!bias.empty()) sum += bias[static_cast<std::size_t>(n)];
    if (!residual.empty()) sum += residual[i];
    y[i] = apply(activation, sum, alpha, beta);
  });
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> fused_matmul_ops() {
  static const OpDef defs[] = {
      {.name = "FusedMatMul",
       .domain = kInternal,
       .inputs = {2, 4},
       .attributes = {{"act_alpha", 0.0f},
                      {"act_beta", 0.0f},
                      {"activation", std::string()},
                      {"scale", 1.0f},
                      {"transA", std::int64_t{0}},
                      {"transB", std::int64_t{0}}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
