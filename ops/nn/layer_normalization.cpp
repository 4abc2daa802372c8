// LayerNormalization: y = (x - mean) / sqrt(var + epsilon) * scale + b, mean and variance over the axes from `axis` on.
// The optional outputs are mean and 1 / sqrt(var + epsilon), of type stash_type and with ones for the reduced axes.
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
  want_same_dtype(ctx, 1, 0);
  want_same_dtype(ctx, 2, 0);
  const auto stash = static_cast<DType>(ctx.attrs().i("stash_type"));
  require(stash == DType::kFloat32 || stash == DType::kBFloat16 || stash == DType::kFloat16 || stash == DType::kFloat64,
          "attribute stash_type is {}, want a float type", ctx.attrs().i("stash_type"));
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
  ctx.set(1, stash, std::nullopt);
  ctx.set(2, stash, std::nullopt);
  if (!ctx.has_shape(0)) return;
  want_min_rank(ctx, 0, 1);
  Dims mean = ctx.shape(0);
  want_broadcast(ctx, 1, mean);
  want_broadcast(ctx, 2, mean);
  for (int i = normalize_axis(ctx.attrs().i("axis"), ctx.rank(0)); i < ctx.rank(0); ++i) mean[static_cast<std::size_t>(i)] = 1;
  ctx.set(1, stash, mean);
  ctx.set(2, stash, mean);
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const AxisSplit split = split_at(shape, normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size())));
  const std::int64_t size = split.axis * split.inner;
  const Reals x = read_reals(ctx.in(0)), scale = read_reals(ctx.in(1)), b = read_reals(ctx.has(2) ? ctx.in(2) : TensorView{});
  const BroadcastIndex scale_at(ctx.in(1).shape, shape),
      b_at(ctx.has(2) ? ctx.in(2).shape : std::span<const std::int64_t>{}, shape);
  for (std::int64_t o = 0; o < split.outer; ++o) {
    const double* row = x.data() + o * size;
    double mean = 0, var = 0;
    for (std::int64_t i = 0; i < size; ++i) mean += row[i];
    mean /= static_cast<double>(size);
    for (std::int64_t i = 0; i < size; ++i) var += (row[i] - mean) * (row[i] - mean);
    const double inverse = 1 / std::sqrt(var / static_cast<double>(size) + ctx.attrs().f("epsilon"));
    for (std::int64_t i = o * size; i < (o + 1) * size; ++i) {
      const double y = (x[static_cast<std::size_t>(i)] - mean) * inverse * scale[scale_at(i)];
      write_real(ctx.out(0), i, b.empty() ? y : y + b[b_at(i)]);
    }
    if (ctx.wants(1)) write_real(ctx.out(1), o, mean);
    if (ctx.wants(2)) write_real(ctx.out(2), o, inverse);
  }
}

}  // namespace

std::span<const OpDef> layer_normalization_ops() {
  static const OpDef defs[] = {
      {.name = "LayerNormalization",
       .versions = {17},
       .inputs = {2, 3},
       .outputs = {1, 3},
       .attributes = {{"axis", std::int64_t{-1}}, {"epsilon", 1e-5f}, {"stash_type", std::int64_t{1}}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
