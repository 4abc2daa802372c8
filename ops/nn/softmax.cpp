// Softmax, LogSoftmax, Hardmax: y = exp(x - max) / sum(exp(x - max)) along one axis, its logarithm, and 1 for the first maximum
// where the others are 0.
// Versions: 1 and 11 flatten the input to two dimensions at `axis` (default 1); 13 works on that axis alone (default -1).
#include <cmath>
#include <vector>

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/dispatch.h"
#include "ops/common/infer_same.h"
#include "ops/common/reals.h"

namespace onnxrun {
namespace {

// Before 13: flatten to [prod(before axis), prod(from axis)], softmax over the last, back to the input's shape.
void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 13) return;
  ctx.old_default("axis", std::int64_t{1});
  const std::int64_t axis = ctx.attrs().i("axis");
  const Type& type = ctx.type(0);
  if (type.ranked() && normalize_axis(axis, type.rank()) == type.rank() - 1) {
    ctx.attrs().set("axis", std::int64_t{-1});
    return;
  }
  const std::string name(ctx.node().op->name);
  const ValueId x = ctx.in(0);
  const ValueId flat = ctx.build("Flatten", {x}, {{"axis", axis}});
  const ValueId y = ctx.build(name, {flat}, {{"axis", std::int64_t{-1}}});
  ctx.replace_with({ctx.build("Reshape", {y, ctx.build("Shape", {x})})});
}

void infer(InferContext& ctx) {
  if (ctx.has_shape(0) && ctx.rank(0) > 0) normalize_axis(ctx.attrs().i("axis"), ctx.rank(0));
  infer_same(ctx);
}

template <bool kLog>
void reference(ReferenceContext& ctx) {
  dispatch(ctx.in(0).dtype, FloatTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const auto shape = ctx.in(0).shape;
    const AxisSplit s =
        shape.empty() ? AxisSplit{} : split_at(shape, normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size())));
    const auto x = ctx.in<T>(0);
    const auto y = ctx.out<T>(0);
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t k) { return static_cast<std::size_t>((o * s.axis + k) * s.inner + i); };
        C top = -std::numeric_limits<C>::infinity();
        for (std::int64_t k = 0; k < s.axis; ++k) top = std::max(top, static_cast<C>(x[at(k)]));
        C sum = 0;
        for (std::int64_t k = 0; k < s.axis; ++k) sum += std::exp(static_cast<C>(x[at(k)]) - top);
        for (std::int64_t k = 0; k < s.axis; ++k) {
          const C d = static_cast<C>(x[at(k)]) - top;
          y[at(k)] = static_cast<T>(kLog ? d - std::log(sum) : std::exp(d) / sum);
        }
      }
    }
  });
}

void hardmax(ReferenceContext& ctx) {
  const auto shape = ctx.in(0).shape;
  const AxisSplit s =
      shape.empty() ? AxisSplit{} : split_at(shape, normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size())));
  const Reals x = read_reals(ctx.in(0));
  Reals y(x.size(), 0.0);
  for (std::int64_t o = 0; s.axis > 0 && o < s.outer; ++o) {
    for (std::int64_t i = 0; i < s.inner; ++i) {
      const auto at = [&](std::int64_t k) { return static_cast<std::size_t>((o * s.axis + k) * s.inner + i); };
      std::int64_t top = 0;
      for (std::int64_t k = 1; k < s.axis; ++k) top = x[at(k)] > x[at(top)] ? k : top;
      y[at(top)] = 1;
    }
  }
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> softmax_ops() {
  static const OpDef defs[] = {
      {.name = "Softmax",
       .versions = {1, 11, 13},
       .attributes = {{"axis", std::int64_t{-1}}},
       .upgrade = upgrade,
       .infer = infer,
       .reference = reference<false>},
      {.name = "LogSoftmax",
       .versions = {1, 11, 13},
       .attributes = {{"axis", std::int64_t{-1}}},
       .upgrade = upgrade,
       .infer = infer,
       .reference = reference<true>},
      {.name = "Hardmax",
       .versions = {1, 11, 13},
       .attributes = {{"axis", std::int64_t{-1}}},
       .upgrade = upgrade,
       .infer = infer,
       .reference = hardmax},
  };
  return defs;
}

}  // namespace onnxrun
