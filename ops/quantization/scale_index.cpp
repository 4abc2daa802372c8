#include "ops/quantization/scale_index.h"

#include "ops/common/axes.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

// A tensor of rank 1 has one axis, whatever the attribute says.
int scaled_axis(std::int64_t axis, int rank) { return rank == 1 ? 0 : normalize_axis(axis, rank); }

bool single(const Dims& scales) {
  for (const Dim& d : scales) {
    if (!d.is(1)) return false;
  }
  return scales.size() <= 1;
}

}  // namespace

void check_scales(const InferContext& ctx, int scale, int zero_point) {
  const std::int64_t block = ctx.attrs().i("block_size", 0);
  require(block >= 0, "attribute block_size is {}, want 0 or more", block);
  if (!ctx.has_shape(scale)) return;
  const Dims& scales = ctx.shape(scale);
  if (ctx.has_shape(zero_point) && !(single(scales) && single(ctx.shape(zero_point)))) want_shape(ctx, zero_point, scales);
  if (!ctx.has_shape(0) || single(scales)) return;
  require(ctx.rank(0) >= 1, "the scale has shape {}, want one element for a scalar", dims_str(scales));
  const Dims& x = ctx.shape(0);
  const auto axis = static_cast<std::size_t>(scaled_axis(ctx.attrs().i("axis"), ctx.rank(0)));
  Dims want{x[axis]};
  if (block != 0) {
    want = x;
    want[axis] = floor_div(x[axis] + (block - 1), block);
  }
  want_shape(ctx, scale, want);
}

ScaleIndex::ScaleIndex(std::span<const std::int64_t> shape, std::span<const std::int64_t> scales, std::int64_t axis,
                       std::int64_t block_size)
    : single_(scales.empty() || (scales.size() == 1 && scales[0] == 1)) {
  if (single_) return;
  const int at = scaled_axis(axis, static_cast<int>(shape.size()));
  const AxisSplit split = split_at(shape, at);
  axis_ = split.axis;
  inner_ = split.inner;
  block_ = block_size;
  if (block_ != 0) blocks_ = (axis_ + block_ - 1) / block_;
}

}  // namespace onnxrun
