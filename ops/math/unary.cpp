// Element-wise functions of one input without attributes: a row per operator.
#include <cmath>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/dispatch.h"
#include "ops/common/infer_same.h"

namespace onnxrun {
namespace {

template <class Types, class F>
void map(ReferenceContext& ctx, F f) {
  dispatch(ctx.in(0).dtype, Types{}, [&]<class T>() {
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<T>(f(static_cast<Compute<T>>(x[i])));
  });
}

OpDef row(std::string_view name, std::vector<int> versions, void (*reference)(ReferenceContext&)) {
  return {.name = name, .versions = std::move(versions), .infer = infer_same, .reference = reference, .traits = {.elementwise = true}};
}

}  // namespace

std::span<const OpDef> unary_ops() {
  static const OpDef defs[] = {
      row("Relu", {1, 6, 13, 14}, [](ReferenceContext& c) { map<NumberTypes>(c, [](auto x) { return x > 0 ? x : x != x ? x : 0; }); }),
      row("Exp", {1, 6, 13}, [](ReferenceContext& c) { map<FloatTypes>(c, [](auto x) { return std::exp(x); }); }),
  };
  return defs;
}

}  // namespace onnxrun
