// Tile: the input repeated along every dimension as often as input 1 says.
// Versions: 1 repeats along one axis, both numbers as floats; 6 along all; 13 added a type.
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/strided.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 6) return;
  const auto number = [&](int i) {
    const Value* v = ctx.has(i) ? &ctx.graph().value(ctx.in(i)) : nullptr;
    require(ErrorCode::kUnsupported, v && v->is_constant() && v->constant.size() == 1, "input {} of opset {} must be a constant", i, ctx.opset());
    return converted<std::int64_t>(view_of(v->constant))[0];
  };
  require(ErrorCode::kUnsupported, ctx.type(0).ranked(), "opset {} needs an input of known rank", ctx.opset());
  std::vector<std::int64_t> repeats(static_cast<std::size_t>(ctx.type(0).rank()), 1);
  const std::int64_t tiles = number(1);
  repeats[static_cast<std::size_t>(normalize_axis(number(2), ctx.type(0).rank()))] = tiles;
  ctx.graph().resize_inputs(ctx.id(), 1);
  ctx.set_in(1, ctx.ints(repeats));
}

void infer(InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64});
  want_rank(ctx, 1, 1);
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  const auto repeats = contents_of(ctx, 1);
  if (!repeats) return ctx.set(0, ctx.dtype(0), ctx.fresh_dims(ctx.rank(0)));
  require(static_cast<int>(repeats->size()) == ctx.rank(0), "{} repeats for an input of rank {}", repeats->size(), ctx.rank(0));
  Dims dims = ctx.shape(0);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const Dim& n = (*repeats)[i];
    require(!n.known() || n.value() >= 0, "repeats {} has a negative number", dims_str(*repeats));
    dims[i] = dims[i] * n;
  }
  ctx.set(0, ctx.dtype(0), std::move(dims));
  const auto in = contents_of(ctx, 0);
  if (!in || ctx.rank(0) != 1 || !repeats->front().known() || in->size() * static_cast<std::uint64_t>(repeats->front().value()) > kMaxContents) return;
  Contents out;
  for (std::int64_t k = 0; k < repeats->front().value(); ++k) out.insert(out.end(), in->begin(), in->end());
  ctx.set_contents(0, std::move(out));
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape, out = ctx.out(0).shape;
  const Strides dense = dense_strides(in);
  // Every dimension as [repeat, size], of which only the second moves in the input.
  Shape shape;
  Strides strides;
  for (std::size_t i = 0; i < in.size(); ++i) {
    shape.insert(shape.end(), {in[i] == 0 ? 0 : out[i] / in[i], in[i]});
    strides.insert(strides.end(), {0, dense[i]});
  }
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    T* y = ctx.out(0).as<T>();
    walk<2>(shape, {dense_strides(shape), strides}, [&](const auto& at) { y[at[0]] = x[at[1]]; });
  });
}

}  // namespace

std::span<const OpDef> tile_ops() {
  static const OpDef defs[] = {
      {.name = "Tile", .versions = {1, 6, 13}, .inputs = {2, 3}, .upgrade = upgrade, .infer = infer, .reference = reference,
       .traits = {.shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
