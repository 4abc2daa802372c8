// com.microsoft's Attention, QAttention and MultiHeadAttention become the standard's Attention at import.
//   Attention(x, weights, bias?, mask?, past?, attention_bias?)   q, k, v = x @ weights + bias; past and present are [2, B, H, P,
//   D] QAttention(x, weights, bias, x_scale, w_scale, mask?, x_zero?, w_zero?, past?)   the same of 8-bit x and weights
//   MultiHeadAttention(q, k?, v?, bias?, mask?, attention_bias?, past_key?, past_value?)
//       q, k, v [B, S, H*D]; or k and v [B, H, T, D]; or all in q [B, S, H, 3, D]; or k and v in k [B, T, H, 2, D]
// Masked keys get -infinity here where the originals add mask_filter_value (-10000): the same but for rows without any key.
#include "ops/microsoft/attention_mask.h"

namespace onnxrun {
namespace {

struct Parts {
  ValueId q, k, v;
  ValueId boolean = ValueId::kNone, additive = ValueId::kNone;
  ValueId past_key = ValueId::kNone, past_value = ValueId::kNone;
};

// y, present_key, present_value.
std::vector<ValueId> attend(UpgradeContext& ctx, const Parts& p, int outputs) {
  Attributes attrs{{"is_causal", ctx.attrs().i("unidirectional")}};
  if (ctx.attrs().f("scale", 0) != 0) attrs.set("scale", ctx.attrs().f("scale"));
  const Type& q = type_of(ctx, p.q);
  if (!q.ranked() || q.rank() == 3) {
    attrs.set("q_num_heads", ctx.attrs().i("num_heads"));
    attrs.set("kv_num_heads", ctx.attrs().i("num_heads"));
  }
  return build_many(ctx, "Attention", {p.q, p.k, p.v, join_masks(ctx, p.boolean, p.additive), p.past_key, p.past_value},
                    std::move(attrs), outputs);
}

// What masks refer to, for keys k ([B, T, ...], or [B, H, T, D] when `heads_first`) behind past ones [B, H, P, D].
MaskContext mask_context(UpgradeContext& ctx, ValueId q, ValueId k, ValueId past_key, bool heads_first = false) {
  const ValueId past = past_key == ValueId::kNone ? ctx.ints({0}) : size_of(ctx, past_key, 2);
  const ValueId fresh = size_of(ctx, k, heads_first ? 2 : 1);
  return {q, past_key == ValueId::kNone ? fresh : ctx.build("Add", {past, fresh}), past};
}

void refuse_attributes(UpgradeContext& ctx) {
  require(ErrorCode::kUnsupported, ctx.attrs().i("do_rotary", 0) == 0, "attribute do_rotary is set; use a RotaryEmbedding node");
  require(ErrorCode::kUnsupported, ctx.attrs().i("past_present_share_buffer", 0) == 0,
          "attribute past_present_share_buffer is set; export without shared buffers");
  require(ctx.attrs().i("num_heads") >= 1, "attribute num_heads is {}, want 1 or more", ctx.attrs().i("num_heads"));
}

// Sizes of q, k and v in the last dimension of the weights; none where these are thirds of a size that isn't known.
Ints hidden_sizes(UpgradeContext& ctx, const Type& weights) {
  if (ctx.attrs().has("qkv_hidden_sizes") && !ctx.attrs().ints("qkv_hidden_sizes").empty())
    return ctx.attrs().ints("qkv_hidden_sizes");
  if (!weights.ranked() || weights.rank() != 2 || !weights.dims()[1].known()) return {};
  require(weights.dims()[1].value() % 3 == 0, "the weights are {}, want [inputs, 3 * hidden]", weights.str());
  return Ints(3, weights.dims()[1].value() / 3);
}

// Attention on what is left of the projection; mask and past by number of input.
void project_and_attend(UpgradeContext& ctx, ValueId projected, const Ints& sizes, int mask, int past, int bias) {
  refuse_attributes(ctx);
  require(sizes.empty() || sizes.size() == 3, "attribute qkv_hidden_sizes has {} entries, want 3", sizes.size());
  Attributes axis{{"axis", std::int64_t{-1}}};
  if (sizes.empty()) axis.set("num_outputs", std::int64_t{3});
  const auto qkv = build_many(ctx, "Split", {projected, sizes.empty() ? ValueId::kNone : ctx.ints(sizes)}, std::move(axis), 3);
  Parts p{qkv[0], qkv[1], qkv[2]};
  if (bias >= 0) p.additive = ctx.in(bias);
  if (ctx.has(past)) {
    const auto halves =
        build_many(ctx, "Split", {ctx.in(past)}, {{"axis", std::int64_t{0}}, {"num_outputs", std::int64_t{2}}}, 2);
    p.past_key = ctx.build("Squeeze", {halves[0], ctx.ints({0})});
    p.past_value = ctx.build("Squeeze", {halves[1], ctx.ints({0})});
  }
  if (ctx.has(mask)) p.boolean = expand_mask(ctx, ctx.in(mask), mask_context(ctx, p.q, p.k, p.past_key));
  const bool present = wants_output(ctx, 1);
  const std::vector<ValueId> y = attend(ctx, p, present ? 3 : 1);
  std::vector<ValueId> results = {y[0]};
  if (present)
    results.push_back(ctx.build("Concat", {unsqueeze(ctx, y[1], {0}), unsqueeze(ctx, y[2], {0})}, {{"axis", std::int64_t{0}}}));
  ctx.replace_with(results);
}

void upgrade_attention(UpgradeContext& ctx) {
  enum { kX, kWeights, kBias, kMask, kPast, kAttentionBias, kPastLength };
  refuse_inputs(ctx, {kPastLength}, "shared buffers are not supported; export without them");
  const Ints sizes = hidden_sizes(ctx, ctx.type(kWeights));
  const ValueId projected = add(ctx, ctx.build("MatMul", {ctx.in(kX), ctx.in(kWeights)}), ctx.in(kBias));
  project_and_attend(ctx, projected, sizes, kMask, kPast, kAttentionBias);
}

void upgrade_quantized(UpgradeContext& ctx) {
  enum { kX, kWeights, kBias, kXScale, kWScale, kMask, kXZero, kWZero, kPast };
  const Ints sizes = hidden_sizes(ctx, ctx.type(kWeights));
  const ValueId x = ctx.build("DequantizeLinear", {ctx.in(kX), ctx.in(kXScale), ctx.in(kXZero)});
  const ValueId w =
      ctx.build("DequantizeLinear", {ctx.in(kWeights), ctx.in(kWScale), ctx.in(kWZero)}, {{"axis", std::int64_t{1}}});
  const ValueId projected = add(ctx, ctx.build("MatMul", {x, w}), ctx.in(kBias));
  project_and_attend(ctx, projected, sizes, kMask, kPast, -1);
}

enum { kQ, kK, kV, kBias, kMask, kAttentionBias, kPastKey, kPastValue, kPastLength, kIndirection };

// [B, S, H, n, D] as n tensors [B, S, H*D].
std::vector<ValueId> unpack(UpgradeContext& ctx, ValueId packed, std::int64_t count) {
  std::vector<ValueId> out =
      build_many(ctx, "Split", {packed}, {{"axis", std::int64_t{3}}, {"num_outputs", count}}, static_cast<int>(count));
  for (ValueId& v : out) v = ctx.build("Reshape", {v, ctx.ints({0, 0, -1})});
  return out;
}

// [B, S, H*D] as [B, H, S, D].
ValueId heads_first(UpgradeContext& ctx, ValueId x, std::int64_t heads) {
  return transpose(ctx, ctx.build("Reshape", {x, ctx.ints({0, 0, heads, -1})}), {0, 2, 1, 3});
}

// The bias of the projections, added to what is still flat: its parts have the sizes of q, k and v.
void add_bias(UpgradeContext& ctx, Parts& p) {
  const Type& q = type_of(ctx, p.q);
  require(ErrorCode::kUnsupported, q.ranked() && q.rank() == 3, "the bias needs a query of rank 3, which is {}", q.str());
  const ValueId hidden = size_of(ctx, p.q, 2), twice = ctx.build("Add", {hidden, hidden}), zero = ctx.ints({0});
  const auto part = [&](ValueId begin, ValueId end) { return ctx.build("Slice", {ctx.in(kBias), begin, end, zero}); };
  p.q = add(ctx, p.q, part(zero, hidden));
  const Type& k = type_of(ctx, p.k);
  if (k.ranked() && k.rank() == 4) return;  // keys and values of a cache are projected already
  p.k = add(ctx, p.k, part(hidden, twice));
  p.v = add(ctx, p.v, part(twice, ctx.ints({std::numeric_limits<std::int64_t>::max()})));
}

void upgrade_multi_head(UpgradeContext& ctx) {
  refuse_attributes(ctx);
  refuse_inputs(ctx, {kPastLength, kIndirection}, "shared buffers are not supported; export without them");
  require(ErrorCode::kUnsupported, !wants_output(ctx, 3), "output 3 (qk) is asked for, which is not supported");
  Parts p{ctx.in(kQ), ctx.in(kK), ctx.in(kV), ValueId::kNone, ctx.in(kAttentionBias), ctx.in(kPastKey), ctx.in(kPastValue)};
  if (!ctx.has(kK)) {
    const std::vector<ValueId> qkv = unpack(ctx, p.q, 3);
    p.q = qkv[0], p.k = qkv[1], p.v = qkv[2];
  } else if (!ctx.has(kV)) {
    const std::vector<ValueId> kv = unpack(ctx, p.k, 2);
    p.k = kv[0], p.v = kv[1];
  }
  if (ctx.has(kBias)) add_bias(ctx, p);
  const Type& k = type_of(ctx, p.k);
  const bool cached = k.ranked() && k.rank() == 4;
  if (ctx.has(kMask)) p.boolean = expand_mask(ctx, ctx.in(kMask), mask_context(ctx, p.q, p.k, p.past_key, cached));
  if (cached) p.q = heads_first(ctx, p.q, ctx.attrs().i("num_heads"));
  std::vector<ValueId> y = attend(ctx, p, static_cast<int>(std::min<std::size_t>(3, ctx.node().outputs.size())));
  if (cached) y[0] = ctx.build("Reshape", {transpose(ctx, y[0], {0, 2, 1, 3}), ctx.ints({0, 0, -1})});
  ctx.replace_with(y);
}

}  // namespace

std::span<const OpDef> multi_head_attention_ops() {
  const AttributeSpec heads{"num_heads", std::nullopt, true}, causal{"unidirectional", std::int64_t{0}};
  static const OpDef defs[] = {
      {.name = "Attention",
       .domain = kMicrosoft,
       .inputs = {2, 7},
       .outputs = {1, 2},
       .attributes = {heads,
                      causal,
                      {"do_rotary"},
                      {"mask_filter_value"},
                      {"past_present_share_buffer"},
                      {"qkv_hidden_sizes"},
                      {"rotary_embedding_dim"},
                      {"scale"}},
       .upgrade = upgrade_attention},
      {.name = "QAttention",
       .domain = kMicrosoft,
       .inputs = {5, 9},
       .outputs = {1, 2},
       .attributes = {heads, causal, {"do_rotary"}, {"mask_filter_value"}, {"past_present_share_buffer"}, {"scale"}},
       .upgrade = upgrade_quantized},
      {.name = "MultiHeadAttention",
       .domain = kMicrosoft,
       .inputs = {1, 10},
       .outputs = {1, 4},
       .attributes = {heads, causal, {"mask_filter_value"}, {"scale"}},
       .upgrade = upgrade_multi_head},
  };
  return defs;
}

}  // namespace onnxrun
