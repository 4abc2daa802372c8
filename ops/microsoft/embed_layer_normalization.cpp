// com.microsoft.EmbedLayerNormalization: sum = word[input_ids] + position[position_ids] + segment[segment_ids], and
// LayerNormalization of it; mask_index = the number of ones in every row of the mask. Becomes standard operators at import.
#include "ops/microsoft/expand.h"

namespace onnxrun {
namespace {

enum { kIds, kSegmentIds, kWords, kPositions, kSegments, kGamma, kBeta, kMask, kPositionIds };

// Without position_ids they are 0, 1, ...: the first rows of the table.
ValueId positions(UpgradeContext& ctx) {
  if (ctx.has(kPositionIds)) return ctx.build("Gather", {ctx.in(kPositions), ctx.in(kPositionIds)});
  return ctx.build("Slice", {ctx.in(kPositions), ctx.ints({0}), size_of(ctx, ctx.in(kIds), 1), ctx.ints({0})});
}

void upgrade(UpgradeContext& ctx) {
  ValueId sum = add(ctx, ctx.build("Gather", {ctx.in(kWords), ctx.in(kIds)}), positions(ctx));
  if (ctx.has(kSegments) && ctx.has(kSegmentIds))
    sum = add(ctx, sum, ctx.build("Gather", {ctx.in(kSegments), ctx.in(kSegmentIds)}));
  std::vector<ValueId> results = {
      ctx.build("LayerNormalization", {sum, ctx.in(kGamma), ctx.in(kBeta)}, {{"epsilon", ctx.attrs().f("epsilon")}})};
  const bool wants_sum = wants_output(ctx, 2);
  if (wants_output(ctx, 1) || wants_sum) {
    const ValueId counted =
        ctx.has(kMask) ? ctx.in(kMask) : ctx.build("Mul", {ctx.in(kIds), scalar(ctx, ctx.type(kIds).dtype, 0)});
    results.push_back(ctx.build("ReduceSum", {counted, ctx.ints({1})}, {{"keepdims", std::int64_t{0}}}));
  }
  if (wants_sum) results.push_back(sum);
  ctx.replace_with(results);
}

}  // namespace

std::span<const OpDef> embed_layer_normalization_ops() {
  static const OpDef defs[] = {
      {.name = "EmbedLayerNormalization",
       .domain = kMicrosoft,
       .inputs = {1, 9},
       .outputs = {1, 3},
       .attributes = {{"epsilon", 1e-12f}, {"mask_index_type"}},
       .upgrade = upgrade},
  };
  return defs;
}

}  // namespace onnxrun
