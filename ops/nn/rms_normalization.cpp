// RMSNormalization: y = x / sqrt(mean(x^2) + epsilon) * scale, the mean over the axes from `axis` on. y has scale's type.
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/broadcast_index.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_float(ctx, 1);
  want_min_rank(ctx, 0, 1);
  ctx.set(0, ctx.dtype(1), ctx.in(0).shape);
  if (!ctx.has_shape(0)) return;
  normalize_axis(ctx.attrs().i("axis"), ctx.rank(0));
  want_broadcast(ctx, 1, ctx.shape(0));
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const AxisSplit split = split_at(shape, normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size())));
  const std::int64_t size = split.axis * split.inner;
  Reals x = read_reals(ctx.in(0));
  const Reals scale = read_reals(ctx.in(1));
  const BroadcastIndex scale_at(ctx.in(1).shape, shape);
  for (std::int64_t o = 0; o < split.outer; ++o) {
    double squares = 0;
    double* row = x.data() + o * size;
    for (std::int64_t i = 0; i < size; ++i) squares += row[i] * row[i];
    const double inverse = 1 / std::sqrt(squares / static_cast<double>(size) + ctx.attrs().f("epsilon"));
    for (std::int64_t i = 0; i < size; ++i) row[i] *= inverse * scale[scale_at(o * size + i)];
  }
  write_reals(ctx.out(0), x);
}

}  // namespace

std::span<const OpDef> rms_normalization_ops() {
  static const OpDef defs[] = {
      {.name = "RMSNormalization",
       .versions = {23},
       .inputs = {2, 2},
       .attributes = {{"axis", std::int64_t{-1}}, {"epsilon", 1e-5f}, {"stash_type", std::int64_t{1}}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
