// Shape: the input's sizes, from dimension `start` up to `end` (exclusive). Size: the number of its elements.
// Versions: 15 added start and end; the others types.
#include <algorithm>

#include "engine/ir/reference.h"
#include "ops/common/contents.h"

namespace onnxrun {
namespace {

// [start, end) of `rank` dimensions; negative numbers count from the back, all are clamped.
std::pair<std::int64_t, std::int64_t> range_of(const Attributes& attrs, std::int64_t rank) {
  const auto clamp = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank); };
  const std::int64_t start = clamp(attrs.i("start"));
  return {start, std::max(start, clamp(attrs.i("end", rank)))};
}

void infer_shape(InferContext& ctx) {
  if (!ctx.has_shape(0)) return ctx.set(0, DType::kInt64, ctx.fresh_dims(1));
  const auto [start, end] = range_of(ctx.attrs(), ctx.rank(0));
  ctx.set(0, DType::kInt64, Dims{end - start});
  ctx.set_contents(0, {ctx.shape(0).begin() + start, ctx.shape(0).begin() + end});
}

void shape_reference(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const auto [start, end] = range_of(ctx.attrs(), static_cast<std::int64_t>(shape.size()));
  const std::int64_t count[] = {end - start};
  std::copy(shape.begin() + start, shape.begin() + end, ctx.allocate(0, count).as<std::int64_t>());
}

void infer_size(InferContext& ctx) {
  ctx.set(0, DType::kInt64, Dims{});
  if (ctx.has_shape(0)) ctx.set_contents(0, {dims_product(ctx.shape(0))});
}

void size_reference(ReferenceContext& ctx) { *ctx.out(0).as<std::int64_t>() = ctx.in(0).size; }

}  // namespace

std::span<const OpDef> shape_ops() {
  static const OpDef defs[] = {
      {.name = "Shape", .versions = {1, 13, 15, 19, 21, 23, 24, 25}, .attributes = {{"start", std::int64_t{0}}, {"end", {}}},
       .infer = infer_shape, .reference = shape_reference},
      {.name = "Size", .versions = {1, 13, 19, 21, 23, 24, 25}, .infer = infer_size, .reference = size_reference},
  };
  return defs;
}

}  // namespace onnxrun
