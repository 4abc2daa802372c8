// Convolutions of 8-bit integers: sum = conv(x - x_zero_point, w - w_zero_point), where padding holds x's zero point.
//   ConvInteger(x, w, x_zero_point?, w_zero_point?)   y = sum as int32
//   QLinearConv(x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, b?)
//                                                     y = saturate(round((sum + b) * x_scale * w_scale / y_scale) + y_zero_point)
// What belongs to w is one number, or one per output channel.
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/nn/conv.h"

namespace onnxrun {
namespace {

// Input `i` has one element, or one per output channel of the weight.
void want_per_channel(const InferContext& ctx, int i, int w) {
  if (!ctx.has_shape(i) || !ctx.has_shape(w)) return;
  if (ctx.rank(i) == 0 || (ctx.rank(i) == 1 && ctx.shape(i)[0].is(1))) return;
  want_shape(ctx, i, {ctx.shape(w)[0]});
}

void want_bytes(const InferContext& ctx, int i) { want_dtype(ctx, i, {DType::kUInt8, DType::kInt8}); }

void infer_integer(InferContext& ctx) {
  want_bytes(ctx, 0);
  want_bytes(ctx, 1);
  want_same_dtype(ctx, 0, 2);
  want_same_dtype(ctx, 1, 3);
  want_single(ctx, 2);
  ctx.set(0, DType::kInt32, conv_shape(ctx));
  want_per_channel(ctx, 3, 1);
}

enum Input { kX, kXScale, kXZero, kW, kWScale, kWZero, kYScale, kYZero, kBias };

void infer_qlinear(InferContext& ctx) {
  for (const int i : {kX, kW, kYZero}) want_bytes(ctx, i);
  for (const int i : {kXScale, kWScale, kYScale}) want_dtype(ctx, i, {DType::kFloat32});
  want_same_dtype(ctx, kX, kXZero);
  want_same_dtype(ctx, kW, kWZero);
  want_dtype(ctx, kBias, {DType::kInt32});
  for (const int i : {kXScale, kXZero, kYScale, kYZero}) want_single(ctx, i);
  ctx.set(0, ctx.dtype(kYZero), conv_shape(ctx, kW));
  want_per_channel(ctx, kWScale, kW);
  want_per_channel(ctx, kWZero, kW);
  if (ctx.has_shape(kW)) want_shape(ctx, kBias, {ctx.shape(kW)[0]});
}

// Elements less their zero point; the zero points are one for all, or one per slice of dimension 0.
Reals centred(const TensorView& x, const TensorView& zero_point) {
  Reals out = read_reals(x);
  const Reals zero = read_reals(zero_point);
  if (zero.empty() || out.empty()) return out;
  const std::size_t slice = zero.size() == 1 ? out.size() : out.size() / static_cast<std::size_t>(x.shape[0]);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] -= zero[i / slice];
  return out;
}

// The sums are whole numbers, exact in a double.
template <class Put>
void integer_conv(ReferenceContext& ctx, int w, int x_zero, int w_zero, Put put) {
  const auto optional = [&](int i) { return ctx.has(i) ? ctx.in(i) : TensorView{}; };
  const ConvGeometry g(ctx.attrs(), ctx.in(0).shape, ctx.in(w).shape, ctx.out(0).shape);
  convolve<double>(g, centred(ctx.in(0), optional(x_zero)), centred(ctx.in(w), optional(w_zero)), put);
}

void reference_integer(ReferenceContext& ctx) {
  const auto y = ctx.out<std::int32_t>(0);
  integer_conv(ctx, 1, 2, 3, [&](std::int64_t at, std::int64_t, double sum) {
    y[static_cast<std::size_t>(at)] = static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::int64_t>(sum)));
  });
}

void reference_qlinear(ReferenceContext& ctx) {
  const Reals w_scale = read_reals(ctx.in(kWScale)), bias = read_reals(ctx.has(kBias) ? ctx.in(kBias) : TensorView{});
  const double x_scale = read_reals(ctx.in(kXScale))[0], y_scale = read_reals(ctx.in(kYScale))[0],
               zero = read_reals(ctx.in(kYZero))[0];
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  integer_conv(ctx, kW, kXZero, kWZero, [&](std::int64_t at, std::int64_t channel, double sum) {
    const auto m = static_cast<std::size_t>(channel);
    const double factor = x_scale * w_scale[w_scale.size() == 1 ? 0 : m] / y_scale;
    y[static_cast<std::size_t>(at)] = round_even((sum + (bias.empty() ? 0 : bias[m])) * factor) + zero;
  });
  write_reals(ctx.out(0), y);
}

std::vector<AttributeSpec> attributes() {
  return {
      {"auto_pad", std::string("NOTSET")}, {"dilations"}, {"group", std::int64_t{1}}, {"kernel_shape"}, {"pads"}, {"strides"}};
}

}  // namespace

std::span<const OpDef> integer_conv_ops() {
  static const OpDef defs[] = {
      {.name = "ConvInteger",
       .versions = {10},
       .inputs = {2, 4},
       .attributes = attributes(),
       .infer = infer_integer,
       .reference = reference_integer},
      {.name = "QLinearConv",
       .versions = {10},
       .inputs = {8, 9},
       .attributes = attributes(),
       .infer = infer_qlinear,
       .reference = reference_qlinear},
  };
  return defs;
}

}  // namespace onnxrun
