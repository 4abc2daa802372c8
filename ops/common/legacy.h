// Upgrades that many operators of opsets 1 to 6 share.
#pragma once

#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"

namespace onnxrun {

// Opset 1 told which inputs may be overwritten; nobody needs to know.
inline void upgrade_consumed_inputs(UpgradeContext& ctx) { ctx.attrs().erase("consumed_inputs"); }

// Before opset 7, input 1 was broadcast only when `broadcast` = 1, its first dimension lying at input 0's dimension `axis`;
// without `axis` the last dimensions are aligned, as since then.
inline void upgrade_legacy_broadcast(UpgradeContext& ctx) {
  upgrade_consumed_inputs(ctx);
  if (ctx.opset() >= 7) return;
  const bool aligned = ctx.attrs().i("broadcast", 0) != 0 && ctx.attrs().has("axis");
  const std::int64_t axis = ctx.attrs().i("axis", 0);
  ctx.attrs().erase("broadcast");
  ctx.attrs().erase("axis");
  if (!aligned) return;
  require(ErrorCode::kUnsupported, ctx.type(0).ranked() && ctx.type(1).ranked(),
          "attribute axis of opset {} needs inputs of known rank", ctx.opset());
  const int rank = ctx.type(1).rank();
  const int trailing = ctx.type(0).rank() - normalize_axis(axis, ctx.type(0).rank()) - rank;
  require(trailing >= 0, "input 1 of rank {} does not fit at axis {} of rank {}", rank, axis, ctx.type(0).rank());
  if (trailing == 0) return;
  std::vector<std::int64_t> axes;
  for (int i = 0; i < trailing; ++i) axes.push_back(rank + i);
  ctx.set_in(1, ctx.build("Unsqueeze", {ctx.in(1), ctx.ints(axes)}));
}

}  // namespace onnxrun
