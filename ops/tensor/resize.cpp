// Resize: every element of the output is taken from the input at a corresponding place (engine/ir/resize_axis.h): the nearest
// element, or a linear or cubic interpolation, one dimension after the other. Takes over the layout. Upsample becomes Resize at
// import.
// Versions: 10 is asymmetric and rounds down (up, when shrinking); 11 added roi, sizes and most attributes; 18 antialias, axes
// and keep_aspect_ratio_policy; 19 half_pixel_symmetric. Upsample: 1 has scales for height and width, 7 for all dimensions,
// both as attributes; 9 as input.
#include "engine/base/function_ref.h"
#include "engine/ir/reference.h"
#include "engine/ir/resize_axis.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/index_map.h"
#include "ops/common/reals.h"

namespace onnxrun {
namespace {

enum Input { kX, kRoi, kScales, kSizes };

// How nodes before opset 11 place and round.
Attributes old_attributes(const UpgradeContext& ctx, const std::string& mode, ValueId scales) {
  bool shrinks = false, grows = false;
  const Value& v = const_cast<UpgradeContext&>(ctx).graph().value(scales);
  if (v.is_constant() && v.constant.dtype() == DType::kFloat32) {
    for (const float s : v.constant.view<float>()) {
      shrinks |= s < 1;
      grows |= s > 1;
    }
  }
  return {{"mode", mode == "bilinear" ? std::string("linear") : mode},
          {"coordinate_transformation_mode", std::string("asymmetric")},
          {"nearest_mode", std::string(shrinks && !grows ? "ceil" : "floor")}};
}

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 11) return;
  const ValueId scales = ctx.in(1);
  require(scales != ValueId::kNone, "input 1 is missing");
  for (const auto& [name, value] : old_attributes(ctx, ctx.attrs().s("mode"), scales)) ctx.attrs().set(name, value);
  ctx.set_in(1, ValueId::kNone);
  ctx.set_in(2, scales);
}

void upgrade_upsample(UpgradeContext& ctx) {
  ValueId scales = ctx.in(1);
  if (ctx.opset() < 9) {
    const Attributes& attrs = ctx.attrs();
    const Floats list = ctx.opset() >= 7 ? attrs.floats("scales") : Floats{1, 1, attrs.f("height_scale"), attrs.f("width_scale")};
    scales = ctx.constant(Tensor::of<float>({static_cast<std::int64_t>(list.size())}, std::span<const float>(list)));
  }
  require(scales != ValueId::kNone, "input 1 is missing");
  ctx.replace_with({ctx.build("Resize", {ctx.in(0), ValueId::kNone, scales}, old_attributes(ctx, ctx.attrs().s("mode"), scales))});
}

// An empty tensor is as good as none.
bool given(const InferContext& ctx, int i) {
  return ctx.has(i) && !(ctx.has_shape(i) && ctx.rank(i) == 1 && ctx.shape(i)[0].is(0));
}

// size * scale, rounded down, for a scale that is a simple fraction.
std::optional<Dim> scaled(const Dim& size, float scale) {
  for (int q = 1; q <= 64; ++q) {
    const float p = std::round(scale * static_cast<float>(q));
    if (p >= 1 && p <= 0x1p20f && p / static_cast<float>(q) == scale) return floor_div(size * Dim(static_cast<std::int64_t>(p)), q);
  }
  return std::nullopt;
}

