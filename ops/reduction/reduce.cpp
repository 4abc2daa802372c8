// ReduceSum, Mean, Max, Min, Prod, L1, L2, SumSquare, LogSum, LogSumExp: a row per operator.
//   L1 = sum |x|, L2 = sqrt(sum x^2), SumSquare = sum x^2, LogSum = log(sum x), LogSumExp = log(sum exp x)
// Nothing to reduce gives the neutral element (0, 1, the lowest or highest value). Floating point is summed up in double.
// Versions: axes are an attribute up to 13 (ReduceSum: 11) and input 1 since; 18 added noop_with_empty_axes: without axes,
// reduce over none instead of over all. The others added types.
#include <cmath>

#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/arithmetic.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/reduce_axes.h"
#include "ops/common/strided.h"
#include "ops/common/total.h"

namespace onnxrun {
namespace {

template <int kAxesInputSince>
void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() < kAxesInputSince) ctx.ints_to_input("axes", 1);
}

std::optional<std::vector<std::int64_t>> axes_of(const InferContext& ctx) {
  return ctx.has(1) ? numbers_of(ctx, 1) : std::vector<std::int64_t>{};
}

using MaybeDim = std::optional<Dim>;

// A known vector reduced to one known element, `fold` giving the next partial result.
void infer_contents(InferContext& ctx, ContentsFn fold) {
  const auto in = contents_of(ctx, 0);
  if (fold == nullptr || !in || in->empty() || ctx.rank(0) != 1) return;
  MaybeDim total = in->front();
  for (std::size_t i = 1; i < in->size() && total; ++i) total = fold(*total, (*in)[i]);
  if (total) ctx.set_contents(0, {*total});
}

MaybeDim sum(const Dim& a, const Dim& b) { return a + b; }
MaybeDim product(const Dim& a, const Dim& b) { return a * b; }
MaybeDim larger(const Dim& a, const Dim& b) {
  const auto a_less = less(a, b);
  return a_less ? MaybeDim(*a_less ? b : a) : std::nullopt;
}
MaybeDim smaller(const Dim& a, const Dim& b) {
  const auto a_less = less(a, b);
  return a_less ? MaybeDim(*a_less ? a : b) : std::nullopt;
}

template <ContentsFn kFold>
void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64});
  const bool keepdims = ctx.attrs().i("keepdims") != 0;
  const auto axes = axes_of(ctx);
  if (!ctx.has_shape(0) || (!axes && !keepdims)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  if (!axes) return ctx.set(0, ctx.dtype(0), ctx.fresh_dims(ctx.rank(0)));
  const bool noop = ctx.attrs().i("noop_with_empty_axes") != 0;
  const AxisMask mask = reduced_axes(*axes, ctx.rank(0), noop);
  ctx.set(0, ctx.dtype(0), reduced_shape(ctx.shape(0), mask, keepdims));
  if (ctx.rank(0) == 1 && mask[0]) infer_contents(ctx, kFold);
}

// Where the elements of a group lie: element k of group i is at first[i] + step[k].
struct Groups {
  Shape shape;  // of the output
  std::vector<std::int64_t> first, step;
};

Groups groups_of(ReferenceContext& ctx) {
  const Shape shape(ctx.in(0).shape.begin(), ctx.in(0).shape.end());
  const auto axes = ctx.has(1) ? converted<std::int64_t>(ctx.in(1)) : std::vector<std::int64_t>{};
  const AxisMask mask = reduced_axes(axes, static_cast<int>(shape.size()), ctx.attrs().i("noop_with_empty_axes") != 0);
  const Strides strides = dense_strides(shape);
  Shape inside, outside;
  Strides inside_strides, outside_strides;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    (mask[i] ? inside : outside).push_back(shape[i]);
    (mask[i] ? inside_strides : outside_strides).push_back(strides[i]);
  }
  Groups g{reduced_shape(shape, mask, ctx.attrs().i("keepdims") != 0), {}, {}};
  walk<1>(outside, {outside_strides}, [&](const auto& at) { g.first.push_back(at[0]); });
  walk<1>(inside, {inside_strides}, [&](const auto& at) { g.step.push_back(at[0]); });
  return g;
}

// y = f(n, at, type) for every group of n elements at(0), at(1), ..., given as Total; `type` is the element type's own.
template <class Types, class F>
void reduce(ReferenceContext& ctx, F f) {
  const Groups g = groups_of(ctx);
  ctx.allocate(0, g.shape);
  dispatch(ctx.in(0).dtype, Types{}, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    const auto y = ctx.out<T>(0);
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto at = [&](std::size_t k) { return convert_element<Total<T>>(load(x, g.first[i] + g.step[k])); };
      y[i] = convert_element<T>(f(g.step.size(), at, std::type_identity<std::conditional_t<std::is_integral_v<T>, T, double>>{}));
    }
  });
}

