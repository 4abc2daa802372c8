// InstanceNormalization, GroupNormalization: y = (x - mean) / sqrt(var + epsilon) * scale[c] + b[c], mean and variance over one
// channel, or one group of channels, of one batch item.
// Versions: InstanceNormalization-1 has consumed_inputs; GroupNormalization-18 has a scale and a bias per group.
#include <cmath>

#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/window.h"

namespace onnxrun {
namespace {

void upgrade_instance(UpgradeContext& ctx) { ctx.attrs().erase("consumed_inputs"); }

// [groups, channels / groups]
ValueId group_shape(UpgradeContext& ctx, std::int64_t groups) {
  const Type& x = ctx.type(0);
  require(groups >= 1, "attribute num_groups is {}, want 1 or more", groups);
  if (x.ranked() && x.rank() >= 2 && x.dims()[1].known()) {
    const std::int64_t channels = x.dims()[1].value();
    require(channels % groups == 0, "{} channels don't divide into {} groups", channels, groups);
    return ctx.ints({groups, channels / groups});
  }
  const ValueId channels = ctx.build("Shape", {ctx.in(0)}, {{"start", std::int64_t{1}}, {"end", std::int64_t{2}}});
  return ctx.build("Concat", {ctx.ints({groups}), ctx.build("Div", {channels, ctx.ints({groups})})}, {{"axis", std::int64_t{0}}});
}

void upgrade_group(UpgradeContext& ctx) {
  if (ctx.opset() >= 21) return;
  const std::int64_t groups = ctx.attrs().i("num_groups");
  const ValueId shape = group_shape(ctx, groups);
  for (const int i : {1, 2}) {  // [groups] becomes [channels], each number repeated
    const ValueId column = ctx.build("Reshape", {ctx.in(i), ctx.ints({groups, 1})});
    ctx.set_in(i, ctx.build("Reshape", {ctx.build("Expand", {column, shape}), ctx.ints({-1})}));
  }
}

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_same_dtype(ctx, 0, 1);
  want_same_dtype(ctx, 0, 2);
  want_min_rank(ctx, 0, 2);
  if (ctx.has_shape(0)) {
    for (const int i : {1, 2}) want_shape(ctx, i, {ctx.shape(0)[1]});
  }
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
}

void infer_group(InferContext& ctx) {
  const std::int64_t groups = ctx.attrs().i("num_groups");
  require(groups >= 1, "attribute num_groups is {}, want 1 or more", groups);
  infer(ctx);
  if (!ctx.has_shape(0)) return;
  const Dim& channels = ctx.shape(0)[1];
  require(!channels.known() || channels.value() % groups == 0, "{} channels don't divide into {} groups", channels.str(), groups);
}

void normalize(ReferenceContext& ctx, std::int64_t groups) {
  const auto shape = ctx.in(0).shape;
  const auto inner = static_cast<std::size_t>(volume(shape.subspan(2))), channels = static_cast<std::size_t>(shape[1]);
  const Reals scale = read_reals(ctx.in(1)), b = read_reals(ctx.in(2));
  Reals x = read_reals(ctx.in(0));
  const std::size_t rows = static_cast<std::size_t>(shape[0] * groups), size = rows == 0 ? 0 : x.size() / rows;
  for (std::size_t row = 0; size > 0 && row < rows; ++row) {
    double* p = x.data() + row * size;
    double mean = 0, var = 0;
    for (std::size_t i = 0; i < size; ++i) mean += p[i] / static_cast<double>(size);
    for (std::size_t i = 0; i < size; ++i) var += (p[i] - mean) * (p[i] - mean) / static_cast<double>(size);
    const double inverse = 1 / std::sqrt(var + ctx.attrs().f("epsilon"));
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t c = (row * size + i) / inner % channels;
      p[i] = (p[i] - mean) * inverse * scale[c] + b[c];
    }
  }
  write_reals(ctx.out(0), x);
}

}  // namespace

std::span<const OpDef> group_normalization_ops() {
  static const OpDef defs[] = {
      {.name = "InstanceNormalization",
       .versions = {1, 6, 22},
       .inputs = {3, 3},
       .attributes = {{"epsilon", 1e-5f}},
       .upgrade = upgrade_instance,
       .infer = infer,
       .reference = [](ReferenceContext& ctx) { normalize(ctx, ctx.in(0).shape[1]); }},
      {.name = "GroupNormalization",
       .versions = {18, 21},
       .inputs = {3, 3},
       .attributes = {{"epsilon", 1e-5f}, {"num_groups", std::nullopt, true}, {"stash_type", std::int64_t{1}}},
       .upgrade = upgrade_group,
       .infer = infer_group,
       .reference = [](ReferenceContext& ctx) { normalize(ctx, ctx.attrs().i("num_groups")); }},
  };
  return defs;
}

}  // namespace onnxrun
