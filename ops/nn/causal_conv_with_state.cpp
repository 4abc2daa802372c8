// CausalConvWithState: y[n, c, t] = act(b[c] + sum over k of w[c, 0, k] * s[n, c, t + k]), where s is past_state (zeros when
// absent) of k - 1 elements followed by the input; the second output is the end of s. activation: none, silu or swish.
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/nn/attention_core.h"

namespace onnxrun {
namespace {

enum Input { kX, kW, kBias, kState };

void infer(InferContext& ctx) {
  want_dtype(ctx, kX, {DType::kFloat32, DType::kFloat16, DType::kBFloat16});
  for (const int i : {kW, kBias, kState}) want_same_dtype(ctx, kX, i);
  const std::string& activation = ctx.attrs().s("activation");
  require(activation == "none" || activation == "silu" || activation == "swish",
          "attribute activation is '{}', want none, silu or swish", activation);
  ctx.set(0, ctx.dtype(kX), ctx.in(kX).shape);
  ctx.set(1, ctx.dtype(kX), std::nullopt);
  want_rank(ctx, kX, 3);
  want_rank(ctx, kW, 3);
  if (!ctx.has_shape(kX) || !ctx.has_shape(kW)) return;
  const Dims& x = ctx.shape(kX);
  const Dim& k = ctx.shape(kW)[2];
  require(!k.known() || k.value() >= 1, "the kernel is empty");
  want_shape(ctx, kW, {x[1], 1, k});
  want_shape(ctx, kBias, {x[1]});
  const Dims state{x[0], x[1], k - 1};
  want_shape(ctx, kState, state);
  ctx.set(1, ctx.dtype(kX), state);
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(kX).shape;
  const std::int64_t planes = shape[0] * shape[1], channels = shape[1], length = shape[2], k = ctx.in(kW).shape[2],
                     total = length + k - 1;
  const Reals w = read_reals(ctx.in(kW)), bias = read_reals(ctx.has(kBias) ? ctx.in(kBias) : TensorView{});
  const Reals past = ctx.has(kState) ? read_reals(ctx.in(kState)) : Reals(static_cast<std::size_t>(planes * (k - 1)), 0.0);
  const Reals s = join(past, k - 1, read_reals(ctx.in(kX)), length, planes, 1);
  const bool silu = ctx.attrs().s("activation") != "none";
  for (std::int64_t p = 0; p < planes; ++p) {
    const auto c = static_cast<std::size_t>(p % channels);
    for (std::int64_t t = 0; t < length; ++t) {
      double sum = bias.empty() ? 0 : bias[c];
      for (std::int64_t i = 0; i < k; ++i)
        sum += w[c * static_cast<std::size_t>(k) + static_cast<std::size_t>(i)] * s[static_cast<std::size_t>(p * total + t + i)];
      write_real(ctx.out(0), p * length + t, silu ? sum / (1 + std::exp(-sum)) : sum);
    }
    for (std::int64_t i = 0; ctx.wants(1) && i < k - 1; ++i)
      write_real(ctx.out(1), p * (k - 1) + i, s[static_cast<std::size_t>(p * total + length + i)]);
  }
}

}  // namespace

std::span<const OpDef> causal_conv_with_state_ops() {
  static const OpDef defs[] = {
      {.name = "CausalConvWithState",
       .versions = {27},
       .inputs = {2, 4},
       .outputs = {1, 2},
       .attributes = {{"activation", std::string("none")}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
