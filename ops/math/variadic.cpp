// Max, Min, Sum, Mean of any number of tensors with numpy broadcasting: a row per operator. A NaN wins in Max and Min.
// Versions: 1 and 6 without broadcasting; 8 with; 12 and 13 added types.
#include "ops/common/arithmetic.h"
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"
#include "ops/common/legacy.h"

namespace onnxrun {
namespace {

using MaybeDim = std::optional<Dim>;

MaybeDim larger(const Dim& a, const Dim& b) {
  const auto a_less = less(a, b);
  return a_less ? MaybeDim(*a_less ? b : a) : std::nullopt;
}
MaybeDim smaller(const Dim& a, const Dim& b) {
  const auto a_less = less(a, b);
  return a_less ? MaybeDim(*a_less ? a : b) : std::nullopt;
}
MaybeDim sum(const Dim& a, const Dim& b) { return a + b; }
MaybeDim unknown(const Dim&, const Dim&) { return std::nullopt; }

template <MaybeDim (*kContents)(const Dim&, const Dim&)>
void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  infer_broadcast(ctx, ctx.dtype(0));
  fold_contents(ctx, kContents);
}

// y = finish(f(...f(f(x0, x1), x2)..., xn), n), intermediate results in the type that arithmetic is done in.
template <class Types, class F, class Finish>
void fold(ReferenceContext& ctx, F f, Finish finish) {
  dispatch(ctx.in(0).dtype, Types{}, [&]<class T>() {
    using C = Compute<T>;
    const auto shape = ctx.out(0).shape;
    const auto y = ctx.out<T>(0);
    std::vector<C> total(y.size());
    for (int i = 0; i < ctx.inputs(); ++i) {
      const T* x = ctx.in(i).as<const T>();
      walk<2>(shape, {dense_strides(shape), broadcast_strides(ctx.in(i).shape, shape)}, [&](const auto& at) {
        C& t = total[static_cast<std::size_t>(at[0])];
        const C v = static_cast<C>(x[at[1]]);
        t = i == 0 ? v : static_cast<C>(f(t, v));
      });
    }
    for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<T>(finish(total[i], ctx.inputs()));
  });
}

constexpr auto kAsIs = [](auto x, int) { return x; };

OpDef row(std::string_view name, std::vector<int> versions, void (*infer_fn)(InferContext&), void (*reference)(ReferenceContext&)) {
  return {.name = name, .versions = std::move(versions), .inputs = {1, kVariadic}, .upgrade = upgrade_consumed_inputs,
          .infer = infer_fn, .reference = reference, .traits = {.elementwise = true}};
}

}  // namespace

std::span<const OpDef> variadic_ops() {
  static const OpDef defs[] = {
      row("Max", {1, 6, 8, 12, 13}, infer<larger>,
          [](ReferenceContext& c) { fold<NumberTypes>(c, [](auto a, auto b) { return nan_max(a, b); }, kAsIs); }),
      row("Min", {1, 6, 8, 12, 13}, infer<smaller>,
          [](ReferenceContext& c) { fold<NumberTypes>(c, [](auto a, auto b) { return nan_min(a, b); }, kAsIs); }),
      row("Sum", {1, 6, 8, 13}, infer<sum>,
          [](ReferenceContext& c) { fold<NumberTypes>(c, [](auto a, auto b) { return wrap_add(a, b); }, kAsIs); }),
      row("Mean", {1, 6, 8, 13}, infer<unknown>,
          [](ReferenceContext& c) {
            fold<FloatTypes>(c, [](auto a, auto b) { return a + b; }, [](auto x, int n) { return x / static_cast<decltype(x)>(n); });
          }),
  };
  return defs;
}

}  // namespace onnxrun
