// Pow: z = x ^ y with numpy broadcasting; z has x's element type, y may have another.
// Versions: 1 broadcasts by attribute, 7 as numpy; 12 let the types differ; 13 and 15 added types.
#include <cmath>

#include "ops/common/arithmetic.h"
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/convert.h"
#include "ops/common/legacy.h"

namespace onnxrun {
namespace {

template <class T>
T power(T x, double y) {
  if constexpr (std::is_integral_v<T>) {
    if (y >= 0 && y == std::floor(y) && y < 0x1p63) {
      T result = 1;
      for (auto n = static_cast<std::uint64_t>(y); n != 0; n >>= 1) {
        if (n & 1u) result = wrap_mul(result, x);
        x = wrap_mul(x, x);
      }
      return result;
    }
  }
  return convert_element<T>(std::pow(convert_element<double>(x), y));
}

void infer(InferContext& ctx) { infer_broadcast(ctx, ctx.dtype(0)); }

void reference(ReferenceContext& ctx) {
  const std::vector<double> exponents = converted<double>(ctx.in(1));
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    const auto shape = ctx.out(0).shape;
    const T* x = ctx.in(0).as<const T>();
    T* z = ctx.out(0).as<T>();
    walk<3>(shape, {dense_strides(shape), broadcast_strides(ctx.in(0).shape, shape), broadcast_strides(ctx.in(1).shape, shape)},
            [&](const auto& at) { z[at[0]] = power(x[at[1]], exponents[static_cast<std::size_t>(at[2])]); });
  });
}

}  // namespace

std::span<const OpDef> pow_ops() {
  static const OpDef defs[] = {
      {.name = "Pow", .versions = {1, 7, 12, 13, 15}, .inputs = {2, 2}, .upgrade = upgrade_legacy_broadcast, .infer = infer,
       .reference = reference, .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
