// ai.onnx.preview.training Adagrad, Adam, Momentum: one step of an optimizer on any number of tensors.
// Inputs R (learning rate), T (steps done so far), then X1..Xn, their gradients G1..Gn and for each kind of state n tensors;
// outputs the new X1..Xn and the new states. With g = norm_coefficient * X + G:
//   Adagrad   H' = H + g^2                                   X' = X - R / (1 + T * decay_factor) * g / (sqrt(H') + epsilon)
//   Adam      V' = alpha * V + (1 - alpha) * g               X' = (1 - norm_coefficient_post) * (X - r * V' / (sqrt(H') + epsilon))
//             H' = beta * H + (1 - beta) * g^2               r = R * sqrt(1 - beta^T) / (1 - alpha^T), R at T = 0
//   Momentum  V' = alpha * V + (T > 0 ? beta : 1) * g        X' = X - R * V', "nesterov": X - R * (g + alpha * V')
#include <array>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

constexpr std::string_view kTraining = "ai.onnx.preview.training";

// The rules: made from the attributes, R and T, called with the gradient and the values to change, X first.

struct Adagrad {
  static constexpr int kResults = 2;
  double norm, epsilon, rate;
  Adagrad(const Attributes& attrs, double r, double t)
      : norm(attrs.f("norm_coefficient")), epsilon(attrs.f("epsilon")), rate(r / (1 + t * attrs.f("decay_factor"))) {}
  void operator()(double gradient, std::array<double, kResults>& values) const {
    auto& [x, h] = values;
    const double g = norm * x + gradient;
    h += g * g;
    x -= rate * g / (std::sqrt(h) + epsilon);
  }
};

struct Adam {
  static constexpr int kResults = 3;
  double norm, post, alpha, beta, epsilon, rate;
  Adam(const Attributes& attrs, double r, double t)
      : norm(attrs.f("norm_coefficient")), post(attrs.f("norm_coefficient_post")), alpha(attrs.f("alpha")), beta(attrs.f("beta")),
        epsilon(attrs.f("epsilon")), rate(t > 0 ? r * std::sqrt(1 - std::pow(beta, t)) / (1 - std::pow(alpha, t)) : r) {}
  void operator()(double gradient, std::array<double, kResults>& values) const {
    auto& [x, v, h] = values;
    const double g = norm * x + gradient;
    v = alpha * v + (1 - alpha) * g;
    h = beta * h + (1 - beta) * g * g;
    x = (1 - post) * (x - rate * v / (std::sqrt(h) + epsilon));
  }
};

struct Momentum {
  static constexpr int kResults = 2;
  double norm, alpha, beta, rate;
  bool nesterov;
  Momentum(const Attributes& attrs, double r, double t)
      : norm(attrs.f("norm_coefficient")), alpha(attrs.f("alpha")), beta(t > 0 ? attrs.f("beta") : 1), rate(r),
        nesterov(attrs.s("mode") == "nesterov") {}
  void operator()(double gradient, std::array<double, kResults>& values) const {
    auto& [x, v] = values;
    const double g = norm * x + gradient;
    v = alpha * v + beta * g;
    x -= rate * (nesterov ? g + alpha * v : v);
  }
};

constexpr int kFirst = 2;  // input of X1

template <class Rule>
void infer(InferContext& ctx) {
  constexpr int kGroups = Rule::kResults + 1;  // X, G and the states
  want_dtype(ctx, 0, {DType::kFloat32, DType::kFloat64});
  want_dtype(ctx, 1, {DType::kInt64});
  want_single(ctx, 0);
  want_single(ctx, 1);
  const int tensors = ctx.inputs() - kFirst, n = tensors / kGroups;
  require(tensors % kGroups == 0, "has {} inputs after R and T, want a multiple of {}", tensors, kGroups);
  require(ctx.outputs() <= n * Rule::kResults, "has {} outputs, want {}", ctx.outputs(), n * Rule::kResults);
  if (ctx.node().op->name == "Momentum") {
    const std::string& mode = ctx.attrs().s("mode");
    require(mode == "standard" || mode == "nesterov", "attribute mode is {}, want standard or nesterov", mode);
  }
  for (int i = 0; i < n; ++i) {
    const int x = kFirst + i;
    for (int group = 0; group < kGroups; ++group) {
      const int at = x + group * n;
      require(ctx.has(at), "input {} is missing", at);
      want_dtype(ctx, at, {DType::kFloat32, DType::kFloat64});
      want_same_dtype(ctx, at, x);
      if (ctx.has_shape(x)) want_shape(ctx, at, ctx.shape(x));
    }
    Type type = ctx.in(x);
    type.layout = Layout::kPlain;
    for (int result = 0; result < Rule::kResults; ++result) ctx.set(result * n + i, type);
  }
}

template <class Rule>
void reference(ReferenceContext& ctx) {
  constexpr auto kResults = static_cast<std::size_t>(Rule::kResults);
  const Rule rule(ctx.attrs(), read_reals(ctx.in(0)).at(0), read_reals(ctx.in(1)).at(0));
  const int n = (ctx.inputs() - kFirst) / (Rule::kResults + 1);
  for (int i = 0; i < n; ++i) {
    const Reals g = read_reals(ctx.in(kFirst + n + i));
    std::array<Reals, kResults> values;
    for (int k = 0; k < Rule::kResults; ++k) values[static_cast<std::size_t>(k)] = read_reals(ctx.in(kFirst + (k == 0 ? 0 : k + 1) * n + i));
    for (std::size_t e = 0; e < g.size(); ++e) {
      std::array<double, kResults> element;
      for (std::size_t k = 0; k < kResults; ++k) element[k] = values[k][e];
      rule(g[e], element);
      for (std::size_t k = 0; k < kResults; ++k) values[k][e] = element[k];
    }
    for (int k = 0; k < Rule::kResults; ++k) {
      if (ctx.wants(k * n + i)) write_reals(ctx.out(k * n + i), values[static_cast<std::size_t>(k)]);
    }
  }
}

template <class Rule>
OpDef row(std::string_view name, std::vector<AttributeSpec> attributes) {
  return {.name = name, .domain = kTraining, .inputs = {kFirst + Rule::kResults + 1, kVariadic}, .outputs = {1, kVariadic},
          .attributes = std::move(attributes), .infer = infer<Rule>, .reference = reference<Rule>};
}

}  // namespace

std::span<const OpDef> optimizer_ops() {
  static const OpDef defs[] = {
      row<Adagrad>("Adagrad", {{"norm_coefficient", 0.0f}, {"decay_factor", 0.0f}, {"epsilon", 1e-6f}}),
      row<Adam>("Adam", {{"norm_coefficient", 0.0f}, {"norm_coefficient_post", 0.0f}, {"alpha", 0.9f}, {"beta", 0.999f}, {"epsilon", 1e-6f}}),
      row<Momentum>("Momentum", {{"norm_coefficient", std::nullopt, true}, {"alpha", std::nullopt, true}, {"beta", std::nullopt, true},
                                 {"mode", std::nullopt, true}}),
  };
  return defs;
}

}  // namespace onnxrun
