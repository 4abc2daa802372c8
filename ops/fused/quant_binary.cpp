// onnxrun.QuantBinary(a, b): sums and products of 8-bit tensors of one shape:
//   v = act(op((a - a_zero) * a_scale, (b - b_zero) * b_scale)), op "Add" or "Mul"
//   y = saturate(round(v / y_scale) + y_zero), ties to even, as u8 or i8 by attribute `to`
#include "ops/common/shape_checks.h"
#include "ops/fused/requantize.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  for (const int i : {0, 1}) want_dtype(ctx, i, {DType::kUInt8, DType::kInt8});
  const std::string& name = ctx.attrs().s("op");
  require(name == "Add" || name == "Mul", "attribute op is '{}', want Add or Mul", name);
  const DType to = infer_requantize(ctx);
  require(to != DType::kFloat32, "attribute to is f32, want u8 or i8");
  if (ctx.has_shape(0)) want_shape(ctx, 1, ctx.shape(0));
  ctx.set(0, to, ctx.has_shape(0) ? ctx.in(0).shape : ctx.in(1).shape);
}

Reals dequantized(const ReferenceContext& ctx, int i, const char* scale, const char* zero) {
  Reals x = read_reals(ctx.in(i));
  for (double& v : x) v = (v - static_cast<double>(ctx.attrs().i(zero))) * ctx.attrs().f(scale);
  return x;
}

void reference(ReferenceContext& ctx) {
  Reals a = dequantized(ctx, 0, "a_scale", "a_zero");
  const Reals b = dequantized(ctx, 1, "b_scale", "b_zero");
  const Requantize requantize(ctx.attrs());
  const bool adds = ctx.attrs().s("op") == "Add";
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = requantize(adds ? a[i] + b[i] : a[i] * b[i]);
  write_reals(ctx.out(0), a);
}

std::vector<AttributeSpec> attributes() {
  std::vector<AttributeSpec> all = requantize_attributes();
  all.insert(all.end(), {{"a_scale", 1.0f},
                         {"a_zero", std::int64_t{0}},
                         {"b_scale", 1.0f},
                         {"b_zero", std::int64_t{0}},
                         {"op", std::nullopt, true}});
  return all;
}

}  // namespace

std::span<const OpDef> quant_binary_ops() {
  static const OpDef defs[] = {
      {.name = "QuantBinary",
       .domain = kInternal,
       .inputs = {2, 2},
       .attributes = attributes(),
       .infer = infer,
       .reference = reference,
       .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
