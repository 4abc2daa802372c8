// LinearAttention: a state S [d_k, d_v] per key head is carried from token to token, o = scale * q^T S after its update:
//   linear       S += k (x) v                          gated        S = exp(g) S + k (x) v
//   delta        S += beta k (x) (v - S^T k)           gated_delta  S = exp(g) S, then as delta
// Inputs query [B, T, Hq*dk], key [B, T, Hkv*dk], value [B, T, Hkv*dv], past_state? [B, Hkv, dk, dv], decay g? [B, T, Hkv*dk or
// Hkv], beta? [B, T, Hkv or 1]; outputs [B, T, Hq*dv] and the last state. Several query heads may share a key head.
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

enum Input { kQ, kK, kV, kState, kDecay, kBeta };

Dim per_head(const Dim& packed, std::int64_t heads, std::string_view what) {
  require(!packed.known() || packed.value() % heads == 0, "{} has {} elements, which don't divide into {} heads", what,
          packed.str(), heads);
  return floor_div(packed, heads);
}

void check_attributes(const InferContext& ctx) {
  for (const int i : {kQ, kState}) want_dtype(ctx, i, {DType::kFloat32, DType::kFloat16, DType::kBFloat16});
  for (const int i : {kK, kV, kDecay, kBeta}) want_same_dtype(ctx, kQ, i);
  const std::string& rule = ctx.attrs().s("update_rule");
  const bool gated = rule == "gated" || rule == "gated_delta", delta = rule == "delta" || rule == "gated_delta";
  require(gated || delta || rule == "linear", "attribute update_rule is '{}', want linear, gated, delta or gated_delta", rule);
  require(!gated || ctx.has(kDecay), "update_rule '{}' needs the input decay", rule);
  require(!delta || ctx.has(kBeta), "update_rule '{}' needs the input beta", rule);
  const std::int64_t q = ctx.attrs().i("q_num_heads"), kv = ctx.attrs().i("kv_num_heads");
  require(kv >= 1 && q >= 1 && q % kv == 0, "has {} query heads and {} key heads, want a multiple", q, kv);
}

void infer(InferContext& ctx) {
  check_attributes(ctx);
  const DType state = ctx.has(kState) ? ctx.dtype(kState) : ctx.dtype(kQ);
  for (const int i : {kQ, kK, kV, kDecay, kBeta}) want_rank(ctx, i, 3);
  ctx.set(0, ctx.dtype(kQ), std::nullopt);
  ctx.set(1, state, std::nullopt);
  if (!ctx.has_shape(kQ) || !ctx.has_shape(kK) || !ctx.has_shape(kV)) return;
  const std::int64_t q_heads = ctx.attrs().i("q_num_heads"), heads = ctx.attrs().i("kv_num_heads");
  const Dims &q = ctx.shape(kQ), &k = ctx.shape(kK), &v = ctx.shape(kV);
  const Dim batch = same_dim(same_dim(q[0], k[0], "the batch"), v[0], "the batch");
  const Dim length = same_dim(same_dim(q[1], k[1], "the length"), v[1], "the length");
  const Dim dk = same_dim(per_head(q[2], q_heads, "the query"), per_head(k[2], heads, "the key"), "the head size"),
            dv = per_head(v[2], heads, "the value");
  want_shape(ctx, kState, {batch, heads, dk, dv});
  for (const int i : {kDecay, kBeta}) {
    if (!ctx.has_shape(i)) continue;
    const Dim& last = ctx.shape(i)[2];
    want_shape(ctx, i, {batch, length, last.is(heads) || (i == kBeta && last.is(1)) ? last : i == kDecay ? k[2] : Dim(heads)});
  }
  ctx.set(0, ctx.dtype(kQ), Dims{batch, length, dv * q_heads});
  ctx.set(1, state, Dims{batch, heads, dk, dv});
}

struct Sizes {
  std::int64_t batch, length, q_heads, heads, dk, dv;
};

