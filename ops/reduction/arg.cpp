// ArgMax, ArgMin: the index of the largest (smallest) element along `axis`; of equal ones the first, or with
// select_last_index = 1 the last. A NaN wins. Versions: 11 allowed negative axes, 12 added select_last_index, 13 a type.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/dispatch.h"
#include "ops/common/reduce_axes.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  if (!ctx.has_shape(0)) return ctx.set(0, DType::kInt64, std::nullopt);
  AxisMask mask(static_cast<std::size_t>(ctx.rank(0)), false);
  if (!mask.empty()) mask[static_cast<std::size_t>(normalize_axis(ctx.attrs().i("axis"), ctx.rank(0)))] = true;
  ctx.set(0, DType::kInt64, reduced_shape(ctx.shape(0), mask, ctx.attrs().i("keepdims") != 0));
}

template <bool kMax>
void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const AxisSplit s = shape.empty() ? AxisSplit{} : split_at(shape, normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size())));
  const bool last = ctx.attrs().i("select_last_index") != 0;
  const auto y = ctx.out<std::int64_t>(0);
  require(ErrorCode::kUsage, s.axis > 0 || y.empty(), "axis {} is empty", ctx.attrs().i("axis"));
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const auto x = ctx.in<T>(0);
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t k) { return static_cast<C>(x[static_cast<std::size_t>((o * s.axis + k) * s.inner + i)]); };
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < s.axis; ++k) {
          const C v = at(k), b = at(best);
          const bool nan = v != v, best_nan = b != b;
          const bool better = best_nan ? false : nan || (kMax ? v > b : v < b);
          const bool as_good = nan ? best_nan : v == b;
          if (better || (last && as_good)) best = k;
        }
        y[static_cast<std::size_t>(o * s.inner + i)] = best;
      }
    }
  });
}

}  // namespace

std::span<const OpDef> arg_ops() {
  static const OpDef defs[] = {
      {.name = "ArgMax", .versions = {1, 11, 12, 13},
       .attributes = {{"axis", std::int64_t{0}}, {"keepdims", std::int64_t{1}}, {"select_last_index", std::int64_t{0}}},
       .infer = infer, .reference = reference<true>},
      {.name = "ArgMin", .versions = {1, 11, 12, 13},
       .attributes = {{"axis", std::int64_t{0}}, {"keepdims", std::int64_t{1}}, {"select_last_index", std::int64_t{0}}},
       .infer = infer, .reference = reference<false>},
  };
  return defs;
}

}  // namespace onnxrun
