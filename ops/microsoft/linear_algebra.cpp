// com.microsoft operators on matrices, a row per operator.
//   Inverse(x)     the inverse of every matrix of a batch [.., M, M], by elimination with row pivots
//   CDist(a, b)    distances of the rows of a [M, K] and b [N, K]: metric sqeuclidean or euclidean
#include <algorithm>
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer_inverse(InferContext& ctx) {
  want_float(ctx, 0);
  want_min_rank(ctx, 0, 2);
  if (ctx.has_shape(0)) same_dim(ctx.shape(0)[ctx.shape(0).size() - 2], ctx.shape(0).back(), "the size of the matrices");
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
}

// Turns x [n, n] into its inverse.
void invert(double* x, std::int64_t n) {
  Reals y(static_cast<std::size_t>(n * n), 0.0);
  for (std::int64_t i = 0; i < n; ++i) y[static_cast<std::size_t>(i * n + i)] = 1;
  for (std::int64_t c = 0; c < n; ++c) {
    std::int64_t pivot = c;
    for (std::int64_t r = c + 1; r < n; ++r) pivot = std::fabs(x[r * n + c]) > std::fabs(x[pivot * n + c]) ? r : pivot;
    require(ErrorCode::kUsage, x[pivot * n + c] != 0, "a matrix has no inverse");
    std::swap_ranges(x + c * n, x + (c + 1) * n, x + pivot * n);
    if (pivot != c) std::swap_ranges(y.begin() + c * n, y.begin() + (c + 1) * n, y.begin() + pivot * n);
    const double scale = 1 / x[c * n + c];
    for (std::int64_t k = 0; k < n; ++k) {
      x[c * n + k] *= scale;
      y[static_cast<std::size_t>(c * n + k)] *= scale;
    }
    for (std::int64_t r = 0; r < n; ++r) {
      const double factor = x[r * n + c];
      if (r == c || factor == 0) continue;
      for (std::int64_t k = 0; k < n; ++k) {
        x[r * n + k] -= factor * x[c * n + k];
        y[static_cast<std::size_t>(r * n + k)] -= factor * y[static_cast<std::size_t>(c * n + k)];
      }
    }
  }
  std::ranges::copy(y, x);
}

void inverse(ReferenceContext& ctx) {
  Reals x = read_reals(ctx.in(0));
  const std::int64_t n = ctx.in(0).shape.back();
  for (std::int64_t at = 0; at < static_cast<std::int64_t>(x.size()); at += n * n) invert(x.data() + at, n);
  write_reals(ctx.out(0), x);
}

void infer_cdist(InferContext& ctx) {
  want_float(ctx, 0);
  want_same_dtype(ctx, 0, 1);
  const std::string& metric = ctx.attrs().s("metric");
  require(ErrorCode::kUnsupported, metric == "sqeuclidean" || metric == "euclidean",
          "attribute metric is '{}', want sqeuclidean or euclidean", metric);
  for (const int i : {0, 1}) want_rank(ctx, i, 2);
  if (!ctx.has_shape(0) || !ctx.has_shape(1)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  same_dim(ctx.shape(0)[1], ctx.shape(1)[1], "the number of columns");
  ctx.set(0, ctx.dtype(0), Dims{ctx.shape(0)[0], ctx.shape(1)[0]});
}

void cdist(ReferenceContext& ctx) {
  const Reals a = read_reals(ctx.in(0)), b = read_reals(ctx.in(1));
  const auto m = static_cast<std::size_t>(ctx.in(0).shape[0]), n = static_cast<std::size_t>(ctx.in(1).shape[0]),
             size = static_cast<std::size_t>(ctx.in(0).shape[1]);
  const bool root = ctx.attrs().s("metric") == "euclidean";
  Reals y(m * n);
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < size; ++k) sum += (a[i * size + k] - b[j * size + k]) * (a[i * size + k] - b[j * size + k]);
      y[i * n + j] = root ? std::sqrt(sum) : sum;
    }
  }
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> linear_algebra_ops() {
  static const OpDef defs[] = {
      {.name = "Inverse", .domain = kMicrosoft, .infer = infer_inverse, .reference = inverse},
      {.name = "CDist",
       .domain = kMicrosoft,
       .inputs = {2, 2},
       .attributes = {{"metric", std::string("sqeuclidean")}},
       .infer = infer_cdist,
       .reference = cdist},
  };
  return defs;
}

}  // namespace onnxrun
