// MaxRoiPool: the maxima of pooled_shape cells of every region. x [N, C, H, W], rois [R, 5] = (batch, x1, y1, x2, y2), which are
// scaled and rounded to whole pixels, both ends included; y [R, C, pooled height, pooled width]. An empty cell gives 0.
#include <algorithm>
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_same_dtype(ctx, 0, 1);
  want_rank(ctx, 0, 4);
  const Ints& pooled = ctx.attrs().ints("pooled_shape");
  require(pooled.size() == 2 && std::ranges::all_of(pooled, [](std::int64_t p) { return p >= 1 && p < (std::int64_t{1} << 31); }),
          "attribute pooled_shape must be two sizes of 1 or more");
  const Dim rois = ctx.has_shape(1) && ctx.rank(1) > 0 ? ctx.shape(1)[0] : ctx.fresh();
  want_shape(ctx, 1, {rois, 5});
  ctx.set(0, ctx.dtype(0), Dims{rois, ctx.has_shape(0) ? ctx.shape(0)[1] : ctx.fresh(), pooled[0], pooled[1]});
}

// One axis of a region: where its cells begin and end.
struct Span {
  double first, cell;
  std::int64_t size;
  Span(double low, double high, double scale, std::int64_t cells, std::int64_t size)
      : first(std::round(low * scale)),
        cell(std::max(std::round(high * scale) - first + 1, 1.0) / static_cast<double>(cells)),
        size(size) {}
  std::int64_t clamp(double at) const {
    return static_cast<std::int64_t>(std::clamp(at + first, 0.0, static_cast<double>(size)));
  }
  std::int64_t begin(std::int64_t i) const { return clamp(std::floor(static_cast<double>(i) * cell)); }
  std::int64_t end(std::int64_t i) const { return clamp(std::ceil(static_cast<double>(i + 1) * cell)); }
};

void reference(ReferenceContext& ctx) {
  const auto s = ctx.in(0).shape, out = ctx.out(0).shape;
  const Reals x = read_reals(ctx.in(0)), rois = read_reals(ctx.in(1));
  const double scale = ctx.attrs().f("spatial_scale");
  for (std::int64_t r = 0; r < out[0]; ++r) {
    const double* roi = rois.data() + r * 5;
    require(ErrorCode::kUsage, roi[0] >= 0 && roi[0] < static_cast<double>(s[0]), "region {} is of batch item {}, want 0 to {}",
            r, roi[0], s[0] - 1);
    for (int i = 1; i < 5; ++i) require(ErrorCode::kUsage, std::isfinite(roi[i]), "region {} has the corner {}", r, roi[i]);
    const Span rows(roi[2], roi[4], scale, out[2], s[2]), columns(roi[1], roi[3], scale, out[3], s[3]);
    for (std::int64_t c = 0; c < s[1]; ++c) {
      const double* plane = x.data() + (static_cast<std::int64_t>(roi[0]) * s[1] + c) * s[2] * s[3];
      for (std::int64_t i = 0; i < out[2]; ++i) {
        for (std::int64_t j = 0; j < out[3]; ++j) {
          double top = -std::numeric_limits<double>::infinity();
          for (std::int64_t h = rows.begin(i); h < rows.end(i); ++h) {
            for (std::int64_t w = columns.begin(j); w < columns.end(j); ++w) top = std::max(top, plane[h * s[3] + w]);
          }
          write_real(ctx.out(0), ((r * s[1] + c) * out[2] + i) * out[3] + j, std::isinf(top) && top < 0 ? 0 : top);
        }
      }
    }
  }
}

}  // namespace

std::span<const OpDef> max_roi_pool_ops() {
  static const OpDef defs[] = {
      {.name = "MaxRoiPool",
       .versions = {1, 22},
       .inputs = {2, 2},
       .attributes = {{"pooled_shape", std::nullopt, true}, {"spatial_scale", 1.0f}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
