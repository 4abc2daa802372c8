// CumSum, CumProd: running sums and products along an axis (a scalar input); `exclusive` leaves the element itself out,
// `reverse` runs from the end. Versions: types only.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/arithmetic.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/infer_same.h"
#include "ops/common/total.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt32, DType::kInt64});
  const auto axis = number_of(ctx, 1);
  if (axis && ctx.has_shape(0)) normalize_axis(*axis, ctx.rank(0));
  infer_same(ctx);
}

template <bool kSum>
void reference(ReferenceContext& ctx) {
  const bool exclusive = ctx.attrs().i("exclusive") != 0, reverse = ctx.attrs().i("reverse") != 0;
  const auto shape = ctx.in(0).shape;
  require(ErrorCode::kUsage, ctx.in(1).size == 1, "the axis has {} elements, want 1", ctx.in(1).size);
  const AxisSplit s = split_at(shape, normalize_axis(converted<std::int64_t>(ctx.in(1))[0], static_cast<int>(shape.size())));
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        Total<T> total = kSum ? 0 : 1;
        for (std::int64_t k = 0; k < s.axis; ++k) {
          const auto at = static_cast<std::size_t>((o * s.axis + (reverse ? s.axis - 1 - k : k)) * s.inner + i);
          const auto v = convert_element<Total<T>>(x[at]);
          const auto next = kSum ? wrap_add(total, v) : wrap_mul(total, v);
          y[at] = convert_element<T>(exclusive ? total : next);
          total = next;
        }
      }
    }
  });
}

OpDef row(std::string_view name, std::vector<int> versions, void (*reference_fn)(ReferenceContext&)) {
  return {.name = name, .versions = std::move(versions), .inputs = {2, 2},
          .attributes = {{"exclusive", std::int64_t{0}}, {"reverse", std::int64_t{0}}}, .infer = infer, .reference = reference_fn};
}

}  // namespace

std::span<const OpDef> cumulative_ops() {
  static const OpDef defs[] = {
      row("CumSum", {11, 14}, reference<true>),
      row("CumProd", {26}, reference<false>),
  };
  return defs;
}

}  // namespace onnxrun
