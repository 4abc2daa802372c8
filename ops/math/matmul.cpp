// MatMul: numpy's matmul: the last two dimensions are matrices, the others are broadcast; a vector on the left counts as a row,
// on the right as a column, and the dimension of 1 that this makes is dropped from the result.
// Versions: types only.
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/multiply.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  if (!ctx.has_shape(0) || !ctx.has_shape(1)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  Dims a = ctx.shape(0), b = ctx.shape(1);
  require(!a.empty() && !b.empty(), "input {} is a scalar", a.empty() ? 0 : 1);
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), Dim(1));
  if (column) b.emplace_back(1);
  const Dim &k = a.back(), &l = b[b.size() - 2];
  require(!k.known() || !l.known() || k == l, "shapes {} and {}: inner dimensions {} and {} differ", dims_str(ctx.shape(0)),
          dims_str(ctx.shape(1)), k.str(), l.str());
  Dims y = broadcast_dims(ctx, {a.begin(), a.end() - 2}, {b.begin(), b.end() - 2});
  if (!row) y.push_back(a[a.size() - 2]);
  if (!column) y.push_back(b.back());
  ctx.set(0, ctx.dtype(0), std::move(y));
}

void reference(ReferenceContext& ctx) {
  Shape a(ctx.in(0).shape.begin(), ctx.in(0).shape.end()), b(ctx.in(1).shape.begin(), ctx.in(1).shape.end());
  Shape y(ctx.out(0).shape.begin(), ctx.out(0).shape.end());
  // The batch: all but the one or two dimensions of the result's matrix.
  y.resize(y.size() - (a.size() > 1) - (b.size() > 1));
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const std::int64_t m = a[a.size() - 2], k = a.back(), n = b.back();
  a.resize(a.size() - 2);
  b.resize(b.size() - 2);
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    const T *left = ctx.in(0).as<const T>(), *right = ctx.in(1).as<const T>();
    T* out = ctx.out(0).as<T>();
    std::vector<Total<T>> sums(static_cast<std::size_t>(m * n));
    walk<3>(y, {dense_strides(y), broadcast_strides(a, y), broadcast_strides(b, y)}, [&](const auto& at) {
      std::fill(sums.begin(), sums.end(), Total<T>{});
      multiply_add<T>({left + at[1] * m * k, k, 1}, {right + at[2] * k * n, n, 1}, sums.data(), m, k, n);
      std::transform(sums.begin(), sums.end(), out + at[0] * m * n, convert_element<T, Total<T>>);
    });
  });
}

}  // namespace

std::span<const OpDef> matmul_ops() {
  static const OpDef defs[] = {
      {.name = "MatMul", .versions = {1, 9, 13}, .inputs = {2, 2}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
