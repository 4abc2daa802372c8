// OneHot: a new dimension of `depth` elements at `axis`: on-value where its index is that of input 0, off-value elsewhere. Indices
// in [-depth, -1] count from the back, others outside are off everywhere. values = [off, on].
// Versions: 11 allowed negative indices, 28 added a type.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"

namespace onnxrun {
namespace {

Dim depth_of(InferContext& ctx) {
  if (const Tensor* t = ctx.constant(1)) {
    require(t->size() == 1, "depth has {} elements, want 1", t->size());
    const std::int64_t depth = converted<std::int64_t>(view_of(*t))[0];
    require(depth >= 0, "depth = {}", depth);
    return depth;
  }
  const auto known = contents_of(ctx, 1);
  return known && known->size() == 1 ? known->front() : ctx.fresh();
}

void infer(InferContext& ctx) {
  if (ctx.has_shape(2)) require(ctx.rank(2) == 1 && (!ctx.shape(2)[0].known() || ctx.shape(2)[0].is(2)), "values have shape {}, want [2]", dims_str(ctx.shape(2)));
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(2), std::nullopt);
  Dims dims = ctx.shape(0);
  dims.insert(dims.begin() + normalize_axis(ctx.attrs().i("axis"), ctx.rank(0) + 1), depth_of(ctx));
  ctx.set(0, ctx.dtype(2), std::move(dims));
}

void reference(ReferenceContext& ctx) {
  const auto indices = converted<std::int64_t>(ctx.in(0));
  const auto in = ctx.in(0).shape;
  const std::int64_t depth = converted<std::int64_t>(ctx.in(1)).at(0);
  require(ErrorCode::kUsage, depth >= 0, "depth = {}", depth);
  Shape shape(in.begin(), in.end());
  const int axis = normalize_axis(ctx.attrs().i("axis"), static_cast<int>(in.size()) + 1);
  shape.insert(shape.begin() + axis, depth);
  ctx.allocate(0, shape);
  const AxisSplit s = split_at(shape, axis);
  dispatch_by_size(ctx.in(2).dtype, [&]<class T>() {
    const T *off = ctx.in(2).as<const T>(), *on = off + 1;
    T* y = ctx.out(0).as<T>();
    std::fill_n(y, ctx.out(0).size, *off);
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        std::int64_t k = indices[static_cast<std::size_t>(o * s.inner + i)];
        if (k < -depth || k >= depth) continue;
        y[(o * depth + (k < 0 ? k + depth : k)) * s.inner + i] = *on;
      }
    }
  });
}

}  // namespace

std::span<const OpDef> one_hot_ops() {
  static const OpDef defs[] = {
      {.name = "OneHot", .versions = {9, 11, 28}, .inputs = {3, 3}, .attributes = {{"axis", std::int64_t{-1}}}, .infer = infer,
       .reference = reference, .traits = {.shape_inputs = 1u << 1}},
  };
  return defs;
}

}  // namespace onnxrun
