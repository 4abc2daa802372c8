// RoiAlign: each region [x1, y1, x2, y2] of a feature map, cut into output_height x output_width bins; a bin is the mean (or for
// mode max the largest weighted neighbour) of bilinear samples on a grid of sampling_ratio^2 points, or of about one per element.
// Versions: 10 doesn't shift coordinates by half an element (output_half_pixel); 16 chooses; 22 added a type.
#include "engine/ir/reference.h"
#include "engine/ir/roi_sampler.h"
#include "engine/ir/upgrade.h"
#include "ops/common/index.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

enum Input { kX, kRois, kBatch };

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() < 16) ctx.old_default("coordinate_transformation_mode", std::string("output_half_pixel"));
}

void infer(InferContext& ctx) {
  const std::string &mode = ctx.attrs().s("mode"), &where = ctx.attrs().s("coordinate_transformation_mode");
  require(mode == "avg" || mode == "max", "mode = \"{}\", want avg or max", mode);
  require(where == "half_pixel" || where == "output_half_pixel", "coordinate_transformation_mode = \"{}\", want half_pixel or output_half_pixel", where);
  const std::int64_t height = ctx.attrs().i("output_height"), width = ctx.attrs().i("output_width"), ratio = ctx.attrs().i("sampling_ratio");
  require(height > 0 && width > 0, "output of {} x {}", height, width);
  require(ratio >= 0 && ratio <= 1024, "sampling_ratio = {}", ratio);
  want_float(ctx, kX);
  want_same_dtype(ctx, kX, kRois);
  want_dtype(ctx, kBatch, {DType::kInt64});
  want_rank(ctx, kX, 4);
  want_rank(ctx, kRois, 2);
  want_rank(ctx, kBatch, 1);
  if (ctx.has_shape(kRois)) same_dim(ctx.shape(kRois)[1], 4, "the numbers of a region");
  const Dim regions = ctx.has_shape(kRois) ? ctx.shape(kRois)[0] : ctx.fresh();
  ctx.set(0, ctx.dtype(kX), Dims{ctx.has_shape(kBatch) ? same_dim(regions, ctx.shape(kBatch)[0], "the number of regions") : regions,
                                 ctx.has_shape(kX) ? ctx.shape(kX)[1] : ctx.fresh(), height, width});
}

// The points of one bin.
std::vector<RoiSample> samples_of(const RoiBins& bins, std::int64_t i, std::int64_t j, std::int64_t height, std::int64_t width) {
  std::vector<RoiSample> out;
  for (std::int64_t row = 0; row < bins.rows; ++row) {
    for (std::int64_t column = 0; column < bins.columns; ++column) out.push_back(bins.sample(i, j, row, column, height, width));
  }
  return out;
}

double pooled(const std::vector<RoiSample>& samples, const double* pixels, bool max) {
  double result = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      const double v = samples[i].weight[k] == 0 ? 0 : samples[i].weight[k] * pixels[samples[i].at[k]];
      result = !max ? result + v : i + k == 0 ? v : std::max(result, v);
    }
  }
  return max || samples.empty() ? result : result / static_cast<double>(samples.size());
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(kX).shape, out = ctx.out(0).shape;
  const std::int64_t channels = in[1], height = in[2], width = in[3];
  const bool max = ctx.attrs().s("mode") == "max";
  const Reals x = read_reals(ctx.in(kX)), rois = read_reals(ctx.in(kRois));
  const auto batch = ctx.in<std::int64_t>(kBatch);
  require(ErrorCode::kUsage, height * width > 0 || ctx.out(0).size == 0, "an empty feature map");
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  for (std::int64_t n = 0; n < out[0]; ++n) {
    const std::int64_t image = batch[static_cast<std::size_t>(n)];
    require(ErrorCode::kUsage, image >= 0 && image < in[0], "region {} lies in image {} of {}", n, image, in[0]);
    const RoiBins bins = roi_bins(ctx.attrs(), rois.data() + n * 4, n);
    for (std::int64_t i = 0; i < out[2]; ++i) {
      for (std::int64_t j = 0; j < out[3]; ++j) {
        const auto samples = samples_of(bins, i, j, height, width);
        for (std::int64_t c = 0; c < channels; ++c) {
          const double* pixels = x.data() + (image * channels + c) * height * width;
          y[static_cast<std::size_t>(((n * channels + c) * out[2] + i) * out[3] + j)] = pooled(samples, pixels, max);
        }
      }
    }
  }
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> roi_align_ops() {
  static const OpDef defs[] = {
      {.name = "RoiAlign", .versions = {10, 16, 22}, .inputs = {3, 3},
       .attributes = {{"coordinate_transformation_mode", std::string("half_pixel")},
                      {"mode", std::string("avg")},
                      {"output_height", std::int64_t{1}},
                      {"output_width", std::int64_t{1}},
                      {"sampling_ratio", std::int64_t{0}},
                      {"spatial_scale", 1.0f}},
       .upgrade = upgrade, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
