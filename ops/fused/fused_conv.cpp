// onnxrun.FusedConv(x, w, bias?, residual?): y = act(conv(x, w) + bias + residual), with the attributes of Conv and
// activation, act_alpha, act_beta (engine/ir/activation.h). The residual has y's shape and layout.
#include "engine/ir/activation.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/nn/conv.h"

namespace onnxrun {
namespace {

enum Input { kX, kW, kBias, kResidual };

void infer(InferContext& ctx) {
  want_float(ctx, kX);
  for (int i = kW; i <= kResidual; ++i) want_same_dtype(ctx, i, kX);
  require(activation_from_name(ctx.attrs().s("activation")).has_value(),
          "attribute activation is '{}', want a name of activation.h", ctx.attrs().s("activation"));
  ctx.set(0, Type::tensor(ctx.dtype(kX), conv_shape(ctx), layout_of_input(ctx)));
  if (ctx.has_shape(kW)) want_shape(ctx, kBias, {ctx.shape(kW)[0]});
  const Type& y = ctx.graph().value(ctx.node().outputs[0]).type;
  if (y.ranked()) want_shape(ctx, kResidual, y.dims());
}

void reference(ReferenceContext& ctx) {
  const ConvGeometry g(ctx.attrs(), ctx.in(kX).shape, ctx.in(kW).shape, ctx.out(0).shape);
  const auto optional = [&](int i) { return read_reals(ctx.has(i) ? ctx.in(i) : TensorView{}); };
  const Reals bias = optional(kBias), residual = optional(kResidual);
  const Activation activation = *activation_from_name(ctx.attrs().s("activation"));
  const float alpha = ctx.attrs().f("act_alpha"), beta = ctx.attrs().f("act_beta");
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  convolve<double>(g, read_reals(ctx.in(kX)), read_reals(ctx.in(kW)), [&](std::int64_t at, std::int64_t m, double sum) {
    const auto i = static_cast<std::size_t>(at);
    if (!bias.empty()) sum += bias[static_cast<std::size_t>(m)];
    if (!residual.empty()) sum += residual[i];
    y[i] = apply(activation, sum, alpha, beta);
  });
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> fused_conv_ops() {
  static const OpDef defs[] = {
      {.name = "FusedConv",
       .domain = kInternal,
       .inputs = {2, 4},
       .attributes = {{"act_alpha", 0.0f},
                      {"act_beta", 0.0f},
                      {"activation", std::string()},
                      {"auto_pad", std::string("NOTSET")},
                      {"dilations"},
                      {"group", std::int64_t{1}},
                      {"kernel_shape"},
                      {"pads"},
                      {"strides"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
