// CenterCropPad: crops (or pads with zeros) every dimension, or those in `axes`, around its centre to the sizes of input 1. An
// odd number of elements: one more is cut or added at the end.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/index_map.h"

namespace onnxrun {
namespace {

std::vector<std::size_t> axes_of(const Attributes& attrs, int rank) {
  std::vector<std::size_t> out;
  if (!attrs.has("axes")) {
    for (int i = 0; i < rank; ++i) out.push_back(static_cast<std::size_t>(i));
    return out;
  }
  for (const std::int64_t axis : attrs.ints("axes")) {
    out.push_back(static_cast<std::size_t>(normalize_axis(axis, rank)));
    require(std::count(out.begin(), out.end(), out.back()) == 1, "axis {} is given twice", axis);
  }
  return out;
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt32, DType::kInt64});
  want_rank(ctx, 1, 1);
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  const auto axes = axes_of(ctx.attrs(), ctx.rank(0));
  const auto sizes = contents_of(ctx, 1);
  require(!sizes || sizes->size() == axes.size(), "{} sizes for {} axes", sizes ? sizes->size() : 0, axes.size());
  Dims dims = ctx.shape(0);
  for (std::size_t k = 0; k < axes.size(); ++k) {
    Dim& d = dims[axes[k]];
    d = sizes ? (*sizes)[k] : ctx.fresh();
    require(!d.known() || d.value() >= 0, "a size of {}", d.str());
  }
  ctx.set(0, ctx.dtype(0), std::move(dims));
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape;
  const auto sizes = converted<std::int64_t>(ctx.in(1));
  const auto axes = axes_of(ctx.attrs(), static_cast<int>(in.size()));
  require(ErrorCode::kUsage, sizes.size() == axes.size(), "{} sizes for {} axes", sizes.size(), axes.size());
  Shape out(in.begin(), in.end());
  for (std::size_t k = 0; k < axes.size(); ++k) out[axes[k]] = sizes[k];
  IndexMaps maps;
  for (std::size_t d = 0; d < in.size(); ++d) {
    maps.emplace_back();
    const std::int64_t crop = std::max<std::int64_t>(0, in[d] - out[d]) / 2, pad = std::max<std::int64_t>(0, out[d] - in[d]) / 2;
    for (std::int64_t i = 0; i < out[d]; ++i) {
      const std::int64_t at = i - pad + crop;
      maps.back().push_back(at >= 0 && at < in[d] ? at : -1);
    }
  }
  ctx.allocate(0, out);
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() { copy_by_maps(ctx.in(0).as<const T>(), in, maps, T{}, ctx.out(0).as<T>()); });
}

}  // namespace

std::span<const OpDef> center_crop_pad_ops() {
  static const OpDef defs[] = {
      {.name = "CenterCropPad", .versions = {18}, .inputs = {2, 2}, .attributes = {{"axes", {}}}, .infer = infer, .reference = reference,
       .traits = {.shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
