// Operators that other domains or older exporters have under their own name, and that are standard ones with small differences;
// they become these at import.
//   SimplifiedLayerNormalization   RMSNormalization (also in the standard's own domain, where onnxruntime put it)
//   GroupNorm, SkipGroupNorm       GroupNormalization on [N, H, W, C], then SiLU when activation = 1
//   RotaryEmbedding                RotaryEmbedding with other inputs     ExpandDims     Unsqueeze
//   Pad, Range, Unique, GatherND, GridSample, Trilu, QuantizeLinear, DequantizeLinear: as they are called
#include "ops/microsoft/expand.h"

namespace onnxrun {
namespace {

void simplified_layer_normalization(UpgradeContext& ctx) {
  require(ErrorCode::kUnsupported, !wants_output(ctx, 1), "output 1 (inv_std_var) is asked for, which exists for training");
  ctx.replace_with({ctx.build("RMSNormalization", {ctx.in(0), ctx.in(1)},
                              {{"axis", ctx.attrs().i("axis")}, {"epsilon", ctx.attrs().f("epsilon")}})});
}

void group_norm(UpgradeContext& ctx) {
  enum { kX, kGamma, kBeta, kSkip, kBias };
  ValueId x = ctx.in(kX);
  const Type& skip = ctx.type(kSkip);
  if (ctx.has(kSkip)) x = add(ctx, x, skip.ranked() && skip.rank() == 2 ? unsqueeze(ctx, ctx.in(kSkip), {1, 2}) : ctx.in(kSkip));
  x = add(ctx, x, ctx.in(kBias));
  const ValueId sum = x;
  const bool last = ctx.attrs().i("channels_last") != 0;
  if (last) x = transpose(ctx, x, {0, 3, 1, 2});
  const DType dtype = type_of(ctx, x).dtype;
  x = ctx.build("GroupNormalization", {x, cast(ctx, ctx.in(kGamma), dtype), cast(ctx, ctx.in(kBeta), dtype)},
                {{"num_groups", ctx.attrs().i("groups")}, {"epsilon", ctx.attrs().f("epsilon")}});
  if (ctx.attrs().i("activation") != 0) x = ctx.build("Swish", {x});
  if (last) x = transpose(ctx, x, {0, 2, 3, 1});
  ctx.replace_with({x, sum});
}

// Position ids [1] are the place of the first token, [B, S] those of all.
ValueId position_ids(UpgradeContext& ctx, ValueId x, ValueId ids, std::int64_t length_axis) {
  const Type& type = type_of(ctx, ids);
  require(ErrorCode::kUnsupported, type.ranked(), "the rank of position_ids is not known");
  if (type.rank() == 2) return ids;
  const ValueId zero = scalar(ctx, DType::kInt64, 0), one = scalar(ctx, DType::kInt64, 1);
  const ValueId length = size_of(ctx, x, length_axis);
  const ValueId row = ctx.build("Add", {ctx.build("Range", {zero, ctx.build("Squeeze", {length}), one}), ids});
  return ctx.build("Expand", {row, ctx.build("Concat", {size_of(ctx, x, 0), length}, {{"axis", std::int64_t{0}}})});
}

// [B, S, heads * size] as [B, heads, S, size], twice as long as the rows of the caches.
ValueId heads_of(UpgradeContext& ctx, ValueId x, ValueId cosines) {
  const ValueId size = ctx.build("Mul", {size_of(ctx, cosines, 1), ctx.ints({2})});
  const ValueId heads = ctx.build("Div", {size_of(ctx, x, 2), size});
  const ValueId shape = ctx.build("Concat", {ctx.ints({0, 0}), heads, size}, {{"axis", std::int64_t{0}}});
  return transpose(ctx, ctx.build("Reshape", {x, shape}), {0, 2, 1, 3});
}

void rotary_embedding(UpgradeContext& ctx) {
  enum { kX, kPositions, kCos, kSin };
  require(ErrorCode::kUnsupported, ctx.attrs().i("is_packed_batching", 0) == 0,
          "attribute is_packed_batching is set, which is not supported");
  require(ErrorCode::kUnsupported, ctx.attrs().f("scale", 1) == 1, "attribute scale is {}, which is not supported",
          ctx.attrs().f("scale", 1));
  const Type x = ctx.type(kX), cosines = ctx.type(kCos);
  const bool four = x.ranked() && x.rank() == 4;
  Attributes attrs{{"interleaved", ctx.attrs().i("interleaved", 0)},
                   {"rotary_embedding_dim", ctx.attrs().i("rotary_embedding_dim", 0)}};
  std::int64_t heads = ctx.attrs().i("num_heads", 0);
  if (heads == 0 && !four) {  // a head is as long as the caches say
    require(ErrorCode::kUnsupported, x.ranked() && x.rank() == 3, "without num_heads the input is {}, want rank 3 or 4", x.str());
    const bool known = x.dims()[2].known() && cosines.ranked() && cosines.rank() == 2 && cosines.dims()[1].known() && cosines.dims()[1].value() > 0;
    if (known) heads = x.dims()[2].value() / (2 * cosines.dims()[1].value());
  }
  const ValueId ids = position_ids(ctx, ctx.in(kX), ctx.in(kPositions), four ? 2 : 1);
  const auto turn = [&](ValueId values) { return ctx.build("RotaryEmbedding", {values, ctx.in(kCos), ctx.in(kSin), ids}, attrs); };
  if (four || heads > 0) {
    if (!four) attrs.set("num_heads", heads);
    return ctx.replace_with({turn(ctx.in(kX))});
  }
  const ValueId y = transpose(ctx, turn(heads_of(ctx, ctx.in(kX), ctx.in(kCos))), {0, 2, 1, 3});
  ctx.replace_with({ctx.build("Reshape", {y, ctx.build("Shape", {ctx.in(kX)})})});
}

void expand_dims(UpgradeContext& ctx) {
  const ValueId axis = cast(ctx, ctx.build("Reshape", {ctx.in(1), ctx.ints({1})}), DType::kInt64);
  ctx.replace_with({ctx.build("Unsqueeze", {ctx.in(0), axis})});
}

// pads may be [1, 2 * rank].
void pad(UpgradeContext& ctx) {
  const ValueId value = ctx.has(2) ? ctx.build("Reshape", {ctx.in(2), ctx.ints(std::vector<std::int64_t>{})}) : ValueId::kNone;
  std::vector<ValueId> inputs = {ctx.in(0), ctx.build("Reshape", {ctx.in(1), ctx.ints({-1})})};
  if (value != ValueId::kNone) inputs.push_back(value);
  ctx.replace_with({ctx.build("Pad", std::move(inputs), {{"mode", ctx.attrs().s("mode")}})});
}

// start, limit and delta may be [1]; delta is 1 when absent.
void range(UpgradeContext& ctx) {
  const auto number = [&](int i) { return ctx.build("Reshape", {ctx.in(i), ctx.ints(std::vector<std::int64_t>{})}); };
  const DType dtype = ctx.type(0).dtype;
  ctx.replace_with({ctx.build("Range", {number(0), number(1), ctx.has(2) ? number(2) : scalar(ctx, dtype, 1)})});
}

// In the order of first occurrence; the standard's second output (first places) is not among these.
void unique(UpgradeContext& ctx) {
  const auto y = build_many(ctx, "Unique", {ctx.in(0)}, {{"sorted", std::int64_t{0}}}, 4);
  ctx.replace_with({y[0], y[2], y[3]});
}

void gather_nd(UpgradeContext& ctx) {
  ctx.replace_with({ctx.build("GatherND", {ctx.in(0), cast(ctx, ctx.in(1), DType::kInt64)})});
}

void grid_sample(UpgradeContext& ctx) {
  const std::string mode = ctx.attrs().s("mode");
  ctx.replace_with({ctx.build("GridSample", {ctx.in(0), ctx.in(1)},
                              {{"mode", std::string(mode == "bilinear"  ? "linear"
                                                    : mode == "bicubic" ? "cubic"
                                                                        : mode)},
                               {"padding_mode", ctx.attrs().s("padding_mode")},
                               {"align_corners", ctx.attrs().i("align_corners")}})});
}

// The operator of the same name, with the same inputs and attributes.
void same(UpgradeContext& ctx) {
  std::vector<ValueId> inputs = ctx.node().inputs;
  Attributes attrs = ctx.attrs();
  ctx.replace_with({ctx.build(ctx.node().op->name, std::move(inputs), std::move(attrs))});
}

OpDef row(std::string_view name, Arity inputs, void (*upgrade)(UpgradeContext&), std::vector<AttributeSpec> attributes = {},
          std::string_view domain = kMicrosoft, Arity outputs = {1, 1}) {
  return {.name = name,
          .domain = domain,
          .inputs = inputs,
          .outputs = outputs,
          .attributes = std::move(attributes),
          .upgrade = upgrade};
}

}  // namespace

std::span<const OpDef> renamed_ops() {
  const std::vector<AttributeSpec> norm = {{"axis", std::int64_t{-1}}, {"epsilon", 1e-5f}, {"stash_type", std::int64_t{1}}};
  const std::vector<AttributeSpec> group = {{"activation"}, {"channels_last", std::int64_t{1}}, {"epsilon", 1e-5f}, {"groups"}};
  static const OpDef defs[] = {
      row("SimplifiedLayerNormalization", {2, 2}, simplified_layer_normalization, norm, kOnnx, {1, 2}),
      row("SimplifiedLayerNormalization", {2, 2}, simplified_layer_normalization, norm, kMicrosoft, {1, 2}),
      row("GroupNorm", {3, 3}, group_norm, group),
      row("SkipGroupNorm", {4, 5}, group_norm, group, kMicrosoft, {1, 2}),
      row("RotaryEmbedding", {4, 4}, rotary_embedding,
          {{"interleaved"}, {"is_packed_batching"}, {"num_heads"}, {"rotary_embedding_dim"}, {"scale"}}),
      row("ExpandDims", {2, 2}, expand_dims),
      row("Pad", {2, 3}, pad, {{"mode", std::string("constant")}}),
      row("Range", {2, 3}, range),
      row("Unique", {1, 1}, unique, {}, kMicrosoft, {1, 3}),
      row("GatherND", {2, 2}, gather_nd),
      row("GridSample", {2, 2}, grid_sample,
          {{"align_corners", std::int64_t{0}}, {"mode", std::string("bilinear")}, {"padding_mode", std::string("zeros")}}),
      row("Trilu", {1, 2}, same, {{"upper", std::int64_t{1}}}),
      row("QuantizeLinear", {2, 3}, same, {{"axis", std::int64_t{1}}}),
      row("DequantizeLinear", {2, 3}, same, {{"axis", std::int64_t{1}}}),
  };
  return defs;
}

}  // namespace onnxrun
