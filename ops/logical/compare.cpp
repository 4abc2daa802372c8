// Equal, Less, LessOrEqual, Greater, GreaterOrEqual with numpy broadcasting: a row per operator. A NaN compares false.
// Versions: 1 broadcasts by attribute, 7 as numpy; the others added types.
#include <functional>

#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"
#include "ops/common/legacy.h"

namespace onnxrun {
namespace {

using MaybeDim = std::optional<Dim>;

MaybeDim known(std::optional<bool> b) { return b ? MaybeDim(Dim(*b ? 1 : 0)) : std::nullopt; }
MaybeDim negated(std::optional<bool> b) { return b ? MaybeDim(Dim(*b ? 0 : 1)) : std::nullopt; }
MaybeDim same(const Dim& a, const Dim& b) { return known(equal(a, b)); }
MaybeDim below(const Dim& a, const Dim& b) { return known(less(a, b)); }
MaybeDim not_above(const Dim& a, const Dim& b) { return negated(less(b, a)); }
MaybeDim above(const Dim& a, const Dim& b) { return known(less(b, a)); }
MaybeDim not_below(const Dim& a, const Dim& b) { return negated(less(a, b)); }

template <MaybeDim (*kContents)(const Dim&, const Dim&)>
void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  infer_broadcast(ctx, DType::kBool);
  fold_contents(ctx, kContents);
}

template <class F>
void map(ReferenceContext& ctx, F f) {
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    map_broadcast<T, T, bool>(ctx, [&](const T& a, const T& b) { return f(static_cast<C>(a), static_cast<C>(b)); });
  });
}

void equal_reference(ReferenceContext& ctx) {
  switch (ctx.in(0).dtype) {
    case DType::kString: return map_broadcast<std::string, std::string, bool>(ctx, std::equal_to<>());
    case DType::kBool:
      return map_broadcast<std::uint8_t, std::uint8_t, bool>(ctx, [](std::uint8_t a, std::uint8_t b) { return (a != 0) == (b != 0); });
    default: return map(ctx, std::equal_to<>());
  }
}

OpDef row(std::string_view name, std::vector<int> versions, void (*infer_fn)(InferContext&), void (*reference)(ReferenceContext&)) {
  return {.name = name, .versions = std::move(versions), .inputs = {2, 2}, .upgrade = upgrade_legacy_broadcast, .infer = infer_fn,
          .reference = reference, .traits = {.elementwise = true}};
}

}  // namespace

std::span<const OpDef> compare_ops() {
  static const OpDef defs[] = {
      row("Equal", {1, 7, 11, 13, 19}, infer<same>, equal_reference),
      row("Less", {1, 7, 9, 13}, infer<below>, [](ReferenceContext& c) { map(c, std::less<>()); }),
      row("LessOrEqual", {12, 16}, infer<not_above>, [](ReferenceContext& c) { map(c, std::less_equal<>()); }),
      row("Greater", {1, 7, 9, 13}, infer<above>, [](ReferenceContext& c) { map(c, std::greater<>()); }),
      row("GreaterOrEqual", {12, 16}, infer<not_below>, [](ReferenceContext& c) { map(c, std::greater_equal<>()); }),
  };
  return defs;
}

}  // namespace onnxrun
