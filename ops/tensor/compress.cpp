// Compress: the slices along `axis` (the elements, without one) whose place in the condition is true. The condition may be
// shorter than the dimension. Versions: types only.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kBool});
  want_rank(ctx, 1, 1);
  if (!ctx.attrs().has("axis")) return ctx.set(0, ctx.dtype(0), Dims{ctx.fresh()});
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  Dims dims = ctx.shape(0);
  dims[static_cast<std::size_t>(normalize_axis(ctx.attrs().i("axis"), ctx.rank(0)))] = ctx.fresh();
  ctx.set(0, ctx.dtype(0), std::move(dims));
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape;
  const bool flat = !ctx.attrs().has("axis");
  const int axis = flat ? 0 : normalize_axis(ctx.attrs().i("axis"), static_cast<int>(in.size()));
  const AxisSplit s = flat ? AxisSplit{1, ctx.in(0).size, 1} : split_at(in, axis);
  std::vector<std::int64_t> chosen;
  for (std::int64_t k = 0; k < std::min(s.axis, ctx.in(1).size); ++k) {
    if (load(ctx.in(1).as<const bool>(), k)) chosen.push_back(k);
  }
  Shape shape(in.begin(), in.end());
  if (flat) shape.assign(1, 0);
  shape[static_cast<std::size_t>(axis)] = static_cast<std::int64_t>(chosen.size());
  ctx.allocate(0, shape);
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    T* y = ctx.out(0).as<T>();
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (const std::int64_t k : chosen) y = std::copy_n(x + (o * s.axis + k) * s.inner, s.inner, y);
    }
  });
}

}  // namespace

std::span<const OpDef> compress_ops() {
  static const OpDef defs[] = {
      {.name = "Compress", .versions = {9, 11, 28}, .inputs = {2, 2}, .attributes = {{"axis", {}}}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
