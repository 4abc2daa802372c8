// com.microsoft.SkipLayerNormalization: s = input + skip + bias; y = (s - mean) / sqrt(var + epsilon) * gamma + beta over the
// last axis. Inputs input, skip, gamma, beta?, bias?; outputs y, mean?, inv_std_var?, s?. skip may lack or repeat the batch.
// com.microsoft.SkipSimplifiedLayerNormalization: y = s / sqrt(mean(s^2) + epsilon) * gamma; inputs input, skip, gamma, bias?.
#include "engine/ir/reference.h"
#include "ops/common/broadcast_index.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  for (int i = 1; i < ctx.inputs(); ++i) want_same_dtype(ctx, i, 0);
  want_min_rank(ctx, 0, 1);
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
  ctx.set(3, ctx.dtype(0), ctx.in(0).shape);
  ctx.set(1, DType::kFloat32, std::nullopt);
  ctx.set(2, DType::kFloat32, std::nullopt);
  if (!ctx.has_shape(0)) return;
  Dims mean = ctx.shape(0);
  want_broadcast(ctx, 1, mean);
  for (int i = 2; i < ctx.inputs(); ++i) want_shape(ctx, i, {mean.back()});
  mean.back() = 1;
  ctx.set(1, DType::kFloat32, mean);
  ctx.set(2, DType::kFloat32, std::move(mean));
}

template <bool kSimplified>
void reference(ReferenceContext& ctx) {
  constexpr int kBeta = kSimplified ? -1 : 3, kBias = kSimplified ? 3 : 4;
  const auto shape = ctx.in(0).shape;
  const auto size = static_cast<std::size_t>(shape.back());
  Reals s = read_reals(ctx.in(0));
  const auto optional = [&](int i) { return i >= 0 && ctx.has(i) ? read_reals(ctx.in(i)) : Reals(size, 0.0); };
  const Reals skip = read_reals(ctx.in(1)), gamma = read_reals(ctx.in(2)), beta = optional(kBeta), bias = optional(kBias);
  const BroadcastIndex skip_at(ctx.in(1).shape, shape);
  for (std::size_t i = 0; i < s.size(); ++i) s[i] += skip[skip_at(static_cast<std::int64_t>(i))] + bias[i % size];
  if (ctx.wants(3)) write_reals(ctx.out(3), s);
  Reals y(s.size());
  for (std::size_t o = 0; size > 0 && o < s.size() / size; ++o) {
    const double* row = s.data() + o * size;
    double mean = 0, var = 0;
    for (std::size_t i = 0; !kSimplified && i < size; ++i) mean += row[i] / static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i) var += (row[i] - mean) * (row[i] - mean) / static_cast<double>(size);
    const double inverse = 1 / std::sqrt(var + ctx.attrs().f("epsilon"));
    for (std::size_t i = 0; i < size; ++i) y[o * size + i] = (row[i] - mean) * inverse * gamma[i] + beta[i];
    if (ctx.wants(1)) write_real(ctx.out(1), static_cast<std::int64_t>(o), mean);
    if (ctx.wants(2)) write_real(ctx.out(2), static_cast<std::int64_t>(o), inverse);
  }
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> skip_layer_normalization_ops() {
  static const OpDef defs[] = {
      {.name = "SkipLayerNormalization",
       .domain = kMicrosoft,
       .inputs = {3, 5},
       .outputs = {1, 4},
       .attributes = {{"epsilon", 1e-12f}},
       .infer = infer,
       .reference = reference<false>},
      {.name = "SkipSimplifiedLayerNormalization",
       .domain = kMicrosoft,
       .inputs = {3, 4},
       .outputs = {1, 4},
       .attributes = {{"epsilon", 1e-12f}},
       .infer = infer,
       .reference = reference<true>},
  };
  return defs;
}

}  // namespace onnxrun
