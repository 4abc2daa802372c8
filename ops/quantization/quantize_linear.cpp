// QuantizeLinear: y = saturate(round(x / scale) + zero_point), ties to even; DequantizeLinear: y = (x - zero_point) * scale.
// Scales are one for all, one per place along `axis`, or with block_size one per block of elements along it.
// Versions: 10 has one scale for all; 13 adds axis, 19 8-bit floats and saturate, 21 blocks, output_dtype and more types,
// 23 precision and float4; 28 adds 6-bit floats.
#include "engine/base/half.h"
#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/small_numbers.h"
#include "ops/common/window.h"
#include "ops/quantization/scale_index.h"

namespace onnxrun {
namespace {

enum Input { kX, kScale, kZeroPoint };

bool is_quantized(DType d) {
  switch (d) {
    case DType::kUInt8:
    case DType::kInt8:
    case DType::kUInt16:
    case DType::kInt16:
      return true;
    default:
      return is_small_number(d) && d != DType::kFloat8E8M0;
  }
}

// The element type that an attribute names; kUndefined for 0.
DType optional_dtype(const InferContext& ctx, std::string_view name) {
  return ctx.attrs().i(name) == 0 ? DType::kUndefined : dtype_attribute(ctx.attrs(), name);
}

void infer_quantize(InferContext& ctx) {
  want_dtype(ctx, kX, {DType::kFloat32, DType::kFloat16, DType::kBFloat16, DType::kInt32});
  want_dtype(ctx, kScale, {DType::kFloat32, DType::kFloat16, DType::kBFloat16, DType::kInt32, DType::kFloat8E8M0});
  check_scales(ctx, kScale, kZeroPoint);
  DType to = optional_dtype(ctx, "output_dtype");
  if (ctx.has(kZeroPoint) && ctx.dtype(kZeroPoint) != DType::kUndefined) {
    require(to == DType::kUndefined || to == ctx.dtype(kZeroPoint), "attribute output_dtype is {}, but the zero point is {}",
            dtype_name(to), dtype_name(ctx.dtype(kZeroPoint)));
    to = ctx.dtype(kZeroPoint);
  } else if (!ctx.has(kZeroPoint) && to == DType::kUndefined) {
    to = DType::kUInt8;
  }
  require(to == DType::kUndefined || is_quantized(to),
          "the result would be {}, want an integer of up to 16 bits or a float of up to 8", dtype_name(to));
  ctx.set(0, Type::tensor(to, ctx.in(kX).shape, layout_of_input(ctx)));
}

void infer_dequantize(InferContext& ctx) {
  const DType x = ctx.dtype(kX);
  require(x == DType::kUndefined || x == DType::kInt32 || is_quantized(x),
          "input 0 is {}, want int32, an integer of up to 16 bits or a float of up to 8", dtype_name(x));
  want_dtype(ctx, kScale, {DType::kFloat32, DType::kFloat16, DType::kBFloat16, DType::kFloat8E8M0});
  want_same_dtype(ctx, kX, kZeroPoint);
  check_scales(ctx, kScale, kZeroPoint);
  DType to = optional_dtype(ctx, "output_dtype");
  if (to == DType::kUndefined) to = ctx.dtype(kScale) == DType::kFloat8E8M0 ? DType::kFloat32 : ctx.dtype(kScale);
  require(to == DType::kUndefined || to == DType::kFloat32 || to == DType::kFloat16 || to == DType::kBFloat16,
          "attribute output_dtype is {}, want f32, f16 or bf16", dtype_name(to));
  ctx.set(0, Type::tensor(to, ctx.in(kX).shape, layout_of_input(ctx)));
}

// a / b as arithmetic of type `precision` gives it.
double divide(double a, double b, DType precision) {
  const float q = static_cast<float>(a) / static_cast<float>(b);
  if (precision == DType::kFloat16) return static_cast<float>(Float16(q));
  if (precision == DType::kBFloat16) return static_cast<float>(BFloat16(q));
  return q;
}

void quantize(ReferenceContext& ctx) {
  const TensorView &scale_view = ctx.in(kScale), &y = ctx.out(0);
  const ScaleIndex index(ctx.in(kX).shape, scale_view.shape, ctx.attrs().i("axis"), ctx.attrs().i("block_size"));
  Reals x = read_reals(ctx.in(kX));
  const Reals scale = read_reals(scale_view), zero = read_reals(ctx.has(kZeroPoint) ? ctx.in(kZeroPoint) : TensorView{});
  const std::int64_t given = ctx.attrs().i("precision");
  const DType precision = given != 0 ? static_cast<DType>(given) : scale_view.dtype;
  const bool rounds = !is_small_float(y.dtype);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t s = index(static_cast<std::int64_t>(i));
    const double q = divide(x[i], scale[s], precision);
    x[i] = (rounds ? round_even(q) : q) + (zero.empty() ? 0 : zero[s]);
  }
  write_reals(y, x, ctx.attrs().i("saturate") != 0);
}

void dequantize(ReferenceContext& ctx) {
  const ScaleIndex index(ctx.in(kX).shape, ctx.in(kScale).shape, ctx.attrs().i("axis"), ctx.attrs().i("block_size"));
  Reals x = read_reals(ctx.in(kX));
  const Reals scale = read_reals(ctx.in(kScale)), zero = read_reals(ctx.has(kZeroPoint) ? ctx.in(kZeroPoint) : TensorView{});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t s = index(static_cast<std::int64_t>(i));
    x[i] = (x[i] - (zero.empty() ? 0 : zero[s])) * scale[s];
  }
  write_reals(ctx.out(0), x);
}

}  // namespace

std::span<const OpDef> quantize_linear_ops() {
  static const OpDef defs[] = {
      {.name = "QuantizeLinear",
       .versions = {10, 13, 19, 21, 23, 24, 25, 28},
       .inputs = {2, 3},
       .attributes = {{"axis", std::int64_t{1}},
                      {"block_size", std::int64_t{0}},
                      {"output_dtype", std::int64_t{0}},
                      {"precision", std::int64_t{0}},
                      {"saturate", std::int64_t{1}}},
       .infer = infer_quantize,
       .reference = quantize},
      {.name = "DequantizeLinear",
       .versions = {10, 13, 19, 21, 23, 24, 25, 28},
       .inputs = {2, 3},
       .attributes = {{"axis", std::int64_t{1}}, {"block_size", std::int64_t{0}}, {"output_dtype", std::int64_t{0}}},
       .infer = infer_dequantize,
       .reference = dequantize},
  };
  return defs;
}

}  // namespace onnxrun
