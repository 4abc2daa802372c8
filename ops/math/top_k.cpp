// TopK: the k largest (smallest) elements along `axis`, best first, and their indices; of equal ones the first come first. A NaN
// is larger than any number.
// Versions: 1 has k as an attribute, 10 as input 1; 11 added largest and sorted; 24 a type.
#include <algorithm>
#include <numeric>

#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 10) return;
  require(ctx.attrs().has("k"), "attribute k is missing");
  ctx.set_in(1, ctx.ints({ctx.attrs().i("k")}));
  ctx.attrs().erase("k");
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64});
  if (!ctx.has_shape(0)) {
    ctx.set(0, ctx.dtype(0), std::nullopt);
    return ctx.set(1, DType::kInt64, std::nullopt);
  }
  Dims dims = ctx.shape(0);
  Dim& d = dims[static_cast<std::size_t>(normalize_axis(ctx.attrs().i("axis"), ctx.rank(0)))];
  const auto k = contents_of(ctx, 1);
  require(!k || k->size() == 1, "k has {} elements, want 1", k ? k->size() : 0);
  const Dim size = d;
  d = k ? k->front() : ctx.fresh();
  if (d.known()) require(d.value() >= 0 && (!size.known() || d.value() <= size.value()), "k = {} of {} elements", d.value(), size.str());
  ctx.set(0, ctx.dtype(0), dims);
  ctx.set(1, DType::kInt64, std::move(dims));
}

template <class C>
bool larger(C a, C b) {
  if (a != a || b != b) return a != a && b == b;
  return a > b;
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape;
  const int axis = normalize_axis(ctx.attrs().i("axis"), static_cast<int>(in.size()));
  const AxisSplit s = split_at(in, axis);
  const std::int64_t k = *ctx.in(1).as<const std::int64_t>();
  require(ErrorCode::kUsage, k >= 0 && k <= s.axis, "k = {} of {} elements", k, s.axis);
  Shape out(in.begin(), in.end());
  out[static_cast<std::size_t>(axis)] = k;
  for (int i = 0; i < 2; ++i) {
    if (ctx.wants(i)) ctx.allocate(i, out);
  }
  const bool largest = ctx.attrs().i("largest") != 0;
  std::vector<std::int64_t> order(static_cast<std::size_t>(s.axis));
  dispatch(ctx.in(0).dtype, NumberTypes{}, [&]<class T>() {
    using C = Compute<T>;
    const T* x = ctx.in(0).as<const T>();
    for (std::int64_t o = 0; o < s.outer; ++o) {
      for (std::int64_t i = 0; i < s.inner; ++i) {
        const auto at = [&](std::int64_t j) { return x[(o * s.axis + j) * s.inner + i]; };
        std::iota(order.begin(), order.end(), 0);
        std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](std::int64_t a, std::int64_t b) {
          const C p = static_cast<C>(at(a)), q = static_cast<C>(at(b));
          if (largest ? larger(p, q) : larger(q, p)) return true;
          return !(largest ? larger(q, p) : larger(p, q)) && a < b;
        });
        for (std::int64_t j = 0; j < k; ++j) {
          const std::int64_t to = (o * k + j) * s.inner + i, from = order[static_cast<std::size_t>(j)];
          if (ctx.wants(0)) ctx.out(0).as<T>()[to] = at(from);
          if (ctx.wants(1)) ctx.out(1).as<std::int64_t>()[to] = from;
        }
      }
    }
  });
}

}  // namespace

std::span<const OpDef> top_k_ops() {
  static const OpDef defs[] = {
      {.name = "TopK", .versions = {1, 10, 11, 24}, .inputs = {2, 2}, .outputs = {2, 2},
       .attributes = {{"axis", std::int64_t{-1}}, {"largest", std::int64_t{1}}, {"sorted", std::int64_t{1}}},
       .upgrade = upgrade, .infer = infer, .reference = reference, .traits = {.shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
