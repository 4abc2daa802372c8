// Gemm: y = alpha * a' @ b' + beta * c, where a' and b' are transposed by transA and transB and c, which may be absent, is
// broadcast to y.
// Versions: before 7 c is broadcast only with broadcast = 1; 11 made c optional; 9 and 13 added types.
#include "engine/ir/upgrade.h"
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/multiply.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) { ctx.attrs().erase("broadcast"); }

void infer(InferContext& ctx) {
  want_same_dtype(ctx, 0, 1);
  want_same_dtype(ctx, 0, 2);
  want_rank(ctx, 0, 2);
  want_rank(ctx, 1, 2);
  const bool trans_a = ctx.attrs().i("transA") != 0, trans_b = ctx.attrs().i("transB") != 0;
  const auto dim = [&](int input, bool second) { return ctx.has_shape(input) ? ctx.shape(input)[second] : ctx.fresh(); };
  const Dim m = dim(0, trans_a), k = dim(0, !trans_a), l = dim(1, trans_b), n = dim(1, !trans_b);
  require(!k.known() || !l.known() || k == l, "inner dimensions {} and {} differ", k.str(), l.str());
  if (ctx.has_shape(2)) {
    const Dims& c = ctx.shape(2);
    require(c.size() <= 2, "input 2 has rank {}, want at most 2", c.size());
    for (std::size_t i = 0; i < c.size(); ++i) {
      const Dim& want = c.size() - i == 2 ? m : n;
      require(!c[i].known() || !want.known() || c[i].is(1) || c[i] == want, "input 2 of shape {} does not broadcast to {}", dims_str(c),
              dims_str({m, n}));
    }
  }
  ctx.set(0, ctx.dtype(0), Dims{m, n});
}

void reference(ReferenceContext& ctx) {
  const bool trans_a = ctx.attrs().i("transA") != 0, trans_b = ctx.attrs().i("transB") != 0;
  const double alpha = ctx.attrs().f("alpha"), beta = ctx.attrs().f("beta");
  const auto a = ctx.in(0).shape, b = ctx.in(1).shape, y = ctx.out(0).shape;
  const std::int64_t k = a[trans_a ? 0 : 1];
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    const auto view = [](const TensorView& v, bool transposed) {
      const std::int64_t row = v.shape[1];
      return MatrixView<T>{v.as<const T>(), transposed ? 1 : row, transposed ? row : 1};
    };
    std::vector<Total<T>> sums(static_cast<std::size_t>(ctx.out(0).size));
    multiply_add<T>(view(ctx.in(0), trans_a), view(ctx.in(1), trans_b), sums.data(), y[0], k, y[1]);
    if (!ctx.has(2)) {
      for (Total<T>& v : sums) v = alpha == 1 ? v : convert_element<Total<T>>(alpha * static_cast<double>(v));
    } else {
      // Of integers the whole sum is rounded, not each of its parts.
      const auto sum = [&](Total<T> v, Total<T> w) {
        return alpha == 1 && beta == 1 ? wrap_add(v, w) : convert_element<Total<T>>(alpha * static_cast<double>(v) + beta * static_cast<double>(w));
      };
      const T* c = ctx.in(2).as<const T>();
      walk<2>(y, {dense_strides(y), broadcast_strides(ctx.in(2).shape, y)}, [&](const auto& at) {
        Total<T>& v = sums[static_cast<std::size_t>(at[0])];
        v = sum(v, convert_element<Total<T>>(c[at[1]]));
      });
    }
    std::transform(sums.begin(), sums.end(), ctx.out(0).as<T>(), convert_element<T, Total<T>>);
  });
}

}  // namespace

std::span<const OpDef> gemm_ops() {
  static const OpDef defs[] = {
      {.name = "Gemm", .versions = {1, 6, 7, 9, 11, 13}, .inputs = {2, 3},
       .attributes = {{"alpha", 1.0f}, {"beta", 1.0f}, {"transA", std::int64_t{0}}, {"transB", std::int64_t{0}}},
       .upgrade = upgrade, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
