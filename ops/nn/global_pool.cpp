// GlobalAveragePool, GlobalMaxPool, GlobalLpPool: one element per channel, from all its spatial places.
// GlobalLpPool-1 has a float p; the versions are otherwise alike.
#include <cmath>
#include <limits>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/window.h"
#include "ops/nn/float_p.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_min_rank(ctx, 0, 2);
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  Dims y(static_cast<std::size_t>(ctx.rank(0)), Dim(1));
  y[0] = ctx.shape(0)[0];
  y[1] = ctx.shape(0)[1];
  ctx.set(0, Type::tensor(ctx.dtype(0), std::move(y), layout_of_input(ctx)));
}

void infer_lp(InferContext& ctx) {
  require(ctx.attrs().i("p") >= 1, "attribute p is {}, want 1 or more", ctx.attrs().i("p"));
  infer(ctx);
}

// y = finish(f(...f(start, x0)..., xn), count) for every channel.
template <class F, class Finish>
void reduce(ReferenceContext& ctx, double start, F f, Finish finish) {
  const Reals x = read_reals(ctx.in(0));
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  const auto size = static_cast<std::size_t>(volume(ctx.in(0).shape.subspan(2)));
  for (std::size_t c = 0; c < y.size(); ++c) {
    double sum = start;
    for (std::size_t i = 0; i < size; ++i) sum = f(sum, x[c * size + i]);
    y[c] = finish(sum, static_cast<double>(size));
  }
  write_reals(ctx.out(0), y);
}

void average(ReferenceContext& ctx) {
  reduce(
      ctx, 0, [](double a, double b) { return a + b; }, [](double sum, double count) { return sum / count; });
}

void maximum(ReferenceContext& ctx) {
  reduce(
      ctx, -std::numeric_limits<double>::infinity(), [](double a, double b) { return b > a || b != b ? b : a; },
      [](double top, double) { return top; });
}

void lp(ReferenceContext& ctx) {
  const auto p = static_cast<double>(ctx.attrs().i("p"));
  reduce(
      ctx, 0, [p](double a, double b) { return a + std::pow(std::fabs(b), p); },
      [p](double sum, double) { return std::pow(sum, 1 / p); });
}

}  // namespace

std::span<const OpDef> global_pool_ops() {
  static const OpDef defs[] = {
      {.name = "GlobalAveragePool", .versions = {1, 22}, .infer = infer, .reference = average},
      {.name = "GlobalMaxPool", .versions = {1, 22}, .infer = infer, .reference = maximum},
      {.name = "GlobalLpPool",
       .versions = {1, 2, 22},
       .attributes = {{"p", std::int64_t{2}}},
       .upgrade = upgrade_float_p,
       .infer = infer_lp,
       .reference = lp},
  };
  return defs;
}

}  // namespace onnxrun
