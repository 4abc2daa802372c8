// Dropout: in inference output = data, and mask is all ones. In training_mode each element is kept with the probability 1 - ratio, and
// then scaled by 1 / (1 - ratio); mask says which were. The attribute seed makes the choice repeatable.
// Versions: 1 and 6 have is_test, up to 10 ratio is an attribute, up to 7 mask has data's type; 12 made ratio and
// training_mode inputs. Whatever an old node's is_test says, it is run for inference.
#include <algorithm>
#include <cstring>

#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/dispatch.h"
#include "ops/common/random.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 12) return;
  const bool old_mask = ctx.opset() < 10 && ctx.node().outputs.size() > 1;
  const NodeId id =
      ctx.graph().add_node(*ctx.node().op, {ctx.in(0)}, {}, static_cast<int>(ctx.node().outputs.size()), ctx.node().name);
  infer_node(ctx.graph(), id);
  std::vector<ValueId> results = ctx.graph().node(id).outputs;
  if (old_mask) {
    results[1] = ctx.build("Cast", {results[1]}, {{"to", static_cast<std::int64_t>(ctx.type(0).dtype)}});
  }
  ctx.replace_with(results);
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16, DType::kFloat8E4M3FN, DType::kFloat8E4M3FNUZ,
                      DType::kFloat8E5M2, DType::kFloat8E5M2FNUZ});
  want_single(ctx, 1);
  want_single(ctx, 2);
  want_dtype(ctx, 2, {DType::kBool});
  ctx.set(0, ctx.in(0));
  ctx.set(1, DType::kBool, ctx.in(0).shape);
}

void drop(ReferenceContext& ctx, double ratio) {
  require(ErrorCode::kUsage, ratio > 0 && ratio < 1, "the ratio is {}, want 0 or more and less than 1", ratio);
  Random random = Random::of(ctx.attrs());
  std::vector<char> kept(static_cast<std::size_t>(ctx.in(0).size));
  for (char& k : kept) k = random.uniform() >= ratio ? 1 : 0;
  if (ctx.wants(0)) {
    Reals y = read_reals(ctx.in(0));
    for (std::size_t i = 0; i < kept.size(); ++i) y[i] = kept[i] ? y[i] / (1 - ratio) : 0;
    write_reals(ctx.out(0), y);
  }
  if (ctx.wants(1)) std::ranges::copy(kept, ctx.out<bool>(1).begin());
}

void reference(ReferenceContext& ctx) {
  const double ratio = ctx.has(1) ? read_reals(ctx.in(1))[0] : 0.5;
  if (ctx.has(2) && ctx.in<bool>(2)[0] && ratio != 0) return drop(ctx, ratio);
  const std::size_t bytes = dtype_bytes(ctx.in(0).dtype, ctx.in(0).size);
  if (ctx.wants(0) && bytes > 0) std::memcpy(ctx.out(0).data, ctx.in(0).data, bytes);
  if (ctx.wants(1)) std::ranges::fill(ctx.out<bool>(1), true);
}

}  // namespace

std::span<const OpDef> dropout_ops() {
  static const OpDef defs[] = {
      {.name = "Dropout",
       .versions = {1, 6, 7, 10, 12, 13, 22},
       .inputs = {1, 3},
       .outputs = {1, 2},
       .attributes = {{"seed"}},
       .upgrade = upgrade,
       .infer = infer,
       .reference = reference,
       .traits = {.elementwise = true, .deterministic = false}},
  };
  return defs;
}

}  // namespace onnxrun
