// onnxrun.FusedMatMul(a, b, bias?, residual?): y = act(scale * a @ b + bias + residual), numpy's matmul over batches.
// transA and transB swap the last two dimensions first; bias is [N]; the residual has y's shape.
#include "engine/ir/activation.h"
#include "engine/ir/reference.h"
#include "ops/common/broadcast_index.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

enum Input { kA, kB, kBias, kResidual };

// One dimension of a batch that two operands share by broadcasting.
Dim batch_dim(const Dim& a, const Dim& b) {
  if (a.is(1)) return b;
  if (b.is(1)) return a;
  return same_dim(a, b, "a dimension of the batch");
}

void infer(InferContext& ctx) {
  want_float(ctx, kA);
  for (int i = kB; i <= kResidual; ++i) want_same_dtype(ctx, i, kA);
  require(activation_from_name(ctx.attrs().s("activation")).has_value(),
          "attribute activation is '{}', want a name of activation.h", ctx.attrs().s("activation"));
  want_min_rank(ctx, kA, 2);
  want_min_rank(ctx, kB, 2);
  if (!ctx.has_shape(kA) || !ctx.has_shape(kB)) return ctx.set(0, ctx.dtype(kA), std::nullopt);
  Dims a = ctx.shape(kA), b = ctx.shape(kB);
  if (ctx.attrs().i("transA") != 0) std::swap(a[a.size() - 1], a[a.size() - 2]);
  if (ctx.attrs().i("transB") != 0) std::swap(b[b.size() - 1], b[b.size() - 2]);
  same_dim(a.back(), b[b.size() - 2], "the inner dimension");
  const Dim m = a[a.size() - 2], n = b.back();
  a.resize(a.size() - 2);
  b.resize(b.size() - 2);
  if (a.size() < b.size()) a.insert(a.begin(), b.size() - a.size(), Dim(1));
  if (b.size() < a.size()) b.insert(b.begin(), a.size() - b.size(), Dim(1));
  Dims y;
  for (std::size_t i = 0; i < a.size(); ++i) y.push_back(batch_dim(a[i], b[i]));
  y.push_back(m);
  y.push_back(n);
  want_shape(ctx, kBias, {n});
  want_shape(ctx, kResidual, y);
  ctx.set(0, ctx.dtype(kA), std::move(y));
}

// A matrix operand: where the element (row, column) of batch number i lies.
struct Operand {
  Reals x;
  BroadcastIndex batch;
  std::int64_t row, column, size;
  Operand(const TensorView& t, bool transposed, std::span<const std::int64_t> batches)
      : x(read_reals(t)), batch(t.shape.first(t.shape.size() - 2), batches) {
    const std::int64_t rows = t.shape[t.shape.size() - 2], columns = t.shape.back();
    row = transposed ? 1 : columns;
    column = transposed ? columns : 1;
    size = rows * columns;
  }
  const double* matrix(std::int64_t i) const { return x.data() + static_cast<std::int64_t>(batch(i)) * size; }
};

void reference(ReferenceContext& ctx) {
  const auto y = ctx.out(0).shape;
  const auto batches = y.first(y.size() - 2);
  const Operand a(ctx.in(kA), ctx.attrs().i("transA") != 0, batches), b(ctx.in(kB), ctx.attrs().i("transB") != 0, batches);
  const auto optional = [&](int i) { return read_reals(ctx.has(i) ? ctx.in(i) : TensorView{}); };
  const Reals bias = optional(kBias), residual = optional(kResidual);
  const Activation activation = *activation_from_name(ctx.attrs().s("activation"));
  const float scale = ctx.attrs().f("scale"), alpha = ctx.attrs().f("act_alpha"), beta = ctx.attrs().f("act_beta");
  const std::int64_t rows = y[y.size() - 2], columns = y.back();
  const auto a_shape = ctx.in(kA).shape;
  const std::int64_t inner = ctx.attrs().i("transA") != 0 ? a_shape[a_shape.size() - 2] : a_shape.back();
  Reals out(static_cast<std::size_t>(ctx.out(0).size));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::int64_t n = at % columns, m = at / columns % rows, which = at / columns / rows;
    const double *pa = a.matrix(which) + m * a.row, *pb = b.matrix(which) + n * b.column;
    double sum = 0;
    for (std::int64_t k = 0; k < inner; ++k) sum += pa[k * a.column] * pb[k * b.row];
    sum *= scale;
    if (!bias.empty()) sum += bias[static_cast<std::size_t>(n)];
    if (!residual.empty()) sum += residual[i];
    out[i] = apply(activation, sum, alpha, beta);
  }
  write_reals(ctx.out(0), out);
}

}  // namespace

std::span<const OpDef> fused_matmul_ops() {
  static const OpDef defs[] = {
      {.name = "FusedMatMul",
       .domain = kInternal,
       .inputs = {2, 4},
       .attributes = {{"act_alpha", 0.0f},
                      {"act_beta", 0.0f},
                      {"activation", std::string()},
                      {"scale", 1.0f},
                      {"transA", std::int64_t{0}},
                      {"transB", std::int64_t{0}}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
