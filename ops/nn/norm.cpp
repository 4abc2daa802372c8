// Normalizations without weights, a row per operator; the output has the input's shape.
//   LRN                        y = x / (bias + alpha / size * sum of x^2 over `size` neighbouring channels)^beta
//   LpNormalization            y = x / (sum |x|^p)^(1/p) along `axis`, p = 1 or 2; zeros stay zeros
//   MeanVarianceNormalization  y = (x - mean) / (sqrt(mean((x - mean)^2)) + 1e-9) over `axes`
#include <algorithm>
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
}

void infer_lrn(InferContext& ctx) {
  want_min_rank(ctx, 0, 2);
  require(ctx.attrs().i("size") >= 1, "attribute size is {}, want 1 or more", ctx.attrs().i("size"));
  infer(ctx);
}

void lrn(ReferenceContext& ctx) {
  const AxisSplit s = split_at(ctx.in(0).shape, 1);
  const Reals x = read_reals(ctx.in(0));
  const std::int64_t size = std::min(ctx.attrs().i("size"), 2 * s.axis + 1), before = (size - 1) / 2, after = size - 1 - before;
  const double alpha = ctx.attrs().f("alpha") / static_cast<double>(ctx.attrs().i("size"));
  Reals y(x.size());
  for (std::int64_t at = 0; at < static_cast<std::int64_t>(x.size()); ++at) {
    const std::int64_t c = at / s.inner % s.axis, first = at - c * s.inner;
    double squares = 0;
    for (std::int64_t k = std::max<std::int64_t>(0, c - before); k <= std::min(s.axis - 1, c + after); ++k) {
      const double v = x[static_cast<std::size_t>(first + k * s.inner)];
      squares += v * v;
    }
    const auto i = static_cast<std::size_t>(at);
    y[i] = x[i] / std::pow(ctx.attrs().f("bias") + alpha * squares, static_cast<double>(ctx.attrs().f("beta")));
  }
  write_reals(ctx.out(0), y);
}

void infer_lp(InferContext& ctx) {
  const std::int64_t p = ctx.attrs().i("p");
  require(p == 1 || p == 2, "attribute p is {}, want 1 or 2", p);
  if (ctx.has_shape(0)) normalize_axis(ctx.attrs().i("axis"), ctx.rank(0));
  infer(ctx);
}

void lp_normalization(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const AxisSplit s = split_at(shape, normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size())));
  Reals x = read_reals(ctx.in(0));
  const bool squares = ctx.attrs().i("p") == 2;
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      const auto at = [&](std::int64_t k) -> double& { return x[static_cast<std::size_t>((o * s.axis + k) * s.inner + i)]; };
      double norm = 0;
      for (std::int64_t k = 0; k < s.axis; ++k) norm += squares ? at(k) * at(k) : std::fabs(at(k));
      if (squares) norm = std::sqrt(norm);
      for (std::int64_t k = 0; k < s.axis; ++k) at(k) = norm == 0 ? 0 : at(k) / norm;
    }
  }
  write_reals(ctx.out(0), x);
}

// Which axes are reduced.
std::vector<bool> reduced_axes(const Ints& axes, int rank) {
  std::vector<bool> out(static_cast<std::size_t>(rank), false);
  for (const std::int64_t a : axes) out[static_cast<std::size_t>(normalize_axis(a, rank))] = true;
  return out;
}

void infer_mvn(InferContext& ctx) {
  if (ctx.has_shape(0)) reduced_axes(ctx.attrs().ints("axes"), ctx.rank(0));
  infer(ctx);
}

void mean_variance_normalization(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const std::vector<bool> reduced = reduced_axes(ctx.attrs().ints("axes"), static_cast<int>(shape.size()));
  Reals x = read_reals(ctx.in(0));
  std::vector<std::size_t> cell(x.size());  // which mean an element belongs to
  std::size_t cells = 1;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const AxisSplit s = split_at(shape, static_cast<int>(axis));
    if (reduced[axis]) continue;
    for (std::size_t i = 0; i < x.size(); ++i) {
      cell[i] =
          cell[i] * static_cast<std::size_t>(s.axis) + i / static_cast<std::size_t>(s.inner) % static_cast<std::size_t>(s.axis);
    }
    cells *= static_cast<std::size_t>(s.axis);
  }
  const double count = cells == 0 ? 1 : static_cast<double>(x.size() / cells);
  Reals mean(cells, 0.0), var(cells, 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) mean[cell[i]] += x[i] / count;
  for (std::size_t i = 0; i < x.size(); ++i) var[cell[i]] += (x[i] - mean[cell[i]]) * (x[i] - mean[cell[i]]) / count;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (x[i] - mean[cell[i]]) / (std::sqrt(var[cell[i]]) + 1e-9);
  write_reals(ctx.out(0), x);
}

}  // namespace

std::span<const OpDef> norm_ops() {
  static const OpDef defs[] = {
      {.name = "LRN",
       .versions = {1, 13},
       .attributes = {{"alpha", 1e-4f}, {"beta", 0.75f}, {"bias", 1.0f}, {"size", std::nullopt, true}},
       .infer = infer_lrn,
       .reference = lrn},
      {.name = "LpNormalization",
       .versions = {1, 22},
       .attributes = {{"axis", std::int64_t{-1}}, {"p", std::int64_t{2}}},
       .infer = infer_lp,
       .reference = lp_normalization},
      {.name = "MeanVarianceNormalization",
       .versions = {9, 13},
       .attributes = {{"axes", Ints{0, 2, 3}}},
       .infer = infer_mvn,
       .reference = mean_variance_normalization},
  };
  return defs;
}

}  // namespace onnxrun
