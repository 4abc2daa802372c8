#include "ops/microsoft/attention_mask.h"

#include <limits>

namespace onnxrun {
namespace {

// Numbers of keys [B] as a mask: key j takes part when j < length, and not before `first` where that is given.
ValueId from_lengths(UpgradeContext& ctx, ValueId lengths, ValueId first, ValueId total) {
  const ValueId zero = scalar(ctx, DType::kInt64, 0), one = scalar(ctx, DType::kInt64, 1);
  const ValueId positions = ctx.build("Range", {zero, ctx.build("Squeeze", {total}), one});
  ValueId mask = ctx.build("Less", {positions, unsqueeze(ctx, lengths, {1})});
  if (first != ValueId::kNone)
    mask = ctx.build("And", {mask, ctx.build("GreaterOrEqual", {positions, unsqueeze(ctx, first, {1})})});
  return unsqueeze(ctx, mask, {1, 2});
}

// One number or two per item, which only the shapes of a run tell: where there is one, the first keys are all 0.
ValueId from_lengths_or_ranges(UpgradeContext& ctx, ValueId numbers, const MaskContext& where) {
  const ValueId zero = ctx.ints({0}), end = ctx.ints({std::numeric_limits<std::int64_t>::max()}), batch = size_of(ctx, where.query, 0);
  const ValueId lengths = ctx.build("Slice", {numbers, zero, batch, zero}), rest = ctx.build("Slice", {numbers, batch, end, zero});
  const ValueId missing = ctx.build("Max", {ctx.build("Sub", {batch, ctx.build("Shape", {rest})}), zero});
  const ValueId first = ctx.build("Concat", {rest, ctx.build("Expand", {zero, missing})}, {{"axis", std::int64_t{0}}});
  return from_lengths(ctx, lengths, first, where.total);
}

ValueId from_vector(UpgradeContext& ctx, ValueId mask, const MaskContext& where) {
  const Dim size = type_of(ctx, mask).dims()[0];
  const Type& query = type_of(ctx, where.query);
  const Dim batch = query.ranked() ? query.dims()[0] : size;
  const ValueId numbers = cast(ctx, mask, DType::kInt64);
  if (!size.known() || !batch.known()) return from_lengths_or_ranges(ctx, numbers, where);
  if (size == batch * 2) {
    const auto halves = build_many(ctx, "Split", {numbers}, {{"axis", std::int64_t{0}}, {"num_outputs", std::int64_t{2}}}, 2);
    return from_lengths(ctx, halves[0], halves[1], where.total);
  }
  require(ErrorCode::kUnsupported, size == batch,
          "the mask has shape [{}] for a batch of {}, want one number or two per item", size.str(), batch.str());
  return from_lengths(ctx, numbers, ValueId::kNone, where.total);
}

// The rows past..past + S and columns ..total of [B, 1, M, M].
ValueId from_square(UpgradeContext& ctx, ValueId mask, const MaskContext& where) {
  const ValueId length = size_of(ctx, where.query, 1), rows_end = ctx.build("Add", {where.past, length});
  const ValueId rows = ctx.build("Slice", {mask, where.past, rows_end, ctx.ints({2})});
  return cast(ctx, ctx.build("Slice", {rows, ctx.ints({0}), where.total, ctx.ints({3})}), DType::kBool);
}

}  // namespace

ValueId expand_mask(UpgradeContext& ctx, ValueId mask, const MaskContext& where) {
  const Type type = type_of(ctx, mask);
  require(ErrorCode::kUnsupported, type.ranked(), "the rank of the mask is not known, so its meaning isn't either");
  switch (type.rank()) {
    case 1:
      return from_vector(ctx, mask, where);
    case 2:
      return unsqueeze(ctx, cast(ctx, mask, DType::kBool), {1, 2});
    case 3:
      return unsqueeze(ctx, cast(ctx, mask, DType::kBool), {1});
    case 4:
      return from_square(ctx, mask, where);
    default:
      fail(ErrorCode::kUnsupported, "the mask has shape {}, want rank 1 to 4", dims_str(type.dims()));
  }
}

ValueId join_masks(UpgradeContext& ctx, ValueId boolean, ValueId additive) {
  if (boolean == ValueId::kNone || additive == ValueId::kNone) return boolean == ValueId::kNone ? additive : boolean;
  const DType dtype = type_of(ctx, additive).dtype;
  return ctx.build("Where", {boolean, additive, scalar(ctx, dtype, -std::numeric_limits<double>::infinity())});
}

}  // namespace onnxrun
