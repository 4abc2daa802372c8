// RoiAlign: each region [x1, y1, x2, y2] of a feature map, cut into output_height x output_width bins; a bin is the mean (or for
// mode max the largest weighted neighbour) of bilinear samples on a grid of sampling_ratio^2 points, or of about one per element.
// Versions: 10 doesn't shift coordinates by half an element (output_half_pixel); 16 chooses; 22 added a type.
#include <array>
#include <cmath>

#include "engine/ir/reference.h"
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

// Four neighbours of a point, with their weights.
struct Sample {
  std::array<std::int64_t, 4> at{};
  std::array<double, 4> weight{};
};

Sample sample(double y, double x, std::int64_t height, std::int64_t width) {
  Sample s;
  if (!(y >= -1 && y <= static_cast<double>(height) && x >= -1 && x <= static_cast<double>(width))) return s;
  const auto split = [](double v, std::int64_t size, std::int64_t& low, std::int64_t& high) {
    v = std::max(v, 0.0);
    low = std::min(static_cast<std::int64_t>(v), size - 1);
    high = std::min(low + 1, size - 1);
    return low == size - 1 ? 0.0 : v - static_cast<double>(low);
  };
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  const double dy = split(y, height, top, bottom), dx = split(x, width, left, right);
  s.at = {top * width + left, top * width + right, bottom * width + left, bottom * width + right};
  s.weight = {(1 - dy) * (1 - dx), (1 - dy) * dx, dy * (1 - dx), dy * dx};
  return s;
}

// The points of one bin, in the feature map's coordinates.
std::vector<Sample> samples_of(double top, double left, double bin_height, double bin_width, std::int64_t rows, std::int64_t columns,
                               std::int64_t height, std::int64_t width) {
  std::vector<Sample> out;
  for (std::int64_t i = 0; i < rows; ++i) {
    const double y = top + (static_cast<double>(i) + 0.5) * bin_height / static_cast<double>(rows);
    for (std::int64_t j = 0; j < columns; ++j) {
      out.push_back(sample(y, left + (static_cast<double>(j) + 0.5) * bin_width / static_cast<double>(columns), height, width));
    }
  }
  return out;
}

double pooled(const std::vector<Sample>& samples, const double* pixels, bool max) {
  double result = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (std::size_t k = 0; k < 4; ++k) {
      const double v = samples[i].weight[k] * pixels[samples[i].at[k]];
      result = !max ? result + v : i + k == 0 ? v : std::max(result, v);
    }
  }
  return max || samples.empty() ? result : result / static_cast<double>(samples.size());
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(kX).shape, out = ctx.out(0).shape;
  const std::int64_t channels = in[1], height = in[2], width = in[3];
  const bool max = ctx.attrs().s("mode") == "max", shifted = ctx.attrs().s("coordinate_transformation_mode") == "half_pixel";
  const double scale = ctx.attrs().f("spatial_scale"), shift = shifted ? 0.5 : 0.0;
  const Reals x = read_reals(ctx.in(kX)), rois = read_reals(ctx.in(kRois));
  const auto batch = ctx.in<std::int64_t>(kBatch);
  require(ErrorCode::kUsage, height * width > 0 || ctx.out(0).size == 0, "an empty feature map");
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  for (std::int64_t n = 0; n < out[0]; ++n) {
    const double* roi = rois.data() + n * 4;
    const std::int64_t image = batch[static_cast<std::size_t>(n)];
    require(ErrorCode::kUsage, image >= 0 && image < in[0], "region {} lies in image {} of {}", n, image, in[0]);
    const double left = roi[0] * scale - shift, top = roi[1] * scale - shift;
    double region_width = roi[2] * scale - shift - left, region_height = roi[3] * scale - shift - top;
    if (!shifted) {
      region_width = std::max(region_width, 1.0);
      region_height = std::max(region_height, 1.0);
    }
    const double bin_height = region_height / static_cast<double>(out[2]), bin_width = region_width / static_cast<double>(out[3]);
    require(ErrorCode::kUsage, bin_height < 1e4 && bin_width < 1e4, "region {} has bins of {} x {} elements", n, bin_height, bin_width);
    const std::int64_t ratio = ctx.attrs().i("sampling_ratio");
    const std::int64_t rows = ratio > 0 ? ratio : static_cast<std::int64_t>(std::ceil(bin_height));
    const std::int64_t columns = ratio > 0 ? ratio : static_cast<std::int64_t>(std::ceil(bin_width));
    for (std::int64_t i = 0; i < out[2]; ++i) {
      for (std::int64_t j = 0; j < out[3]; ++j) {
        const auto samples = samples_of(top + static_cast<double>(i) * bin_height, left + static_cast<double>(j) * bin_width, bin_height, bin_width,
                                        rows, columns, height, width);
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
