#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

bool may_equal(const Dim& a, const Dim& b) { return !a.known() || !b.known() || a == b; }

}  // namespace

void want_float(const InferContext& ctx, int i) {
  want_dtype(ctx, i, {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16});
}

void want_min_rank(const InferContext& ctx, int i, int rank) {
  if (ctx.has_shape(i))
    require(ctx.rank(i) >= rank, "input {} has shape {}, want rank {} or more", i, dims_str(ctx.shape(i)), rank);
}

void want_shape(const InferContext& ctx, int i, const Dims& want) {
  if (!ctx.has_shape(i)) return;
  const Dims& got = ctx.shape(i);
  require(std::ranges::equal(got, want, may_equal), "input {} has shape {}, want {}", i, dims_str(got), dims_str(want));
}

void want_single(const InferContext& ctx, int i) {
  if (!ctx.has_shape(i)) return;
  for (const Dim& d : ctx.shape(i))
    require(may_equal(d, 1), "input {} has shape {}, want one element", i, dims_str(ctx.shape(i)));
}

void want_broadcast(const InferContext& ctx, int i, const Dims& to) {
  if (!ctx.has_shape(i)) return;
  const Dims& from = ctx.shape(i);
  bool fits = from.size() <= to.size();
  for (std::size_t k = 0; fits && k < from.size(); ++k) {
    const Dim& f = from[from.size() - 1 - k];
    fits = f.is(1) || may_equal(f, to[to.size() - 1 - k]);
  }
  require(fits, "input {} has shape {}, which does not broadcast to {}", i, dims_str(from), dims_str(to));
}

Dim same_dim(const Dim& a, const Dim& b, std::string_view what) {
  require(may_equal(a, b), "{} is {} in one place and {} in another", what, a.str(), b.str());
  return a.known() ? a : b;
}

}  // namespace onnxrun
