// Det: the determinant of each matrix in the last two dimensions, by elimination with row exchanges, in double.
// Versions: types only.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_min_rank(ctx, 0, 2);
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  Dims dims = ctx.shape(0);
  same_dim(dims.back(), dims[dims.size() - 2], "the size of a square matrix");
  dims.resize(dims.size() - 2);
  ctx.set(0, ctx.dtype(0), std::move(dims));
}

// Of the n x n matrix at m, which is used up.
double determinant(double* m, std::int64_t n) {
  double product = 1;
  for (std::int64_t k = 0; k < n; ++k) {
    std::int64_t best = k;
    for (std::int64_t i = k + 1; i < n; ++i) {
      if (std::abs(m[i * n + k]) > std::abs(m[best * n + k])) best = i;
    }
    const double pivot = m[best * n + k];
    if (pivot == 0) return 0;
    if (best != k) {
      std::swap_ranges(m + k * n, m + (k + 1) * n, m + best * n);
      product = -product;
    }
    product *= pivot;
    for (std::int64_t i = k + 1; i < n; ++i) {
      const double factor = m[i * n + k] / pivot;
      for (std::int64_t j = k + 1; j < n; ++j) m[i * n + j] -= factor * m[k * n + j];
    }
  }
  return product;
}

void reference(ReferenceContext& ctx) {
  const std::int64_t n = ctx.in(0).shape.back();
  Reals x = read_reals(ctx.in(0));
  Reals y;
  for (std::int64_t i = 0; i < ctx.out(0).size; ++i) y.push_back(determinant(x.data() + i * n * n, n));
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> det_ops() {
  static const OpDef defs[] = {
      {.name = "Det", .versions = {11, 22}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
