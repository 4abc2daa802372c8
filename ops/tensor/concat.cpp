// Concat: the inputs one after the other along `axis`. Takes over the layout on which all inputs agree.
// Versions: 1 has axis = 1 by default; 4 requires it; 11 allowed negative axes; 13 added a type.
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() < 4) ctx.old_default("axis", std::int64_t{1});
}

Layout common_layout(const InferContext& ctx) {
  const Layout layout = ctx.in(0).layout;
  for (int i = 1; i < ctx.inputs(); ++i) {
    if (ctx.in(i).layout != layout) return Layout::kPlain;
  }
  return layout;
}

// A vector of known elements, input by input.
void infer_contents(InferContext& ctx) {
  Contents all;
  for (int i = 0; i < ctx.inputs(); ++i) {
    const auto part = contents_of(ctx, i);
    if (!part) return;
    all.insert(all.end(), part->begin(), part->end());
  }
  ctx.set_contents(0, std::move(all));
}

void infer(InferContext& ctx) {
  want_same_dtypes(ctx);
  std::optional<Dims> dims;
  int axis = 0;
  for (int i = 0; i < ctx.inputs(); ++i) {
    if (!ctx.has_shape(i)) {
      dims.reset();
      break;
    }
    const Dims& in = ctx.shape(i);
    require(!in.empty(), "input {} is a scalar", i);
    if (!dims) {
      dims = in;
      axis = normalize_axis(ctx.attrs().i("axis"), ctx.rank(i));
      continue;
    }
    require(dims->size() == in.size(), "inputs 0 and {} have ranks {} and {}", i, dims->size(), in.size());
    for (std::size_t d = 0; d < in.size(); ++d) {
      Dim& out = (*dims)[d];
      if (static_cast<int>(d) == axis) {
        out = out + in[d];
        continue;
      }
      require(!out.known() || !in[d].known() || out == in[d], "inputs 0 and {} differ in dimension {}: {} and {}", i, d, out.str(), in[d].str());
      if (in[d].known()) out = in[d];
    }
  }
  const bool vector = dims && dims->size() == 1;
  ctx.set(0, Type::tensor(ctx.dtype(0), std::move(dims), common_layout(ctx)));
  if (vector) infer_contents(ctx);
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.out(0).shape;
  const int axis = normalize_axis(ctx.attrs().i("axis"), static_cast<int>(shape.size()));
  const AxisSplit whole = split_at(shape, axis);
  dispatch_by_size(ctx.out(0).dtype, [&]<class T>() {
    std::int64_t begin = 0;
    for (int i = 0; i < ctx.inputs(); ++i) {
      const std::int64_t block = ctx.in(i).shape[static_cast<std::size_t>(axis)] * whole.inner;
      const T* x = ctx.in(i).as<const T>();
      for (std::int64_t o = 0; o < whole.outer; ++o) {
        std::copy_n(x + o * block, block, ctx.out(0).as<T>() + o * whole.axis * whole.inner + begin);
      }
      begin += block;
    }
  });
}

}  // namespace

std::span<const OpDef> concat_ops() {
  static const OpDef defs[] = {
      {.name = "Concat", .versions = {1, 4, 11, 13}, .inputs = {1, kVariadic}, .attributes = {{"axis", {}, true}},
       .upgrade = upgrade, .infer = infer, .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
