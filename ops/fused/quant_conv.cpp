// onnxrun.QuantConv(x, w, factor, bias?, x_scale?, x_zero?): a convolution of 8-bit integers with the attributes of Conv; what
// becomes of its sums is in ops/fused/requantize.h. Padding holds x's zero point.
#include "ops/fused/requantize.h"
#include "ops/nn/conv.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  std::optional<Dims> y = conv_shape(ctx);  // checks ranks
  std::optional<Dim> channels;
  if (ctx.has_shape(kQuantW)) channels = ctx.shape(kQuantW)[0];
  ctx.set(0, Type::tensor(infer_quant_product(ctx, channels), std::move(y), layout_of_input(ctx)));
}

void reference(ReferenceContext& ctx) {
  const ConvGeometry g(ctx.attrs(), ctx.in(kQuantX).shape, ctx.in(kQuantW).shape, ctx.out(0).shape);
  const QuantProductInputs inputs(ctx);
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  convolve<double>(g, inputs.x(), read_reals(ctx.in(kQuantW)),
                   [&](std::int64_t at, std::int64_t m, double sum) { y[static_cast<std::size_t>(at)] = inputs.result(sum, m); });
  write_reals(ctx.out(0), y);
}

std::vector<AttributeSpec> attributes() {
  std::vector<AttributeSpec> all = requantize_attributes();
  all.insert(
      all.end(),
      {{"auto_pad", std::string("NOTSET")}, {"dilations"}, {"group", std::int64_t{1}}, {"kernel_shape"}, {"pads"}, {"strides"}});
  return all;
}

}  // namespace

std::span<const OpDef> quant_conv_ops() {
  static const OpDef defs[] = {
      {.name = "QuantConv",
       .domain = kInternal,
       .inputs = {3, 6},
       .attributes = attributes(),
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
