// Element-wise functions of one input without attributes: a row per operator. 16-bit floats are computed as float.
// Versions: 1 has consumed_inputs, which nobody needs; the others added types.
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/arithmetic.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"
#include "ops/common/infer_same.h"
#include "ops/common/legacy.h"
#include "ops/common/reals.h"

namespace onnxrun {
namespace {

template <class Types, class F>
void map(ReferenceContext& ctx, F f) {
  dispatch(ctx.in(0).dtype, Types{}, [&]<class T>() {
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<T>(f(static_cast<Compute<T>>(x[i])));
  });
}

// F is a lambda without captures; Types are what the operator takes.
template <class Types = FloatTypes, class F>
OpDef row(std::string_view name, std::vector<int> versions, F) {
  return {.name = name, .versions = std::move(versions), .upgrade = upgrade_consumed_inputs, .infer = infer_same,
          .reference = [](ReferenceContext& ctx) { map<Types>(ctx, F{}); }, .traits = {.elementwise = true}};
}

template <class T>
T negated(T x) {
  if constexpr (std::is_integral_v<T>) {
    return wrap_sub(T{0}, x);
  } else {
    return -x;
  }
}

// Known elements, each mapped by f.
template <class F>
void map_contents(InferContext& ctx, F f) {
  infer_same(ctx);
  auto known = contents_of(ctx, 0);
  if (!known) return;
  for (Dim& d : *known) {
    const std::optional<Dim> to = f(d);
    if (!to) return;
    d = *to;
  }
  ctx.set_contents(0, std::move(*known));
}

void infer_neg(InferContext& ctx) {
  map_contents(ctx, [](const Dim& d) { return std::optional(Dim(0) - d); });
}

void infer_abs(InferContext& ctx) {
  map_contents(ctx, [](const Dim& d) {
    if (nonnegative(d)) return std::optional(d);
    return nonnegative(Dim(0) - d) ? std::optional(Dim(0) - d) : std::nullopt;
  });
}

OpDef with_infer(OpDef def, void (*infer)(InferContext&)) {
  def.infer = infer;
  return def;
}

}  // namespace

std::span<const OpDef> unary_ops() {
  static const OpDef defs[] = {
      row<NumberTypes>("Relu", {1, 6, 13, 14}, [](auto x) { return x > 0 ? x : x != x ? x : 0; }),
      with_infer(row<SignedTypes>("Neg", {1, 6, 13}, [](auto x) { return negated(x); }), infer_neg),
      with_infer(row<NumberTypes>("Abs", {1, 6, 13}, [](auto x) { return x < 0 ? negated(x) : x == 0 ? decltype(x){0} : x; }), infer_abs),
      row<NumberTypes>("Sign", {9, 13}, [](auto x) { return x > 0 ? decltype(x)(1) : x < 0 ? decltype(x)(-1) : x; }),
      row<IntTypes>("BitwiseNot", {18}, [](auto x) { return ~x; }),
      row<NumberTypes>("Erf", {9, 13}, [](auto x) { return std::erf(x); }),
      row("Sqrt", {1, 6, 13}, [](auto x) { return std::sqrt(x); }),
      row("Reciprocal", {1, 6, 13}, [](auto x) { return 1 / x; }),
      row("Exp", {1, 6, 13}, [](auto x) { return std::exp(x); }),
      row("Log", {1, 6, 13}, [](auto x) { return std::log(x); }),
      row("Floor", {1, 6, 13}, [](auto x) { return std::floor(x); }),
      row("Ceil", {1, 6, 13}, [](auto x) { return std::ceil(x); }),
      row("Round", {11, 22}, [](auto x) { return std::copysign(round_even(x), x); }),
      row("Sin", {7, 22}, [](auto x) { return std::sin(x); }),
      row("Cos", {7, 22}, [](auto x) { return std::cos(x); }),
      row("Tan", {7, 22}, [](auto x) { return std::tan(x); }),
      row("Asin", {7, 22}, [](auto x) { return std::asin(x); }),
      row("Acos", {7, 22}, [](auto x) { return std::acos(x); }),
      row("Atan", {7, 22}, [](auto x) { return std::atan(x); }),
      row("Sinh", {9, 22}, [](auto x) { return std::sinh(x); }),
      row("Cosh", {9, 22}, [](auto x) { return std::cosh(x); }),
      row("Asinh", {9, 22}, [](auto x) { return std::asinh(x); }),
      row("Acosh", {9, 22}, [](auto x) { return std::acosh(x); }),
      row("Atanh", {9, 22}, [](auto x) { return std::atanh(x); }),
      row("Tanh", {1, 6, 13}, [](auto x) { return std::tanh(x); }),
      row("Sigmoid", {1, 6, 13}, [](auto x) { return 1 / (1 + std::exp(-x)); }),
      row("Softplus", {1, 22}, [](auto x) { return std::fmax(x, decltype(x){0}) + std::log1p(std::exp(-std::abs(x))); }),
      row("Softsign", {1, 22}, [](auto x) { return x / (1 + std::abs(x)); }),
      row("HardSwish", {14, 22}, [](auto x) { return x * nan_max(nan_min(x / 6 + decltype(x)(0.5), decltype(x)(1)), decltype(x)(0)); }),
      row("Mish", {18, 22}, [](auto x) {
        return x * std::tanh(std::fmax(x, decltype(x){0}) + std::log1p(std::exp(-std::abs(x))));
      }),
  };
  return defs;
}

}  // namespace onnxrun
