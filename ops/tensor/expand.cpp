// Expand: broadcasts the input together with the shape that input 1 gives. Versions: types only.
#include "ops/common/broadcast.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/dispatch.h"

namespace onnxrun {
namespace {

std::optional<Dims> target(InferContext& ctx) {
  if (!ctx.has_shape(0)) return std::nullopt;
  if (const auto wanted = contents_of(ctx, 1)) {
    for (const Dim& d : *wanted) require(!d.known() || d.value() >= 0, "shape {} has a negative size", dims_str(*wanted));
    return broadcast_dims(ctx, ctx.shape(0), *wanted);
  }
  const auto rank = length_of(ctx, 1);
  if (!rank) return std::nullopt;
  require(*rank <= 64, "a shape of {} dimensions", *rank);
  return ctx.fresh_dims(std::max(ctx.rank(0), static_cast<int>(*rank)));
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64});
  const auto dims = target(ctx);
  ctx.set(0, ctx.dtype(0), dims);
  const auto in = contents_of(ctx, 0);
  if (!in || !dims || dims->size() > 1) return;
  if (dims->empty() || in->size() != 1) return ctx.set_contents(0, *in);
  const Dim& n = dims->front();
  if (n.known() && n.value() <= static_cast<std::int64_t>(kMaxContents)) {
    ctx.set_contents(0, Contents(static_cast<std::size_t>(n.value()), in->front()));
  }
}

void reference(ReferenceContext& ctx) {
  const auto shape = ctx.out(0).shape;
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    T* y = ctx.out(0).as<T>();
    walk<2>(shape, {dense_strides(shape), broadcast_strides(ctx.in(0).shape, shape)}, [&](const auto& at) { y[at[0]] = x[at[1]]; });
  });
}

}  // namespace

std::span<const OpDef> expand_ops() {
  static const OpDef defs[] = {
      {.name = "Expand", .versions = {8, 13}, .inputs = {2, 2}, .infer = infer, .reference = reference, .traits = {.shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