Dims resized(InferContext& ctx) {
  Dims dims = ctx.shape(kX);
  const auto axes = resized_axes(ctx.attrs(), dims.size());
  const bool crops = ctx.attrs().s("coordinate_transformation_mode") == "tf_crop_and_resize";
  const Tensor* scales = given(ctx, kScales) ? ctx.constant(kScales) : nullptr;
  const auto sizes = given(ctx, kSizes) ? contents_of(ctx, kSizes) : std::nullopt;
  const auto shape = known_shape(dims);
  const auto size_numbers = sizes ? known_shape(*sizes) : std::nullopt;
  const bool roi_known = !crops || ctx.constant(kRoi) != nullptr;
  if (shape && roi_known && (scales || size_numbers)) {
    std::optional<std::vector<float>> list;
    if (scales) list.emplace(scales->view<float>().begin(), scales->view<float>().end());
    const auto plan = resize_plan(ctx.attrs(), *shape, list, size_numbers, crops ? read_reals(view_of(*ctx.constant(kRoi))) : Reals{});
    for (std::size_t d = 0; d < dims.size(); ++d) dims[d] = plan[d].out;
    return dims;
  }
  const std::size_t count = scales ? static_cast<std::size_t>(scales->size()) : sizes ? sizes->size() : axes.size();
  require(count == axes.size(), "{} {} for {} axes", count, scales ? "scales" : "sizes", axes.size());
  const bool stretch = ctx.attrs().s("keep_aspect_ratio_policy") == "stretch";
  for (std::size_t k = 0; k < axes.size(); ++k) {
    Dim& d = dims[axes[k]];
    std::optional<Dim> out;
    if (scales && !crops) out = d.known() ? Dim(scaled_size(d.value(), scales->view<float>()[k])) : scaled(d, scales->view<float>()[k]);
    if (sizes && stretch) out = (*sizes)[k];
    d = out ? *out : ctx.fresh();
  }
  return dims;
}

void infer(InferContext& ctx) {
  const std::string& mode = ctx.attrs().s("mode");
  require(mode == "nearest" || mode == "linear" || mode == "cubic", "mode = \"{}\", want nearest, linear or cubic", mode);
  require(mode == "nearest" || ctx.dtype(kX) != DType::kString, "mode = \"{}\", want nearest for strings", mode);
  source_coordinate(ctx.attrs().s("coordinate_transformation_mode"), {}, 0);
  nearest_index(ctx.attrs().s("nearest_mode"), 0, 1);
  want_dtype(ctx, kScales, {DType::kFloat32});
  want_dtype(ctx, kSizes, {DType::kInt64});
  require(given(ctx, kScales) != given(ctx, kSizes), "wants either scales or sizes, has {}", given(ctx, kSizes) ? "both" : "neither");
  ctx.set(0, Type::tensor(ctx.dtype(kX), ctx.has_shape(kX) ? std::optional(resized(ctx)) : std::nullopt, ctx.in(kX).layout));
}

void nearest(ReferenceContext& ctx, const std::vector<ResizeAxis>& plan, bool crops) {
  const std::string &mode = ctx.attrs().s("coordinate_transformation_mode"), &rounding = ctx.attrs().s("nearest_mode");
  IndexMaps maps;
  for (const ResizeAxis& axis : plan) {
    maps.emplace_back();
    for (std::int64_t i = 0; i < axis.out; ++i) {
      const auto x = axis.identity(crops) ? std::optional(static_cast<double>(i)) : source_coordinate(mode, axis, i);
      maps.back().push_back(x ? nearest_index(rounding, *x, axis.in) : -1);
    }
  }
  const auto copy = [&]<class T>(const T& fill) { copy_by_maps(ctx.in(kX).as<const T>(), ctx.in(kX).shape, maps, fill, ctx.out(0).as<T>()); };
  if (crops && ctx.in(kX).dtype != DType::kString) {  // outside lie empty strings
    constexpr auto kTypes = join(NumberAndBoolTypes{}, TypeList<std::complex<float>, std::complex<double>>{});
    dispatch(ctx.in(kX).dtype, kTypes, [&]<class T>() { copy(convert_element<T>(ctx.attrs().f("extrapolation_value"))); });
  } else {
    dispatch_by_size(ctx.in(kX).dtype, [&]<class T>() { copy(T{}); });
  }
}

