// Operators of com.microsoft that are one or two standard ones with a bias; they become these at import.
//   Gelu(x)                    Gelu                        FastGelu(x, bias?)         Gelu(x + bias), approximate = tanh
//   BiasGelu(a, b)             Gelu(a + b)                 QuickGelu(x)               x * sigmoid(alpha * x): Swish
//   BiasSplitGelu(x, bias)     l * Gelu(r), (l, r) = halves of x + bias along the last axis
//   BiasAdd(x, bias, skip)     x + bias + skip             BiasDropout(x, bias, r?)   x + bias + r, as in inference
//   BiasSoftmax(x, bias)       softmax(x + bias) over all dimensions from `axis` on
#include "ops/microsoft/expand.h"

namespace onnxrun {
namespace {

void gelu(UpgradeContext& ctx) { ctx.replace_with({ctx.build("Gelu", {ctx.in(0)})}); }

void fast_gelu(UpgradeContext& ctx) {
  ctx.replace_with({ctx.build("Gelu", {add(ctx, ctx.in(0), ctx.in(1))}, {{"approximate", std::string("tanh")}})});
}

void bias_gelu(UpgradeContext& ctx) { ctx.replace_with({ctx.build("Gelu", {add(ctx, ctx.in(0), ctx.in(1))})}); }

void quick_gelu(UpgradeContext& ctx) { ctx.replace_with({ctx.build("Swish", {ctx.in(0)}, {{"alpha", ctx.attrs().f("alpha")}})}); }

void bias_split_gelu(UpgradeContext& ctx) {
  const auto halves = build_many(ctx, "Split", {add(ctx, ctx.in(0), ctx.in(1))},
                                 {{"axis", std::int64_t{-1}}, {"num_outputs", std::int64_t{2}}}, 2);
  ctx.replace_with({ctx.build("Mul", {halves[0], ctx.build("Gelu", {halves[1]})})});
}

void bias_add(UpgradeContext& ctx) { ctx.replace_with({add(ctx, add(ctx, ctx.in(0), ctx.in(1)), ctx.in(2))}); }

void bias_dropout(UpgradeContext& ctx) {
  enum { kData, kBias, kResidual, kRatio, kTraining };
  const int outputs = wants_output(ctx, 1) ? 2 : 1;
  std::vector<ValueId> results =
      build_many(ctx, "Dropout", {add(ctx, ctx.in(kData), ctx.in(kBias)), ctx.in(kRatio), ctx.in(kTraining)}, {}, outputs);
  results[0] = add(ctx, results[0], ctx.in(kResidual));
  ctx.replace_with(results);
}

// Like Softmax before opset 13.
void bias_softmax(UpgradeContext& ctx) {
  const ValueId sum = add(ctx, ctx.in(0), ctx.in(1));
  const std::int64_t axis = ctx.attrs().i("axis");
  const Type& type = ctx.type(0);
  if (axis == -1 || (type.ranked() && axis == type.rank() - 1)) {
    return ctx.replace_with({ctx.build("Softmax", {sum}, {{"axis", std::int64_t{-1}}})});
  }
  const ValueId flat = ctx.build("Flatten", {sum}, {{"axis", axis}});
  ctx.replace_with(
      {ctx.build("Reshape", {ctx.build("Softmax", {flat}, {{"axis", std::int64_t{-1}}}), ctx.build("Shape", {sum})})});
}

OpDef row(std::string_view name, Arity inputs, void (*upgrade)(UpgradeContext&), std::vector<AttributeSpec> attributes = {}) {
  return {.name = name, .domain = kMicrosoft, .inputs = inputs, .attributes = std::move(attributes), .upgrade = upgrade};
}

}  // namespace

std::span<const OpDef> biased_ops() {
  static const OpDef defs[] = {
      row("Gelu", {1, 1}, gelu),
      row("FastGelu", {1, 2}, fast_gelu),
      row("BiasGelu", {2, 2}, bias_gelu),
      row("QuickGelu", {1, 1}, quick_gelu, {{"alpha", 1.702f}}),
      row("BiasSplitGelu", {2, 2}, bias_split_gelu),
      row("BiasAdd", {3, 3}, bias_add),
      {.name = "BiasDropout",
       .domain = kMicrosoft,
       .inputs = {2, 5},
       .outputs = {1, 2},
       .attributes = {{"seed"}},
       .upgrade = bias_dropout},
      row("BiasSoftmax", {2, 2}, bias_softmax, {{"axis", std::int64_t{1}}, {"is_inner_broadcast"}}),
  };
  return defs;
}

}  // namespace onnxrun
