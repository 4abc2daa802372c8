// MatMul: numpy.matmul. Operands of rank 1 count as a row (A) or a column (B), and that dimension is left out of the result.
// Versions: 9 added integers, 13 bfloat16.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/broadcast.h"
#include "ops/common/broadcast_index.h"
#include "ops/common/dispatch.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  require(ctx.dtype(0) == ctx.dtype(1), "A has type {}, B has {}", dtype_name(ctx.dtype(0)), dtype_name(ctx.dtype(1)));
  want_min_rank(ctx, 0, 1);
  want_min_rank(ctx, 1, 1);
  if (!ctx.has_shape(0) || !ctx.has_shape(1)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  Dims a = ctx.shape(0), b = ctx.shape(1);
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), Dim(1));
  if (column) b.push_back(Dim(1));
  same_dim(a.back(), b[b.size() - 2], "the inner dimension");
  const Dim m = a[a.size() - 2], n = b.back();
  a.resize(a.size() - 2);
  b.resize(b.size() - 2);
  Dims y = broadcast_dims(ctx, a, b);
  if (!row) y.push_back(m);
  if (!column) y.push_back(n);
  ctx.set(0, ctx.dtype(0), std::move(y));
}

// The matrix dimensions and the batch, with missing dimensions filled in.
struct Sizes {
  Shape a, b, batch;
  std::int64_t m, k, n;
};

Sizes sizes_of(const ReferenceContext& ctx) {
  Sizes s;
  s.a.assign(ctx.in(0).shape.begin(), ctx.in(0).shape.end());
  s.b.assign(ctx.in(1).shape.begin(), ctx.in(1).shape.end());
  if (s.a.size() == 1) s.a.insert(s.a.begin(), 1);
  if (s.b.size() == 1) s.b.push_back(1);
  s.m = s.a[s.a.size() - 2];
  s.k = s.a.back();
  s.n = s.b.back();
  s.a.resize(s.a.size() - 2);
  s.b.resize(s.b.size() - 2);
  s.batch.assign(std::max(s.a.size(), s.b.size()), 1);
  for (std::size_t i = 0; i < s.batch.size(); ++i) {
    const auto at = [&](const Shape& t) { return i + t.size() < s.batch.size() ? 1 : t[i + t.size() - s.batch.size()]; };
    s.batch[i] = at(s.a) == 1 ? at(s.b) : at(s.a);
  }
  return s;
}

void reference(ReferenceContext& ctx) {
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const Sizes s = sizes_of(ctx);
    const BroadcastIndex a_at(s.a, s.batch), b_at(s.b, s.batch);
    const auto a = ctx.in<T>(0), b = ctx.in<T>(1);
    const auto y = ctx.out<T>(0);
    std::vector<C> row(static_cast<std::size_t>(s.n));
    for (std::int64_t i = 0, batches = element_count(s.batch); i < batches; ++i) {
      const std::size_t a0 = a_at(i) * static_cast<std::size_t>(s.m * s.k), b0 = b_at(i) * static_cast<std::size_t>(s.k * s.n);
      for (std::int64_t m = 0; m < s.m; ++m) {
        std::fill(row.begin(), row.end(), C{});
        for (std::int64_t k = 0; k < s.k; ++k) {
          const C x = static_cast<C>(a[a0 + static_cast<std::size_t>(m * s.k + k)]);
          for (std::size_t n = 0; n < row.size(); ++n) row[n] += x * static_cast<C>(b[b0 + static_cast<std::size_t>(k * s.n) + n]);
        }
        for (std::size_t n = 0; n < row.size(); ++n) y[static_cast<std::size_t>((i * s.m + m) * s.n) + n] = static_cast<T>(row[n]);
      }
    }
  });
}

}  // namespace

std::span<const OpDef> matmul_ops() {
  static const OpDef defs[] = {{.name = "MatMul", .versions = {1, 9, 13}, .inputs = {2, 2}, .infer = infer, .reference = reference}};
  return defs;
}

}  // namespace onnxrun
