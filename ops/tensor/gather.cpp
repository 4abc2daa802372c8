// Gather: along `axis`, the entries that `indices` name: y[a..., i..., b...] = data[a..., indices[i...], b...].
// Versions: 11 allowed negative indices, 13 added a type.
// onnxrun.TakeRows: Gather by indices that are 0, 1, 2, ... where y has as many elements as data. Who makes one vouches for that.
#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"
#include "ops/common/index.h"

namespace onnxrun {
namespace {

// Elements of a known vector at known places.
void infer_contents(InferContext& ctx) {
  const auto data = contents_of(ctx, 0);
  const auto indices = numbers_of(ctx, 1);
  if (!data || !indices) return;
  Contents out;
  for (const std::int64_t i : *indices) {
    out.push_back((*data)[static_cast<std::size_t>(checked_index(i, static_cast<std::int64_t>(data->size())))]);
  }
  ctx.set_contents(0, std::move(out));
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64, DType::kInt32});
  if (!ctx.has_shape(0) || !ctx.has_shape(1)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  const Dims &data = ctx.shape(0), &indices = ctx.shape(1);
  const int axis = normalize_axis(ctx.attrs().i("axis"), ctx.rank(0));
  want_indices_within(ctx, 1, {&data[static_cast<std::size_t>(axis)], 1});
  Dims dims(data.begin(), data.begin() + axis);
  dims.insert(dims.end(), indices.begin(), indices.end());
  dims.insert(dims.end(), data.begin() + axis + 1, data.end());
  const bool small = data.size() == 1 && indices.size() <= 1;
  ctx.set(0, ctx.dtype(0), std::move(dims));
  if (small) infer_contents(ctx);
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const AxisSplit s = split_at(shape, normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size())));
  const auto indices = checked_indices(ctx.in(1), s.axis);
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    T* y = ctx.out(0).as<T>();
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (const std::int64_t i : indices) y = std::copy_n(x + (o * s.axis + i) * s.inner, s.inner, y);
    }
  });
}

}  // namespace

std::span<const OpDef> gather_ops() {
  static const OpDef defs[] = {
      {.name = "Gather", .versions = {1, 11, 13}, .inputs = {2, 2}, .attributes = {{"axis", std::int64_t{0}}}, .infer = infer,
       .reference = reference},
      {.name = "TakeRows", .domain = kInternal, .inputs = {2, 2}, .attributes = {{"axis", std::int64_t{0}}}, .infer = infer,
       .reference = reference, .traits = {.view_if_whole = true}},
  };
  return defs;
}

}  // namespace onnxrun
