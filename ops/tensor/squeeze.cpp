// Squeeze removes dimensions of size 1 (all of them when no axes are given), Unsqueeze inserts them.
// Versions: 1 and 11 have axes as an attribute, 13 as input 1; the others added types.
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/copy.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() < 13) ctx.ints_to_input("axes", 1);
}

std::optional<Dims> squeezed(InferContext& ctx) {
  if (!ctx.has_shape(0)) return std::nullopt;
  const Dims& in = ctx.shape(0);
  std::vector<bool> drop(in.size(), false);
  if (!ctx.has(1)) {
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!in[i].known()) return std::nullopt;  // it may be 1 or not
      drop[i] = in[i].is(1);
    }
  } else {
    const auto axes = numbers_of(ctx, 1);
    if (!axes) {
      const auto count = length_of(ctx, 1);
      return count && *count <= ctx.rank(0) ? std::optional(ctx.fresh_dims(ctx.rank(0) - static_cast<int>(*count))) : std::nullopt;
    }
    for (const std::int64_t axis : *axes) {
      const auto i = static_cast<std::size_t>(normalize_axis(axis, ctx.rank(0)));
      require(!in[i].known() || in[i].is(1), "cannot squeeze axis {} of {}: its size is not 1", axis, dims_str(in));
      drop[i] = true;
    }
  }
  Dims out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!drop[i]) out.push_back(in[i]);
  }
  return out;
}

std::optional<Dims> unsqueezed(InferContext& ctx) {
  if (!ctx.has_shape(0)) return std::nullopt;
  const auto axes = numbers_of(ctx, 1);
  const auto count = axes ? static_cast<std::int64_t>(axes->size()) : length_of(ctx, 1).value_or(-1);
  if (count < 0) return std::nullopt;
  require(count <= 64, "{} axes", count);
  const int rank = ctx.rank(0) + static_cast<int>(count);
  if (!axes) return ctx.fresh_dims(rank);
  std::vector<bool> inserted(static_cast<std::size_t>(rank), false);
  for (const std::int64_t axis : *axes) {
    const auto i = static_cast<std::size_t>(normalize_axis(axis, rank));
    require(!inserted[i], "axis {} is given twice", axis);
    inserted[i] = true;
  }
  Dims out;
  auto next = ctx.shape(0).begin();
  for (const bool is_new : inserted) out.push_back(is_new ? Dim(1) : *next++);
  return out;
}

template <std::optional<Dims> (*kShape)(InferContext&)>
void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64});
  ctx.set(0, ctx.dtype(0), kShape(ctx));
  pass_contents(ctx);
}

}  // namespace

std::span<const OpDef> squeeze_ops() {
  static const OpDef defs[] = {
      {.name = "Squeeze", .versions = {1, 11, 13, 21, 23, 24, 25}, .inputs = {1, 2}, .upgrade = upgrade,
       .infer = infer<squeezed>, .reference = copy_reference, .traits = {.view = true, .shape_inputs = kAllButFirst}},
      {.name = "Unsqueeze", .versions = {1, 11, 13, 21, 23, 24, 25}, .inputs = {2, 2}, .upgrade = upgrade,
       .infer = infer<unsqueezed>, .reference = copy_reference, .traits = {.view = true, .shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