// Along dimension d of a tensor of shape `shape`, which becomes the new one.
Reals interpolate(const Attributes& attrs, const Reals& x, Shape& shape, std::size_t d, const ResizeAxis& axis) {
  const AxisSplit s = split_at(shape, static_cast<int>(d));
  shape[d] = axis.out;
  Reals y(static_cast<std::size_t>(element_count(shape)), 0.0);
  for (std::int64_t i = 0; i < axis.out; ++i) {
    const auto at = source_coordinate(attrs.s("coordinate_transformation_mode"), axis, i);
    const Taps taps = at ? taps_at(attrs, axis, *at) : Taps{};
    for (std::int64_t o = 0; o < s.outer; ++o) {
      double* to = y.data() + (o * axis.out + i) * s.inner;
      if (!at) std::fill_n(to, s.inner, attrs.f("extrapolation_value"));
      for (std::size_t k = 0; k < taps.weights.size(); ++k) {
        const std::int64_t from = std::clamp<std::int64_t>(taps.first + static_cast<std::int64_t>(k), 0, axis.in - 1);
        const double* values = x.data() + (o * axis.in + from) * s.inner;
        if (taps.weights[k] == 0) continue;
        for (std::int64_t j = 0; j < s.inner; ++j) to[j] += taps.weights[k] * values[j];
      }
    }
  }
  return y;
}

// A complex tensor's real and imaginary parts, each for itself.
template <class T>
void by_parts(ReferenceContext& ctx, FunctionRef<Reals(Reals)> resized) {
  Reals real, imaginary;
  for (const std::complex<T> v : ctx.in<std::complex<T>>(kX)) {
    real.push_back(static_cast<double>(v.real()));
    imaginary.push_back(static_cast<double>(v.imag()));
  }
  real = resized(std::move(real));
  imaginary = resized(std::move(imaginary));
  const auto y = ctx.out<std::complex<T>>(0);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = {static_cast<T>(real[i]), static_cast<T>(imaginary[i])};
}

void reference(ReferenceContext& ctx) {
  const bool crops = ctx.attrs().s("coordinate_transformation_mode") == "tf_crop_and_resize";
  std::optional<std::vector<float>> scales;
  std::optional<std::vector<std::int64_t>> sizes;
  if (ctx.has(kScales) && ctx.in(kScales).size > 0) scales = converted<float>(ctx.in(kScales));
  if (ctx.has(kSizes) && ctx.in(kSizes).size > 0) sizes = converted<std::int64_t>(ctx.in(kSizes));
  const auto plan = resize_plan(ctx.attrs(), ctx.in(kX).shape, scales, sizes, crops && ctx.has(kRoi) ? read_reals(ctx.in(kRoi)) : Reals{});
  Shape out;
  for (const ResizeAxis& axis : plan) out.push_back(axis.out);
  ctx.allocate(0, out);
  if (ctx.attrs().s("mode") == "nearest") return nearest(ctx, plan, crops);
  const auto resized = [&](Reals x) {
    Shape shape(ctx.in(kX).shape.begin(), ctx.in(kX).shape.end());
    for (std::size_t d = 0; d < plan.size(); ++d) {
      if (!plan[d].identity(crops)) x = interpolate(ctx.attrs(), x, shape, d, plan[d]);
    }
    return x;
  };
  switch (ctx.in(kX).dtype) {
    case DType::kComplex64: return by_parts<float>(ctx, resized);
    case DType::kComplex128: return by_parts<double>(ctx, resized);
    default: return write_reals(ctx.out(0), resized(read_reals(ctx.in(kX))));
  }
}

}  // namespace

std::span<const OpDef> resize_ops() {
  static const OpDef defs[] = {
      {.name = "Resize", .versions = {10, 11, 13, 18, 19}, .inputs = {1, 4},
       .attributes = {{"antialias", std::int64_t{0}},
                      {"axes", {}},
                      {"coordinate_transformation_mode", std::string("half_pixel")},
                      {"cubic_coeff_a", -0.75f},
                      {"exclude_outside", std::int64_t{0}},
                      {"extrapolation_value", 0.0f},
                      {"keep_aspect_ratio_policy", std::string("stretch")},
                      {"mode", std::string("nearest")},
                      {"nearest_mode", std::string("round_prefer_floor")}},
       .upgrade = upgrade, .infer = infer, .reference = reference, .traits = {.shape_inputs = kAllButFirst}},
      {.name = "Upsample", .versions = {1, 7, 9, 10}, .inputs = {1, 2}, .attributes = {{"mode", std::string("nearest")}}, .upgrade = upgrade_upsample},
  };
  return defs;
}

}  // namespace onnxrun
