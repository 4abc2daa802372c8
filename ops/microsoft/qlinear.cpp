// com.microsoft's QLinear operators: quantize(f(dequantize(x)...)), which is what they become at import. A row per operator; the
// inputs are the operands with their scale and zero point each, then the result's scale and zero point.
#include "ops/microsoft/expand.h"

namespace onnxrun {
namespace {

// Inputs i, i + 1 and i + 2: a tensor, its scale and zero point.
ValueId real(UpgradeContext& ctx, int i) { return ctx.build("DequantizeLinear", {ctx.in(i), ctx.in(i + 1), ctx.in(i + 2)}); }

// Replaces the node by y quantized with inputs i and i + 1; without a zero point the result has the type of the operands.
void finish(UpgradeContext& ctx, ValueId y, int i, int operand = 0) {
  Attributes attrs;
  if (!ctx.has(i + 1)) attrs.set("output_dtype", static_cast<std::int64_t>(ctx.type(operand).dtype));
  ctx.replace_with({ctx.build("QuantizeLinear", {y, ctx.in(i), ctx.in(i + 1)}, std::move(attrs))});
}

void binary(UpgradeContext& ctx) {
  const std::string_view name = ctx.node().op->name == "QLinearAdd" ? "Add" : "Mul";
  finish(ctx, ctx.build(name, {real(ctx, 0), real(ctx, 3)}), 6);
}

void where(UpgradeContext& ctx) { finish(ctx, ctx.build("Where", {ctx.in(0), real(ctx, 1), real(ctx, 4)}), 7, 1); }

void sigmoid(UpgradeContext& ctx) { finish(ctx, ctx.build("Sigmoid", {real(ctx, 0)}), 3); }

void leaky_relu(UpgradeContext& ctx) {
  finish(ctx, ctx.build("LeakyRelu", {real(ctx, 0)}, {{"alpha", ctx.attrs().f("alpha")}}), 3);
}

// Like Softmax of that opset: before 13, all dimensions from `axis` on are one.
void softmax(UpgradeContext& ctx) {
  const std::int64_t axis = ctx.attrs().i("axis");
  const ValueId x = real(ctx, 0);
  if (ctx.attrs().i("opset", 13) >= 13) return finish(ctx, ctx.build("Softmax", {x}, {{"axis", axis}}), 3);
  const ValueId flat = ctx.build("Softmax", {ctx.build("Flatten", {x}, {{"axis", axis}})}, {{"axis", std::int64_t{-1}}});
  finish(ctx, ctx.build("Reshape", {flat, ctx.build("Shape", {x})}), 3);
}

void reduce_mean(UpgradeContext& ctx) {
  const ValueId y =
      ctx.build("ReduceMean", {real(ctx, 0), ctx.ints(ctx.attrs().ints("axes"))}, {{"keepdims", ctx.attrs().i("keepdims")}});
  finish(ctx, y, 3);
}

// Between [N, D.., C] and [N, C, D..].
ValueId move_channels(UpgradeContext& ctx, ValueId x, bool to_front) {
  const Type& type = type_of(ctx, x);
  require(ErrorCode::kUnsupported, type.ranked() && type.rank() >= 3, "channels_last needs an input of known rank, at least 3");
  const std::int64_t last = type.rank() - 1;
  Ints perm{0};
  if (to_front) perm.push_back(last);
  for (std::int64_t d = to_front ? 1 : 2; d < last + (to_front ? 0 : 1); ++d) perm.push_back(d);
  if (!to_front) perm.push_back(1);
  return transpose(ctx, x, std::move(perm));
}

void pool(UpgradeContext& ctx) {
  const bool global = ctx.node().op->name == "QLinearGlobalAveragePool", last = ctx.attrs().i("channels_last") != 0;
  Attributes attrs;
  for (const char* name : {"auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"}) {
    if (const Attribute* value = ctx.attrs().find(name)) attrs.set(name, *value);
  }
  ValueId x = real(ctx, 0);
  if (last) x = move_channels(ctx, x, true);
  ValueId y = ctx.build(global ? "GlobalAveragePool" : "AveragePool", {x}, std::move(attrs));
  if (last) y = move_channels(ctx, y, false);
  finish(ctx, y, 3);
}

// Here the result's scale and zero point come first.
void concat(UpgradeContext& ctx) {
  const int inputs = static_cast<int>(ctx.node().inputs.size());
  require(inputs >= 5 && (inputs - 2) % 3 == 0, "has {} inputs, want two and three more for every operand", inputs);
  std::vector<ValueId> operands;
  for (int i = 2; i < inputs; i += 3) operands.push_back(real(ctx, i));
  finish(ctx, ctx.build("Concat", std::move(operands), {{"axis", ctx.attrs().i("axis")}}), 0, 2);
}

OpDef row(std::string_view name, Arity inputs, void (*upgrade)(UpgradeContext&), std::vector<AttributeSpec> attributes = {}) {
  return {.name = name, .domain = kMicrosoft, .inputs = inputs, .attributes = std::move(attributes), .upgrade = upgrade};
}

}  // namespace

std::span<const OpDef> qlinear_ops() {
  static const OpDef defs[] = {
      row("QLinearAdd", {7, 8}, binary),
      row("QLinearMul", {7, 8}, binary),
      row("QLinearWhere", {9, 9}, where),
      row("QLinearSigmoid", {4, 5}, sigmoid),
      row("QLinearLeakyRelu", {4, 5}, leaky_relu, {{"alpha", 0.01f}}),
      row("QLinearSoftmax", {5, 5}, softmax, {{"axis", std::int64_t{-1}}, {"opset"}}),
      row("QLinearReduceMean", {4, 5}, reduce_mean, {{"axes"}, {"keepdims", std::int64_t{1}}}),
      row("QLinearConcat", {5, kVariadic}, concat, {{"axis"}}),
      row("QLinearAveragePool", {4, 5}, pool,
          {{"auto_pad", std::string("NOTSET")},
           {"ceil_mode", std::int64_t{0}},
           {"channels_last", std::int64_t{0}},
           {"count_include_pad", std::int64_t{0}},
           {"kernel_shape"},
           {"pads"},
           {"strides"}}),
      row("QLinearGlobalAveragePool", {5, 5}, pool, {{"channels_last", std::int64_t{0}}}),
  };
  return defs;
}

}  // namespace onnxrun
