// GatherElements: y[i][j][k] = data[i][indices[i][j][k]][k] for axis = 1. ScatterElements is its inverse: a copy of the data in
// which y[i][indices[i][j][k]][k] becomes updates[i][j][k], or is combined with it as `reduction` says.
// Versions: Scatter (9, 11) is the old name of ScatterElements; 16 added reduction, 18 max and min; 13 added a type.
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/copy.h"
#include "ops/common/index.h"
#include "ops/common/scatter.h"
#include "ops/common/strided.h"

namespace onnxrun {
namespace {

// The indices have the data's rank and, other than along the axis, no larger sizes.
void want_indices(const InferContext& ctx) {
  want_dtype(ctx, 1, {DType::kInt64, DType::kInt32});
  if (!ctx.has_shape(0)) return;
  const int axis = normalize_axis(ctx.attrs().i("axis"), ctx.rank(0));
  if (!ctx.has_shape(1)) return;
  const Dims &data = ctx.shape(0), &indices = ctx.shape(1);
  require(data.size() == indices.size(), "inputs 0 and 1 have ranks {} and {}, want the same", data.size(), indices.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const bool fits = static_cast<int>(i) == axis || !data[i].known() || !indices[i].known() || indices[i].value() <= data[i].value();
    require(fits, "indices of shape {} do not fit data of shape {}", dims_str(indices), dims_str(data));
  }
  want_indices_within(ctx, 1, {&data[static_cast<std::size_t>(axis)], 1});
}

void infer_gather(InferContext& ctx) {
  want_indices(ctx);
  ctx.set(0, ctx.dtype(0), ctx.in(1).shape);
}

void infer_scatter(InferContext& ctx) {
  want_indices(ctx);
  want_same_dtype(ctx, 0, 2);
  want_reduction(ctx.attrs().s("reduction"), ctx.dtype(0));
  if (ctx.has_shape(1) && ctx.has_shape(2)) {
    const Dims &indices = ctx.shape(1), &updates = ctx.shape(2);
    bool same = indices.size() == updates.size();
    for (std::size_t i = 0; same && i < indices.size(); ++i) {
      same = !indices[i].known() || !updates[i].known() || indices[i] == updates[i];
    }
    require(same, "inputs 1 and 2 have shapes {} and {}, want the same", dims_str(indices), dims_str(updates));
  }
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
}

// Calls f(at in the data, at in the indices) for every index.
template <class F>
void for_each_index(ReferenceContext& ctx, F f) {
  const auto data = ctx.in(0).shape, shape = ctx.in(1).shape;
  const auto axis = static_cast<std::size_t>(normalize_axis(ctx.attrs().i("axis"), static_cast<int>(data.size())));
  const auto indices = checked_indices(ctx.in(1), data[axis]);
  Strides strides = dense_strides(data);
  const std::int64_t step = std::exchange(strides[axis], 0);
  walk<2>(shape, {dense_strides(shape), strides}, [&](const auto& at) { f(at[1] + indices[static_cast<std::size_t>(at[0])] * step, at[0]); });
}

void gather(ReferenceContext& ctx) {
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    T* y = ctx.out(0).as<T>();
    for_each_index(ctx, [&](std::int64_t from, std::int64_t to) { y[to] = x[from]; });
  });
}

void scatter(ReferenceContext& ctx) {
  copy_reference(ctx);
  with_reduction(ctx.attrs().s("reduction"), ctx.in(0).dtype, [&]<class T>(auto combine) {
    const T* updates = ctx.in(2).as<const T>();
    T* y = ctx.out(0).as<T>();
    for_each_index(ctx, [&](std::int64_t to, std::int64_t from) { combine(y[to], updates[from]); });
  });
}

void upgrade_old_name(UpgradeContext& ctx) {
  ctx.replace_with({ctx.build("ScatterElements", {ctx.in(0), ctx.in(1), ctx.in(2)}, {{"axis", ctx.attrs().i("axis")}})});
}

}  // namespace

std::span<const OpDef> gather_elements_ops() {
  static const OpDef defs[] = {
      {.name = "GatherElements", .versions = {11, 13}, .inputs = {2, 2}, .attributes = {{"axis", std::int64_t{0}}},
       .infer = infer_gather, .reference = gather},
      {.name = "ScatterElements", .versions = {11, 13, 16, 18}, .inputs = {3, 3},
       .attributes = {{"axis", std::int64_t{0}}, {"reduction", std::string("none")}}, .infer = infer_scatter, .reference = scatter},
      {.name = "Scatter", .versions = {9, 11}, .inputs = {3, 3}, .attributes = {{"axis", std::int64_t{0}}}, .upgrade = upgrade_old_name},
  };
  return defs;
}

}  // namespace onnxrun
