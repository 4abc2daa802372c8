#include "ops/microsoft/expand.h"

#include "engine/ir/activation.h"
#include "ops/common/reals.h"

namespace onnxrun {

const Type& type_of(UpgradeContext& ctx, ValueId x) {
  static const Type kUnknown;
  return x == ValueId::kNone ? kUnknown : ctx.graph().value(x).type;
}

std::vector<ValueId> build_many(UpgradeContext& ctx, std::string_view op_name, std::vector<ValueId> inputs, Attributes attrs,
                                int outputs) {
  const NodeId id = ctx.graph().add_node(op(op_name), std::move(inputs), std::move(attrs), outputs);
  infer_node(ctx.graph(), id);
  return ctx.graph().node(id).outputs;
}

ValueId build_fused(UpgradeContext& ctx, std::string_view op_name, std::vector<ValueId> inputs, Attributes attrs) {
  return build(ctx.graph(), op(op_name, kInternal), std::move(inputs), std::move(attrs));
}

ValueId scalar(UpgradeContext& ctx, DType dtype, double value) {
  Tensor t(dtype, {});
  write_real(view_of(t), 0, value);
  return ctx.constant(std::move(t));
}

ValueId cut(UpgradeContext& ctx, ValueId x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  return ctx.build("Slice", {x, ctx.ints({begin}), ctx.ints({end}), ctx.ints({axis})});
}

ValueId transpose(UpgradeContext& ctx, ValueId x, Ints perm) { return ctx.build("Transpose", {x}, {{"perm", std::move(perm)}}); }

ValueId unsqueeze(UpgradeContext& ctx, ValueId x, const Ints& axes) { return ctx.build("Unsqueeze", {x, ctx.ints(axes)}); }

ValueId cast(UpgradeContext& ctx, ValueId x, DType to) {
  if (type_of(ctx, x).dtype == to) return x;
  return ctx.build("Cast", {x}, {{"to", static_cast<std::int64_t>(to)}});
}

ValueId size_of(UpgradeContext& ctx, ValueId x, std::int64_t axis) {
  return ctx.build("Shape", {x}, {{"start", axis}, {"end", axis + 1}});
}

ValueId add(UpgradeContext& ctx, ValueId a, ValueId b) {
  if (a == ValueId::kNone) return b;
  return b == ValueId::kNone ? a : ctx.build("Add", {a, b});
}

bool wants_output(UpgradeContext& ctx, std::size_t i) {
  const Node& n = ctx.node();
  return i < n.outputs.size() && n.outputs[i] != ValueId::kNone;
}

void refuse_inputs(UpgradeContext& ctx, std::initializer_list<int> inputs, std::string_view why) {
  for (const int i : inputs) require(ErrorCode::kUnsupported, !ctx.has(i), "input {} is given: {}", i, why);
}

bool set_activation(Attributes& attrs, const NamedActivation& activation) {
  if (!activation_from_name(activation.name)) return false;
  if (activation.name == "Swish" && activation.parameters.empty()) return false;
  attrs.set("activation", activation.name);
  const auto& p = activation.parameters;
  const float alpha = activation.name == "LeakyRelu"     ? 0.01f
                      : activation.name == "HardSigmoid" ? 0.2f
                      : activation.name == "Elu"         ? 1.0f
                                                         : 0.0f;
  attrs.set("act_alpha", p.empty() ? alpha : p[0]);
  attrs.set("act_beta", p.size() > 1 ? p[1] : activation.name == "HardSigmoid" ? 0.5f : 0.0f);
  return true;
}

ValueId activate(UpgradeContext& ctx, ValueId x, const NamedActivation& activation) {
  if (activation.name.empty()) return x;
  const auto& p = activation.parameters;
  if (activation.name == "Clip") {
    const DType dtype = type_of(ctx, x).dtype;
    return ctx.build("Clip", {x, p.empty() ? ValueId::kNone : scalar(ctx, dtype, p[0]),
                              p.size() < 2 ? ValueId::kNone : scalar(ctx, dtype, p[1])});
  }
  const OpDef& def = op(activation.name);
  Attributes attrs;
  std::size_t next = 0;
  for (const char* name : {"alpha", "beta"}) {
    for (const AttributeSpec& spec : def.attributes) {
      if (spec.name == name && next < p.size()) attrs.set(name, p[next++]);
    }
  }
  return build(ctx.graph(), def, {x}, std::move(attrs));
}

}  // namespace onnxrun
