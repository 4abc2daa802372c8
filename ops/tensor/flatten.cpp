// Flatten: [d0, ..., dn] -> [d0 * ... * d(axis-1), d(axis) * ... * dn]. Versions: 11 allowed negative axes, the others types.
#include "engine/base/check.h"
#include "engine/ir/infer.h"
#include "ops/common/copy.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), ctx.fresh_dims(2));
  const int rank = ctx.rank(0);
  std::int64_t axis = ctx.attrs().i("axis");
  require(axis >= -rank && axis <= rank, "axis {} is out of range for rank {}", axis, rank);
  if (axis < 0) axis += rank;
  const Dims& in = ctx.shape(0);
  ctx.set(0, ctx.dtype(0), Dims{dims_product({in.begin(), in.begin() + axis}), dims_product({in.begin() + axis, in.end()})});
}

}  // namespace

std::span<const OpDef> flatten_ops() {
  static const OpDef defs[] = {
      {.name = "Flatten", .versions = {1, 9, 11, 13, 21, 23, 24, 25}, .attributes = {{"axis", std::int64_t{1}}},
       .infer = infer, .reference = copy_reference, .traits = {.view = true}},
  };
  return defs;
}

}  // namespace onnxrun
