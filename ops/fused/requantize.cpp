#include "ops/fused/requantize.h"

#include "ops/common/shape_checks.h"

namespace onnxrun {

std::vector<AttributeSpec> requantize_attributes() {
  return {{"act_alpha", 0.0f},
          {"act_beta", 0.0f},
          {"activation", std::string()},
          {"to", static_cast<std::int64_t>(DType::kFloat32)},
          {"y_scale", 1.0f},
          {"y_zero", std::int64_t{0}}};
}

DType infer_requantize(const InferContext& ctx) {
  require(activation_from_name(ctx.attrs().s("activation")).has_value(),
          "attribute activation is '{}', want a name of activation.h", ctx.attrs().s("activation"));
  const DType to = dtype_attribute(ctx.attrs(), "to");
  require(to == DType::kFloat32 || to == DType::kUInt8 || to == DType::kInt8 || to == DType::kInt32, "attribute to is {}, want f32, u8, i8 or i32",
          dtype_name(to));
  require(ctx.attrs().f("y_scale") > 0, "attribute y_scale is {}, want above 0", ctx.attrs().f("y_scale"));
  return to;
}

DType infer_quant_product(const InferContext& ctx, const std::optional<Dim>& channels) {
  want_dtype(ctx, kQuantX, {DType::kUInt8, DType::kInt8});
  want_dtype(ctx, kQuantW, {DType::kInt8, DType::kInt16});
  for (const int i : {kQuantFactor, kQuantBias, kQuantXScale}) want_dtype(ctx, i, {DType::kFloat32});
  want_same_dtype(ctx, kQuantX, kQuantXZero);
  for (const int i : {kQuantXScale, kQuantXZero}) want_single(ctx, i);
  if (channels) {
    for (const int i : {kQuantFactor, kQuantBias}) want_shape(ctx, i, {*channels});
  }
  return infer_requantize(ctx);
}

Requantize::Requantize(const Attributes& attrs)
    : y_scale_(attrs.f("y_scale")),
      y_zero_(static_cast<double>(attrs.i("y_zero"))),
      activation_(*activation_from_name(attrs.s("activation"))),
      alpha_(attrs.f("act_alpha")),
      beta_(attrs.f("act_beta")),
      whole_(dtype_attribute(attrs, "to") != DType::kFloat32) {}

double Requantize::operator()(double v) const {
  v = apply(activation_, v, alpha_, beta_);
  return whole_ ? round_even(v / y_scale_) + y_zero_ : v;
}

QuantProductInputs::QuantProductInputs(const ReferenceContext& ctx)
    : x_(read_reals(ctx.in(kQuantX))),
      factor_(read_reals(ctx.in(kQuantFactor))),
      bias_(read_reals(ctx.has(kQuantBias) ? ctx.in(kQuantBias) : TensorView{})),
      x_scale_(ctx.has(kQuantXScale) ? read_reals(ctx.in(kQuantXScale))[0] : 1),
      requantize_(ctx.attrs()) {
  if (!ctx.has(kQuantXZero)) return;
  const double zero = read_reals(ctx.in(kQuantXZero))[0];
  for (double& v : x_) v -= zero;
}

double QuantProductInputs::result(double sum, std::int64_t channel) const {
  const auto m = static_cast<std::size_t>(channel);
  return requantize_(sum * x_scale_ * factor_[m] + (bias_.empty() ? 0 : bias_[m]));
}

}  // namespace onnxrun
