// Element-wise functions of one input with float attributes: a row per operator; p are the attributes in the row's order.
//   LeakyRelu, Elu, Selu, Celu, HardSigmoid, ThresholdedRelu, Shrink, Swish; Gelu; SwiGLU(a, b) = Swish(a) * b at import
// Versions: 1 has consumed_inputs, and other defaults for Selu; the others added types.
#include <array>
#include <cmath>
#include <numbers>

#include "engine/ir/reference.h"
#include "ops/common/arithmetic.h"
#include "ops/common/dispatch.h"
#include "ops/common/infer_same.h"
#include "ops/common/legacy.h"

namespace onnxrun {
namespace {

constexpr std::size_t kMaxParameters = 2;

template <class Types, class F>
void map(ReferenceContext& ctx, F f) {
  const OpDef& def = *ctx.node().op;
  dispatch(ctx.in(0).dtype, Types{}, [&]<class T>() {
    using C = std::conditional_t<std::is_integral_v<T>, double, Compute<T>>;
    std::array<C, kMaxParameters> p{};
    for (std::size_t i = 0; i < def.attributes.size(); ++i) p[i] = ctx.attrs().f(def.attributes[i].name);
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<T>(f(static_cast<C>(x[i]), p));
  });
}

template <class Types = FloatTypes, class F>
OpDef row(std::string_view name, std::vector<int> versions, std::vector<AttributeSpec> attributes, F) {
  return {.name = name, .versions = std::move(versions), .attributes = std::move(attributes), .upgrade = upgrade_consumed_inputs,
          .infer = infer_same, .reference = [](ReferenceContext& ctx) { map<Types>(ctx, F{}); }, .traits = {.elementwise = true}};
}

void upgrade_selu(UpgradeContext& ctx) {
  upgrade_consumed_inputs(ctx);
  if (ctx.opset() >= 6) return;
  ctx.old_default("alpha", 1.6732f);
  ctx.old_default("gamma", 1.0507f);
}

OpDef with_upgrade(OpDef def, void (*upgrade)(UpgradeContext&)) {
  def.upgrade = upgrade;
  return def;
}

void infer_gelu(InferContext& ctx) {
  const std::string& how = ctx.attrs().s("approximate");
  require(how == "none" || how == "tanh", "approximate = \"{}\", want \"none\" or \"tanh\"", how);
  infer_same(ctx);
}

void gelu(ReferenceContext& ctx) {
  const bool tanh = ctx.attrs().s("approximate") == "tanh";
  dispatch(ctx.in(0).dtype, FloatTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    const C root = std::numbers::sqrt2_v<C>, scale = root * std::numbers::inv_sqrtpi_v<C>;  // sqrt(2), sqrt(2 / pi)
    for (std::size_t i = 0; i < x.size(); ++i) {
      const C v = static_cast<C>(x[i]);
      const C phi = tanh ? std::tanh(scale * (v + static_cast<C>(0.044715) * v * v * v)) : std::erf(v / root);
      y[i] = static_cast<T>(v * (1 + phi) / 2);
    }
  });
}

void upgrade_swiglu(UpgradeContext& ctx) {
  const ValueId gate = ctx.build("Swish", {ctx.in(0)}, {{"alpha", ctx.attrs().f("alpha")}});
  ctx.replace_with({ctx.build("Mul", {gate, ctx.in(1)})});
}

}  // namespace

std::span<const OpDef> activation_ops() {
  static const OpDef defs[] = {
      row("LeakyRelu", {1, 6, 16}, {{"alpha", 0.01f}}, [](auto x, auto p) { return x < 0 ? p[0] * x : x; }),
      row("Elu", {1, 6, 22}, {{"alpha", 1.0f}}, [](auto x, auto p) { return x < 0 ? p[0] * std::expm1(x) : x; }),
      with_upgrade(row("Selu", {1, 6, 22}, {{"alpha", 1.67326319217681884765625f}, {"gamma", 1.05070102214813232421875f}},
                       [](auto x, auto p) { return p[1] * (x > 0 ? x : p[0] * std::expm1(x)); }),
                   upgrade_selu),
      row("Celu", {12, 28}, {{"alpha", 1.0f}}, [](auto x, auto p) { return x < 0 ? p[0] * std::expm1(x / p[0]) : x; }),
      row("HardSigmoid", {1, 6, 22}, {{"alpha", 0.2f}, {"beta", 0.5f}},
          [](auto x, auto p) { return nan_max(nan_min(p[0] * x + p[1], decltype(x)(1)), decltype(x)(0)); }),
      row("ThresholdedRelu", {10, 22}, {{"alpha", 1.0f}}, [](auto x, auto p) { return x > p[0] ? x : decltype(x)(0); }),
      row<NumberTypes>("Shrink", {9}, {{"bias", 0.0f}, {"lambd", 0.5f}},
                       [](auto x, auto p) { return x < -p[1] ? x + p[0] : x > p[1] ? x - p[0] : decltype(x)(0); }),
      row("Swish", {24}, {{"alpha", 1.0f}}, [](auto x, auto p) { return x / (1 + std::exp(-p[0] * x)); }),
      {.name = "Gelu", .versions = {20}, .attributes = {{"approximate", std::string("none")}}, .infer = infer_gelu,
       .reference = gelu, .traits = {.elementwise = true}},
      {.name = "SwiGLU", .versions = {28}, .inputs = {2, 2}, .attributes = {{"alpha", 1.0f}}, .upgrade = upgrade_swiglu, .infer = infer_same},
  };
  return defs;
}

}  // namespace onnxrun