// One token: updates the state [dk, dv] of a key head.
void update(double* state, const double* k, const double* v, const double* decay, std::int64_t decays, const double* beta,
            const Sizes& s) {
  if (decay != nullptr) {
    for (std::int64_t i = 0; i < s.dk; ++i) {
      const double factor = std::exp(decay[decays == 1 ? 0 : i]);
      for (std::int64_t j = 0; j < s.dv; ++j) state[i * s.dv + j] *= factor;
    }
  }
  for (std::int64_t j = 0; j < s.dv; ++j) {
    double value = v[j];
    if (beta != nullptr) {
      for (std::int64_t i = 0; i < s.dk; ++i) value -= state[i * s.dv + j] * k[i];
      value *= *beta;
    }
    for (std::int64_t i = 0; i < s.dk; ++i) state[i * s.dv + j] += k[i] * value;
  }
}

void reference(ReferenceContext& ctx) {
  const auto q_shape = ctx.in(kQ).shape;
  Sizes s{q_shape[0], q_shape[1], ctx.attrs().i("q_num_heads"), ctx.attrs().i("kv_num_heads"), 0, 0};
  s.dk = q_shape[2] / s.q_heads;
  s.dv = ctx.in(kV).shape[2] / s.heads;
  const std::string& rule = ctx.attrs().s("update_rule");
  const auto optional = [&](int i, bool use) { return use && ctx.has(i) ? read_reals(ctx.in(i)) : Reals(); };
  const Reals q = read_reals(ctx.in(kQ)), k = read_reals(ctx.in(kK)), v = read_reals(ctx.in(kV));
  const Reals decay = optional(kDecay, rule.starts_with("gated")), beta = optional(kBeta, rule.ends_with("delta"));
  Reals state = optional(kState, true);
  if (state.empty()) state.assign(static_cast<std::size_t>(s.batch * s.heads * s.dk * s.dv), 0.0);
  const std::int64_t decays = decay.empty() || ctx.in(kDecay).shape[2] == s.heads ? 1 : s.dk;
  const bool one_beta = !beta.empty() && ctx.in(kBeta).shape[2] == 1;
  const double given = ctx.attrs().f("scale"), scale = given != 0 ? given : 1 / std::sqrt(static_cast<double>(s.dk));
  const std::int64_t share = s.q_heads / s.heads;
  Reals y(static_cast<std::size_t>(s.batch * s.length * s.q_heads * s.dv), 0.0);
  for (std::int64_t b = 0; b < s.batch; ++b) {
    for (std::int64_t t = 0; t < s.length; ++t) {
      const std::int64_t token = b * s.length + t;
      for (std::int64_t h = 0; h < s.heads; ++h) {
        const std::int64_t head = token * s.heads + h;
        double* own = state.data() + (b * s.heads + h) * s.dk * s.dv;
        update(own, k.data() + head * s.dk, v.data() + head * s.dv, decay.empty() ? nullptr : decay.data() + head * decays,
               decays, beta.empty() ? nullptr : beta.data() + (one_beta ? token : head), s);
        for (std::int64_t g = h * share; g < (h + 1) * share; ++g) {
          for (std::int64_t i = 0; i < s.dk * s.dv; ++i) {
            y[static_cast<std::size_t>((token * s.q_heads + g) * s.dv + i % s.dv)] +=
                scale * q[static_cast<std::size_t>((token * s.q_heads + g) * s.dk + i / s.dv)] * own[i];
          }
        }
      }
    }
  }
  write_reals(ctx.out(0), y);
  if (ctx.wants(1)) write_reals(ctx.out(1), state);
}

}  // namespace

std::span<const OpDef> linear_attention_ops() {
  static const OpDef defs[] = {
      {.name = "LinearAttention",
       .versions = {27},
       .inputs = {3, 6},
       .outputs = {1, 2},
       .attributes = {{"chunk_size", std::int64_t{64}},
                      {"kv_num_heads", std::nullopt, true},
                      {"q_num_heads", std::nullopt, true},
                      {"scale", 0.0f},
                      {"update_rule", std::string("gated_delta")}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
