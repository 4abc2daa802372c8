// com.microsoft.CropAndResize(x [N, C, H, W], rois [R, 4] = (y1, x1, y2, x2) in parts of the image, batch_indices [R], crop_size
// [2]): y [R, C, crop height, crop width], each place of a crop read from x by bilinear or nearest sampling, corners on corners;
// places outside the image get extrapolation_value.
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

enum Input { kX, kRois, kBatch, kSize };

void infer(InferContext& ctx) {
  want_float(ctx, kX);
  want_same_dtype(ctx, kX, kRois);
  for (const int i : {kBatch, kSize}) want_dtype(ctx, i, {DType::kInt32});
  const std::string& mode = ctx.attrs().s("mode");
  require(mode == "bilinear" || mode == "nearest", "attribute mode is '{}', want bilinear or nearest", mode);
  want_rank(ctx, kX, 4);
  const Dim rois = ctx.has_shape(kRois) && ctx.rank(kRois) > 0 ? ctx.shape(kRois)[0] : ctx.fresh();
  want_shape(ctx, kRois, {rois, 4});
  want_shape(ctx, kBatch, {rois});
  want_shape(ctx, kSize, {2});
  const std::vector<Dim>* size = ctx.contents(kSize);
  for (std::size_t i = 0; size != nullptr && i < size->size(); ++i) {
    require(!(*size)[i].known() || (*size)[i].value() >= 1, "crop_size holds {}, want 1 or more", (*size)[i].str());
  }
  ctx.set(0, ctx.dtype(kX),
          Dims{rois, ctx.has_shape(kX) ? ctx.shape(kX)[1] : ctx.fresh(), size ? (*size)[0] : ctx.fresh(),
               size ? (*size)[1] : ctx.fresh()});
}

// Where place i of `count` lies along an axis of `size` elements.
double place(double low, double high, std::int64_t i, std::int64_t count, std::int64_t size) {
  const auto last = static_cast<double>(size - 1);
  if (count == 1) return 0.5 * (low + high) * last;
  return low * last + static_cast<double>(i) * (high - low) * last / static_cast<double>(count - 1);
}

double sample(const double* plane, std::int64_t height, std::int64_t width, double y, double x, bool nearest, double outside) {
  if (!(y >= 0 && y <= static_cast<double>(height - 1) && x >= 0 && x <= static_cast<double>(width - 1))) return outside;
  if (nearest) return plane[static_cast<std::int64_t>(std::round(y)) * width + static_cast<std::int64_t>(std::round(x))];
  const auto top = static_cast<std::int64_t>(std::floor(y)), left = static_cast<std::int64_t>(std::floor(x));
  const auto bottom = static_cast<std::int64_t>(std::ceil(y)), right = static_cast<std::int64_t>(std::ceil(x));
  const double dy = y - static_cast<double>(top), dx = x - static_cast<double>(left);
  const double upper = plane[top * width + left] * (1 - dx) + plane[top * width + right] * dx;
  const double lower = plane[bottom * width + left] * (1 - dx) + plane[bottom * width + right] * dx;
  return upper * (1 - dy) + lower * dy;
}

void reference(ReferenceContext& ctx) {
  const auto s = ctx.in(kX).shape;
  const std::int64_t rois = ctx.in(kRois).shape[0], rows = ctx.in<std::int32_t>(kSize)[0],
                     columns = ctx.in<std::int32_t>(kSize)[1];
  require(ErrorCode::kUsage, rows >= 1 && columns >= 1, "crop_size is {} x {}, want 1 or more", rows, columns);
  const TensorView view = ctx.allocate(0, Shape{rois, s[1], rows, columns});
  const Reals x = read_reals(ctx.in(kX)), roi = read_reals(ctx.in(kRois));
  const bool nearest = ctx.attrs().s("mode") == "nearest";
  Reals y;
  y.reserve(static_cast<std::size_t>(view.size));
  for (std::int64_t r = 0; r < rois; ++r) {
    const std::int64_t batch = ctx.in<std::int32_t>(kBatch)[static_cast<std::size_t>(r)];
    require(ErrorCode::kUsage, batch >= 0 && batch < s[0], "batch_indices[{}] is {}, want 0 to {}", r, batch, s[0] - 1);
    const double* box = roi.data() + r * 4;
    for (std::int64_t c = 0; c < s[1]; ++c) {
      const double* plane = x.data() + (batch * s[1] + c) * s[2] * s[3];
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t j = 0; j < columns; ++j) {
          y.push_back(sample(plane, s[2], s[3], place(box[0], box[2], i, rows, s[2]), place(box[1], box[3], j, columns, s[3]),
                             nearest, ctx.attrs().f("extrapolation_value")));
        }
      }
    }
  }
  write_reals(view, y);
}

}  // namespace

std::span<const OpDef> crop_and_resize_ops() {
  static const OpDef defs[] = {
      {.name = "CropAndResize",
       .domain = kMicrosoft,
       .inputs = {4, 4},
       .attributes = {{"extrapolation_value", 0.0f}, {"mode", std::string("bilinear")}},
       .infer = infer,
       .reference = reference,
       .traits = {.shape_inputs = 1u << kSize}},
  };
  return defs;
}

}  // namespace onnxrun
