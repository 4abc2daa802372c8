// DynamicQuantizeLinear: one scale and zero point for all of x, from its range extended to 0:
//   scale = (max - min) / 255 (1 when x is all zeros), zero_point = saturate(round(-min / scale)),
//   y = saturate(round(x / scale) + zero_point), ties to even.
#include <algorithm>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/window.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kFloat32});
  ctx.set(0, Type::tensor(DType::kUInt8, ctx.in(0).shape, layout_of_input(ctx)));
  ctx.set(1, DType::kFloat32, Dims{});
  ctx.set(2, DType::kUInt8, Dims{});
}

void reference(ReferenceContext& ctx) {
  float low = 0, high = 0;
  for (const float v : ctx.in<float>(0)) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  const float scale = high == low ? 1.0f : (high - low) / 255.0f;
  const double zero = std::clamp(round_even(-low / scale), 0.0, 255.0);
  Reals y;
  for (const float v : ctx.in<float>(0)) y.push_back(round_even(v / scale) + zero);
  write_reals(ctx.out(0), y);
  write_real(ctx.out(1), 0, scale);
  write_real(ctx.out(2), 0, zero);
}

}  // namespace

std::span<const OpDef> dynamic_quantize_linear_ops() {
  static const OpDef defs[] = {
      {.name = "DynamicQuantizeLinear", .versions = {11}, .outputs = {3, 3}, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
