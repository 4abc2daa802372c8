// Clip: y = min(max(x, low), high); either bound may be absent. A NaN stays.
// Versions: 1 and 6 have the bounds as attributes, 11 as scalar inputs; 12 and 13 added types.
#include "engine/ir/reference.h"
#include "ops/common/arithmetic.h"
#include "ops/common/checks.h"
#include "ops/common/dispatch.h"
#include "ops/common/infer_same.h"
#include "ops/common/legacy.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  upgrade_consumed_inputs(ctx);
  if (ctx.opset() >= 11) return;
  const DType dtype = ctx.type(0).dtype == DType::kUndefined ? DType::kFloat32 : ctx.type(0).dtype;
  ctx.float_to_input("min", 1, dtype);
  ctx.float_to_input("max", 2, dtype);
}

void infer(InferContext& ctx) {
  for (int i = 1; i < ctx.inputs(); ++i) {
    want_same_dtype(ctx, 0, i);
    const Dim count = ctx.has_shape(i) ? dims_product(ctx.shape(i)) : Dim(1);
    require(!count.known() || count.is(1), "input {} has {} elements, want 1", i, count.str());
  }
  infer_same(ctx);
}

void reference(ReferenceContext& ctx) {
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      C v = static_cast<C>(x[i]);
      if (ctx.has(1)) v = nan_max(v, static_cast<C>(*ctx.in(1).as<const T>()));
      if (ctx.has(2)) v = nan_min(v, static_cast<C>(*ctx.in(2).as<const T>()));
      y[i] = static_cast<T>(v);
    }
  });
}

}  // namespace

std::span<const OpDef> clip_ops() {
  static const OpDef defs[] = {
      {.name = "Clip", .versions = {1, 6, 11, 12, 13}, .inputs = {1, 3}, .upgrade = upgrade, .infer = infer, .reference = reference,
       .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
