// IsNaN, and IsInf with a choice of signs: bools. Versions: types only.
#include <cmath>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/dispatch.h"
#include "ops/common/packed.h"
#include "ops/common/small_numbers.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  Type type = ctx.in(0);
  type.dtype = DType::kBool;
  ctx.set(0, std::move(type));
}

template <class F>
void map(ReferenceContext& ctx, F f) {
  if (is_small_number(ctx.in(0).dtype)) {
    const std::vector<std::uint8_t> codes = unpack(ctx.in(0));
    std::transform(codes.begin(), codes.end(), ctx.out(0).as<bool>(), [&](std::uint8_t code) { return f(decode_small(ctx.in(0).dtype, code)); });
    return;
  }
  dispatch(ctx.in(0).dtype, FloatTypes{}, [&]<class T>() {
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<bool>(0);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = f(static_cast<Compute<T>>(x[i]));
  });
}

void is_nan(ReferenceContext& ctx) {
  map(ctx, [](auto x) { return std::isnan(x); });
}

void is_inf(ReferenceContext& ctx) {
  const bool positive = ctx.attrs().i("detect_positive") != 0, negative = ctx.attrs().i("detect_negative") != 0;
  map(ctx, [&](auto x) { return std::isinf(x) && (x > 0 ? positive : negative); });
}

}  // namespace

std::span<const OpDef> is_special_ops() {
  static const OpDef defs[] = {
      {.name = "IsNaN", .versions = {9, 13, 20}, .infer = infer, .reference = is_nan, .traits = {.elementwise = true}},
      {.name = "IsInf", .versions = {10, 20}, .attributes = {{"detect_negative", std::int64_t{1}}, {"detect_positive", std::int64_t{1}}},
       .infer = infer, .reference = is_inf, .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