// f(f(f(first, at(0)), at(1)), ...)
template <class At, class V, class F>
V fold(std::size_t n, const At& at, V first, F f) {
  for (std::size_t k = 0; k < n; ++k) first = f(first, at(k));
  return first;
}

constexpr auto kSum = [](std::size_t n, const auto& at, auto) {
  return fold(n, at, decltype(at(0)){0}, [](auto a, auto x) { return wrap_add(a, x); });
};
constexpr auto kSumSquare = [](std::size_t n, const auto& at, auto) {
  return fold(n, at, decltype(at(0)){0}, [](auto a, auto x) { return wrap_add(a, wrap_mul(x, x)); });
};
constexpr auto kL1 = [](std::size_t n, const auto& at, auto) {
  return fold(n, at, decltype(at(0)){0}, [](auto a, auto x) { return wrap_add(a, x < 0 ? wrap_sub(decltype(x){0}, x) : x); });
};
constexpr auto kProd = [](std::size_t n, const auto& at, auto) {
  return fold(n, at, decltype(at(0)){1}, [](auto a, auto x) { return wrap_mul(a, x); });
};
constexpr auto kMean = [](std::size_t n, const auto& at, auto type) {
  const auto total = kSum(n, at, type);
  if constexpr (std::is_integral_v<decltype(at(0))>) {
    if (n == 0) return total;
  }
  return static_cast<decltype(at(0))>(total / static_cast<decltype(at(0))>(n));
};
constexpr auto kMax = [](std::size_t n, const auto& at, auto type) {
  const auto lowest = static_cast<decltype(at(0))>(lowest_value<typename decltype(type)::type>());
  return fold(n, at, lowest, [](auto a, auto x) { return nan_max(a, x); });
};
constexpr auto kMin = [](std::size_t n, const auto& at, auto type) {
  const auto highest = static_cast<decltype(at(0))>(highest_value<typename decltype(type)::type>());
  return fold(n, at, highest, [](auto a, auto x) { return nan_min(a, x); });
};
constexpr auto kL2 = [](std::size_t n, const auto& at, auto type) { return std::sqrt(static_cast<double>(kSumSquare(n, at, type))); };
constexpr auto kLogSum = [](std::size_t n, const auto& at, auto type) { return std::log(static_cast<double>(kSum(n, at, type))); };
constexpr auto kLogSumExp = [](std::size_t n, const auto& at, auto) {
  double top = -std::numeric_limits<double>::infinity(), total = 0;
  for (std::size_t k = 0; k < n; ++k) top = nan_max(top, static_cast<double>(at(k)));
  if (std::isinf(top)) return top;  // exp(x - top) would be NaN
  for (std::size_t k = 0; k < n; ++k) total += std::exp(static_cast<double>(at(k)) - top);
  return top + std::log(total);
};

template <const auto& kReduce, ContentsFn kContents = nullptr, class Types = NumberTypes>
OpDef row(std::string_view name, std::vector<int> versions) {
  return {.name = name, .versions = std::move(versions), .inputs = {1, 2},
          .attributes = {{"keepdims", std::int64_t{1}}, {"noop_with_empty_axes", std::int64_t{0}}},
          .upgrade = name == "ReduceSum" ? upgrade<13> : upgrade<18>, .infer = infer<kContents>,
          .reference = [](ReferenceContext& ctx) { reduce<Types>(ctx, kReduce); }, .traits = {.shape_inputs = kAllButFirst}};
}

}  // namespace

std::span<const OpDef> reduce_ops() {
  static const OpDef defs[] = {
      row<kSum, sum>("ReduceSum", {1, 11, 13}),
      row<kMean>("ReduceMean", {1, 11, 13, 18}),
      row<kMax, larger, NumberAndBoolTypes>("ReduceMax", {1, 11, 12, 13, 18, 20}),
      row<kMin, smaller, NumberAndBoolTypes>("ReduceMin", {1, 11, 12, 13, 18, 20}),
      row<kProd, product>("ReduceProd", {1, 11, 13, 18}),
      row<kL1>("ReduceL1", {1, 11, 13, 18}),
      row<kL2>("ReduceL2", {1, 11, 13, 18}),
      row<kSumSquare>("ReduceSumSquare", {1, 11, 13, 18}),
      row<kLogSum>("ReduceLogSum", {1, 11, 13, 18, 28}),
      row<kLogSumExp>("ReduceLogSumExp", {1, 11, 13, 18, 28}),
  };
  return defs;
}

}  // namespace onnxrun
