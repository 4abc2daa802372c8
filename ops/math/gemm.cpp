// Gemm: Y = alpha * A' * B' + beta * C for matrices; transA and transB transpose A and B, C broadcasts to Y.
// Versions: 1 and 6 broadcast C only with an attribute, 7 always, 9 added integers, 11 made C optional, 13 added bfloat16.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/broadcast_index.h"
#include "ops/common/dispatch.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) { ctx.attrs().erase("broadcast"); }

void infer(InferContext& ctx) {
  for (int i = 1; i < ctx.inputs(); ++i) {
    if (ctx.has(i)) require(ctx.dtype(i) == ctx.dtype(0), "input {} has type {}, A has {}", i, dtype_name(ctx.dtype(i)), dtype_name(ctx.dtype(0)));
  }
  for (int i = 0; i < 2; ++i) {
    if (ctx.has_shape(i)) require(ctx.rank(i) == 2, "input {} has rank {}, want 2", i, ctx.rank(i));
  }
  const bool ta = ctx.attrs().i("transA") != 0, tb = ctx.attrs().i("transB") != 0;
  const Dim m = ctx.has_shape(0) ? ctx.shape(0)[ta ? 1 : 0] : ctx.fresh();
  const Dim n = ctx.has_shape(1) ? ctx.shape(1)[tb ? 0 : 1] : ctx.fresh();
  if (ctx.has_shape(0) && ctx.has_shape(1)) same_dim(ctx.shape(0)[ta ? 0 : 1], ctx.shape(1)[tb ? 1 : 0], "the inner dimension");
  want_broadcast(ctx, 2, {m, n});
  ctx.set(0, ctx.dtype(0), Dims{m, n});
}

void reference(ReferenceContext& ctx) {
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const bool ta = ctx.attrs().i("transA") != 0, tb = ctx.attrs().i("transB") != 0;
    const float alpha = ctx.attrs().f("alpha"), beta = ctx.attrs().f("beta");
    const auto shape = ctx.out(0).shape;
    const std::int64_t columns = shape[1], inner = ctx.in(0).shape[ta ? 0 : 1];
    const std::int64_t a_columns = ctx.in(0).shape[1], b_columns = ctx.in(1).shape[1];
    const BroadcastIndex c_at(ctx.has(2) ? ctx.in(2).shape : std::span<const std::int64_t>(), shape);
    const auto a = ctx.in<T>(0), b = ctx.in<T>(1);
    const auto y = ctx.out<T>(0);
    for (std::int64_t i = 0; i < ctx.out(0).size; ++i) {
      const std::int64_t m = i / columns, n = i % columns;
      C sum{};
      for (std::int64_t k = 0; k < inner; ++k) {
        sum += static_cast<C>(a[static_cast<std::size_t>(ta ? k * a_columns + m : m * a_columns + k)]) *
               static_cast<C>(b[static_cast<std::size_t>(tb ? n * b_columns + k : k * b_columns + n)]);
      }
      C value = alpha == 1 ? sum : static_cast<C>(alpha * sum);
      if (ctx.has(2)) {
        const C c = static_cast<C>(ctx.in<T>(2)[c_at(i)]);
        value += beta == 1 ? c : static_cast<C>(beta * c);
      }
      y[static_cast<std::size_t>(i)] = static_cast<T>(value);
    }
  });
}

}  // namespace

std::span<const OpDef> gemm_ops() {
  static const OpDef defs[] = {{.name = "Gemm",
                                .versions = {1, 6, 7, 9, 11, 13},
                                .inputs = {2, 3},
                                .attributes = {{"alpha", 1.0f}, {"beta", 1.0f}, {"transA", std::int64_t{0}}, {"transB", std::int64_t{0}}},
                                .upgrade = upgrade,
                                .infer = infer,
                                .reference = reference}};
  return defs;
}

}  // namespace onnxrun
