// Add, Sub, Mul, Div of two tensors with numpy broadcasting: a row per operator. Integers wrap around; Div rounds towards zero.
// Versions: 1 and 6 broadcast by attribute (common/legacy.h), 7 as numpy; 13 and 14 added types.
#include "ops/common/arithmetic.h"
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"
#include "ops/common/legacy.h"

namespace onnxrun {
namespace {

using MaybeDim = std::optional<Dim>;

MaybeDim divide(const Dim& a, const Dim& b) {
  if (b.is(0)) return std::nullopt;
  if (auto exact = exact_div(a, b)) return exact;
  // Rounding down and towards zero agree here.
  return nonnegative(a) && nonnegative(b) ? MaybeDim(floor_div(a, b)) : std::nullopt;
}

template <class F>
void map(ReferenceContext& ctx, F f) {
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    map_broadcast<T, T, T>(ctx, [&](T a, T b) { return static_cast<T>(f(static_cast<C>(a), static_cast<C>(b))); });
  });
}

template <MaybeDim (*kContents)(const Dim&, const Dim&)>
void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  infer_broadcast(ctx, ctx.dtype(0));
  fold_contents(ctx, kContents);
}

MaybeDim sum(const Dim& a, const Dim& b) { return a + b; }
MaybeDim difference(const Dim& a, const Dim& b) { return a - b; }
MaybeDim product(const Dim& a, const Dim& b) { return a * b; }

OpDef row(std::string_view name, void (*infer_fn)(InferContext&), void (*reference)(ReferenceContext&)) {
  return {.name = name, .versions = {1, 6, 7, 13, 14}, .inputs = {2, 2}, .upgrade = upgrade_legacy_broadcast,
          .infer = infer_fn, .reference = reference, .traits = {.elementwise = true}};
}

}  // namespace

std::span<const OpDef> binary_ops() {
  static const OpDef defs[] = {
      row("Add", infer<sum>, [](ReferenceContext& c) { map(c, [](auto a, auto b) { return wrap_add(a, b); }); }),
      row("Sub", infer<difference>, [](ReferenceContext& c) { map(c, [](auto a, auto b) { return wrap_sub(a, b); }); }),
      row("Mul", infer<product>, [](ReferenceContext& c) { map(c, [](auto a, auto b) { return wrap_mul(a, b); }); }),
      row("Div", infer<divide>, [](ReferenceContext& c) { map(c, [](auto a, auto b) { return checked_div(a, b); }); }),
  };
  return defs;
}

}  // namespace onnxrun
