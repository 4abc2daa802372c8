// PRelu: y = x < 0 ? slope * x : x, the slope broadcast to x.
// Versions: before 7 a slope of one dimension belongs to x's dimension 1 (channels); since then numpy's rule. The others
// added types.
#include "ops/common/arithmetic.h"
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/dispatch.h"
#include "ops/common/infer_same.h"
#include "ops/common/legacy.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  upgrade_consumed_inputs(ctx);
  if (ctx.opset() >= 7 || !ctx.type(0).ranked() || !ctx.type(1).ranked()) return;
  const int rank = ctx.type(0).rank();
  if (ctx.type(1).rank() != 1 || ctx.type(1).dims()[0].is(1) || rank <= 2) return;
  std::vector<std::int64_t> axes;
  for (int i = 1; i < rank - 1; ++i) axes.push_back(i);
  ctx.set_in(1, ctx.build("Unsqueeze", {ctx.in(1), ctx.ints(axes)}));
}

void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  if (ctx.has_shape(0) && ctx.has_shape(1)) {
    require(ctx.rank(1) <= ctx.rank(0), "slope of shape {} does not broadcast to {}", dims_str(ctx.shape(1)), dims_str(ctx.shape(0)));
    broadcast_dims(ctx, ctx.shape(0), ctx.shape(1));
  }
  infer_same(ctx);
}

void reference(ReferenceContext& ctx) {
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    map_broadcast<T, T, T>(ctx, [](T v, T slope) {
      const C x = static_cast<C>(v);
      return x < 0 ? static_cast<T>(wrap_mul(x, static_cast<C>(slope))) : v;
    });
  });
}

}  // namespace

std::span<const OpDef> prelu_ops() {
  static const OpDef defs[] = {
      {.name = "PRelu", .versions = {1, 6, 7, 9, 16}, .inputs = {2, 2}, .upgrade = upgrade, .infer = infer, .reference = reference,
       .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
