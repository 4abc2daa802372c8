// Products of com.microsoft with quantized weights; they become standard operators at import.
//   MatMulIntegerToFloat(a, b, a_scale, b_scale, a_zero?, b_zero?, bias?)   MatMulInteger * a_scale * b_scale + bias
//   DynamicQuantizeMatMul(a, b, b_scale, b_zero?, bias?)                    the same of DynamicQuantizeLinear(a)
//   QGemm(a, a_scale, a_zero, b, b_scale, b_zero, c?, y_scale?, y_zero?)    quantize(alpha * a' @ b' + c * alpha * a_scale *
//   b_scale) DynamicQuantizeLSTM(.., w_scale, w_zero, r_scale, r_zero)               LSTM with its weights dequantized, x stays
//   as it is
#include "ops/microsoft/expand.h"

namespace onnxrun {
namespace {

ValueId integer_product(UpgradeContext& ctx, ValueId a, ValueId a_scale, ValueId a_zero, ValueId b, ValueId b_scale,
                        ValueId b_zero, ValueId bias) {
  const ValueId sums = cast(ctx, ctx.build("MatMulInteger", {a, b, a_zero, b_zero}), type_of(ctx, b_scale).dtype);
  return add(ctx, ctx.build("Mul", {sums, ctx.build("Mul", {a_scale, b_scale})}), bias);
}

void matmul_integer_to_float(UpgradeContext& ctx) {
  enum { kA, kB, kAScale, kBScale, kAZero, kBZero, kBias };
  ctx.replace_with({integer_product(ctx, ctx.in(kA), ctx.in(kAScale), ctx.in(kAZero), ctx.in(kB), ctx.in(kBScale), ctx.in(kBZero),
                                    ctx.in(kBias))});
}

void dynamic_quantize_matmul(UpgradeContext& ctx) {
  enum { kA, kB, kBScale, kBZero, kBias };
  const auto a = build_many(ctx, "DynamicQuantizeLinear", {ctx.in(kA)}, {}, 3);
  ctx.replace_with({integer_product(ctx, a[0], a[1], a[2], ctx.in(kB), ctx.in(kBScale), ctx.in(kBZero), ctx.in(kBias))});
}

void qgemm(UpgradeContext& ctx) {
  enum { kA, kAScale, kAZero, kB, kBScale, kBZero, kC, kYScale, kYZero };
  const ValueId a = ctx.build("DequantizeLinear", {ctx.in(kA), ctx.in(kAScale), ctx.in(kAZero)});
  const std::int64_t column = ctx.attrs().i("transB") != 0 ? 0 : 1;
  const ValueId b = ctx.build("DequantizeLinear", {ctx.in(kB), ctx.in(kBScale), ctx.in(kBZero)}, {{"axis", column}});
  Attributes attrs{{"alpha", ctx.attrs().f("alpha")}, {"transA", ctx.attrs().i("transA")}, {"transB", ctx.attrs().i("transB")}};
  std::vector<ValueId> factors = {a, b};
  if (ctx.has(kC)) {
    const ValueId scale = ctx.build(
        "Mul", {ctx.build("Mul", {ctx.in(kAScale), ctx.in(kBScale)}), scalar(ctx, DType::kFloat32, ctx.attrs().f("alpha"))});
    factors.push_back(ctx.build("Mul", {cast(ctx, ctx.in(kC), DType::kFloat32), scale}));
  }
  ValueId y = ctx.build("Gemm", std::move(factors), std::move(attrs));
  if (ctx.has(kYScale)) y = ctx.build("QuantizeLinear", {y, ctx.in(kYScale), ctx.in(kYZero)});
  ctx.replace_with({y});
}

// (w - zero) * scale for w [D, inputs, 4H] and what belongs to a direction [D] or a column [D, 4H]; the result is [D, 4H,
// inputs].
ValueId recurrent_weight(UpgradeContext& ctx, int w, int scale, int zero) {
  const auto beside = [&](ValueId v) {
    const Type& type = type_of(ctx, v);
    require(ErrorCode::kUnsupported, type.ranked() && (type.rank() == 1 || type.rank() == 2),
            "a scale or zero point is {}, want rank 1 or 2", type.str());
    return unsqueeze(ctx, v, type.rank() == 1 ? Ints{1, 2} : Ints{1});
  };
  ValueId real = cast(ctx, ctx.in(w), DType::kFloat32);
  if (ctx.has(zero)) real = ctx.build("Sub", {real, beside(cast(ctx, ctx.in(zero), DType::kFloat32))});
  return transpose(ctx, ctx.build("Mul", {real, beside(ctx.in(scale))}), {0, 2, 1});
}

void dynamic_quantize_lstm(UpgradeContext& ctx) {
  enum { kX, kW, kR, kB, kLengths, kH, kC, kP, kWScale, kWZero, kRScale, kRZero };
  Attributes attrs = ctx.attrs();
  std::vector<ValueId> inputs = {ctx.in(kX), recurrent_weight(ctx, kW, kWScale, kWZero),
                                 recurrent_weight(ctx, kR, kRScale, kRZero)};
  for (int i = kB; i <= kP; ++i) inputs.push_back(ctx.in(i));
  while (inputs.back() == ValueId::kNone) inputs.pop_back();
  const int outputs = static_cast<int>(ctx.node().outputs.size());
  ctx.replace_with(build_many(ctx, "LSTM", std::move(inputs), std::move(attrs), outputs));
}

}  // namespace

std::span<const OpDef> quantized_product_ops() {
  static const OpDef defs[] = {
      {.name = "MatMulIntegerToFloat", .domain = kMicrosoft, .inputs = {4, 7}, .upgrade = matmul_integer_to_float},
      {.name = "DynamicQuantizeMatMul", .domain = kMicrosoft, .inputs = {3, 5}, .upgrade = dynamic_quantize_matmul},
      {.name = "QGemm",
       .domain = kMicrosoft,
       .inputs = {6, 9},
       .attributes = {{"alpha", 1.0f}, {"transA", std::int64_t{0}}, {"transB", std::int64_t{0}}},
       .upgrade = qgemm},
      {.name = "DynamicQuantizeLSTM",
       .domain = kMicrosoft,
       .inputs = {3, 12},
       .outputs = {1, 3},
       .attributes = {{"activation_alpha"},
                      {"activation_beta"},
                      {"activations"},
                      {"clip"},
                      {"direction", std::string("forward")},
                      {"hidden_size"},
                      {"input_forget", std::int64_t{0}}},
       .upgrade = dynamic_quantize_lstm},
  };
  return defs;
}

}  // namespace onnxrun
