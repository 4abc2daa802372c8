// Mod: with fmod = 0, a - floor(a / b) * b, which has b's sign; with fmod = 1, a - trunc(a / b) * b, which has a's.
// Versions: 13 added a type, 28 floating point with fmod = 0.
#include "ops/common/arithmetic.h"
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

// Both kinds agree on what is not negative.
std::optional<Dim> remainder_of(const Dim& a, const Dim& b) {
  if (b.is(0) || !nonnegative(a) || !nonnegative(b)) return std::nullopt;
  return a - floor_div(a, b) * b;
}

void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  infer_broadcast(ctx, ctx.dtype(0));
  fold_contents(ctx, remainder_of);
}

void reference(ReferenceContext& ctx) {
  const bool trunc = ctx.attrs().i("fmod") != 0;
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    map_broadcast<T, T, T>(ctx, [&](T x, T y) {
      const C a = static_cast<C>(x), b = static_cast<C>(y);
      return static_cast<T>(trunc ? trunc_mod(a, b) : floor_mod(a, b));
    });
  });
}

}  // namespace

std::span<const OpDef> mod_ops() {
  static const OpDef defs[] = {
      {.name = "Mod", .versions = {10, 13, 28}, .inputs = {2, 2}, .attributes = {{"fmod", std::int64_t{0}}}, .infer = infer,
       .reference = reference, .traits = {.elementwise = true}},
  };
  return defs;
}

}  // namespace onnxrun
