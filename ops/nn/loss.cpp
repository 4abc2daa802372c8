// Losses over classes, a row per operator. x [N, C, d...], target [N, d...], weight [C]; a target equal to ignore_index costs 0.
//   NegativeLogLikelihoodLoss  loss = -x[n, target, d...] * weight[target]
//   SoftmaxCrossEntropyLoss    the same of log(softmax(x)), which is the optional second output
// reduction: none gives [N, d...], sum a scalar, mean a scalar, the sum divided by the weights that took part.
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_dtype(ctx, 1, {DType::kInt32, DType::kInt64});
  want_same_dtype(ctx, 0, 2);
  want_min_rank(ctx, 0, 2);
  const std::string& reduction = ctx.attrs().s("reduction");
  require(reduction == "none" || reduction == "sum" || reduction == "mean", "attribute reduction is '{}', want none, sum or mean",
          reduction);
  ctx.set(1, ctx.dtype(0), ctx.in(0).shape);
  ctx.set(0, ctx.dtype(0), reduction == "none" ? std::nullopt : std::optional(Dims{}));
  if (!ctx.has_shape(0)) return;
  Dims target = ctx.shape(0);
  want_shape(ctx, 2, {target[1]});
  target.erase(target.begin() + 1);
  want_shape(ctx, 1, target);
  if (reduction == "none") ctx.set(0, ctx.dtype(0), std::move(target));
}

void log_softmax(Reals& x, const AxisSplit& s) {
  for (std::int64_t o = 0; o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      const auto at = [&](std::int64_t k) -> double& { return x[static_cast<std::size_t>((o * s.axis + k) * s.inner + i)]; };
      double top = -std::numeric_limits<double>::infinity(), sum = 0;
      for (std::int64_t k = 0; k < s.axis; ++k) top = std::max(top, at(k));
      for (std::int64_t k = 0; k < s.axis; ++k) sum += std::exp(at(k) - top);
      for (std::int64_t k = 0; k < s.axis; ++k) at(k) -= top + std::log(sum);
    }
  }
}

void loss(ReferenceContext& ctx, bool softmax) {
  const AxisSplit s = split_at(ctx.in(0).shape, 1);
  Reals x = read_reals(ctx.in(0));
  const Reals target = read_reals(ctx.in(1)), weight = read_reals(ctx.has(2) ? ctx.in(2) : TensorView{});
  if (softmax) log_softmax(x, s);
  if (ctx.wants(1)) write_reals(ctx.out(1), x);
  Reals losses(target.size(), 0.0);
  double weights = 0, sum = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const auto c = static_cast<std::int64_t>(target[i]), at = static_cast<std::int64_t>(i);
    if (ctx.attrs().has("ignore_index") && c == ctx.attrs().i("ignore_index")) continue;
    require(ErrorCode::kUsage, c >= 0 && c < s.axis, "target {} is {}, want 0 to {}", i, c, s.axis - 1);
    const double w = weight.empty() ? 1 : weight[static_cast<std::size_t>(c)];
    losses[i] = -w * x[static_cast<std::size_t>((at / s.inner * s.axis + c) * s.inner + at % s.inner)];
    weights += w;
    sum += losses[i];
  }
  const std::string& reduction = ctx.attrs().s("reduction");
  if (reduction == "none") return write_reals(ctx.out(0), losses);
  write_real(ctx.out(0), 0, reduction == "sum" ? sum : sum / weights);
}

}  // namespace

std::span<const OpDef> loss_ops() {
  static const OpDef defs[] = {
      {.name = "NegativeLogLikelihoodLoss",
       .versions = {12, 13, 22},
       .inputs = {2, 3},
       .attributes = {{"ignore_index"}, {"reduction", std::string("mean")}},
       .infer = infer,
       .reference = [](ReferenceContext& ctx) { loss(ctx, false); }},
      {.name = "SoftmaxCrossEntropyLoss",
       .versions = {12, 13},
       .inputs = {2, 3},
       .outputs = {1, 2},
       .attributes = {{"ignore_index"}, {"reduction", std::string("mean")}},
       .infer = infer,
       .reference = [](ReferenceContext& ctx) { loss(ctx, true); }},
  };
  return defs;
}

}  // namespace onnxrun
