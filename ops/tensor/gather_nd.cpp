// GatherND: the last dimension of the indices (size k) names a place in k dimensions of the data, after the batch_dims first
// ones; what lies there, a slice of the remaining dimensions, takes its place. ScatterND: a copy of the data in which those
// slices become the updates, or are combined with them as `reduction` says.
// Versions: 12 added batch_dims, 16 reduction, 18 max and min; 13 added a type.
#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/checks.h"
#include "ops/common/copy.h"
#include "ops/common/index.h"
#include "ops/common/scatter.h"
#include "ops/common/strided.h"

namespace onnxrun {
namespace {

// Size of the last dimension of the indices, when it is known, checked against the data's rank.
std::optional<std::int64_t> depth_of(const InferContext& ctx, std::int64_t batch) {
  want_dtype(ctx, 1, {DType::kInt64});
  if (!ctx.has_shape(0) || !ctx.has_shape(1)) return std::nullopt;
  require(ctx.rank(0) >= 1 && ctx.rank(1) >= 1, "inputs of ranks {} and {}, want at least 1", ctx.rank(0), ctx.rank(1));
  require(batch >= 0 && batch < std::min(ctx.rank(0), ctx.rank(1)), "batch_dims = {} for ranks {} and {}", batch, ctx.rank(0), ctx.rank(1));
  const Dim& last = ctx.shape(1).back();
  if (!last.known()) return std::nullopt;
  require(last.value() >= 1 && last.value() + batch <= ctx.rank(0), "indices of {} numbers for data of rank {} with {} batch dimensions",
          last.value(), ctx.rank(0), batch);
  want_indices_within(ctx, 1, std::span(ctx.shape(0)).subspan(static_cast<std::size_t>(batch), static_cast<std::size_t>(last.value())));
  return last.value();
}

void infer_gather(InferContext& ctx) {
  const std::int64_t batch = ctx.attrs().i("batch_dims");
  const auto depth = depth_of(ctx, batch);
  if (!depth) return ctx.set(0, ctx.dtype(0), std::nullopt);
  Dims dims(ctx.shape(1).begin(), ctx.shape(1).end() - 1);
  for (std::int64_t i = 0; i < batch; ++i) {
    const Dim &d = ctx.shape(0)[static_cast<std::size_t>(i)], &e = dims[static_cast<std::size_t>(i)];
    require(!d.known() || !e.known() || d == e, "batch dimension {} is {} in the data and {} in the indices", i, d.str(), e.str());
  }
  dims.insert(dims.end(), ctx.shape(0).begin() + batch + *depth, ctx.shape(0).end());
  ctx.set(0, ctx.dtype(0), std::move(dims));
}

void infer_scatter(InferContext& ctx) {
  want_same_dtype(ctx, 0, 2);
  want_reduction(ctx.attrs().s("reduction"), ctx.dtype(0));
  const auto depth = depth_of(ctx, 0);
  if (depth && ctx.has_shape(2)) {
    Dims want(ctx.shape(1).begin(), ctx.shape(1).end() - 1);
    want.insert(want.end(), ctx.shape(0).begin() + *depth, ctx.shape(0).end());
    bool same = want.size() == ctx.shape(2).size();
    for (std::size_t i = 0; same && i < want.size(); ++i) {
      same = !want[i].known() || !ctx.shape(2)[i].known() || want[i] == ctx.shape(2)[i];
    }
    require(same, "updates have shape {}, want {}", dims_str(ctx.shape(2)), dims_str(want));
  }
  ctx.set(0, ctx.dtype(0), ctx.in(0).shape);
}

// Calls f(where the slice begins in the data, number of the slice, elements in it) for every tuple of indices.
template <class F>
void for_each_slice(ReferenceContext& ctx, std::size_t batch, F f) {
  const auto data = ctx.in(0).shape, indices = ctx.in(1).shape;
  const auto depth = static_cast<std::size_t>(indices.back());
  const Strides strides = dense_strides(data);
  const std::int64_t slice = element_count(data.subspan(batch + depth));
  const std::int64_t tuples = element_count(indices.first(indices.size() - 1)), per_batch = element_count(data.subspan(batch));
  const std::int64_t batches = element_count(data.first(batch));
  const std::int64_t* index = ctx.in(1).as<const std::int64_t>();
  for (std::int64_t t = 0; t < tuples; ++t) {
    std::int64_t at = batch == 0 ? 0 : t / (tuples / batches) * per_batch;
    for (std::size_t k = 0; k < depth; ++k) at += checked_index(*index++, data[batch + k]) * strides[batch + k];
    f(at, t, slice);
  }
}

void gather(ReferenceContext& ctx) {
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    T* y = ctx.out(0).as<T>();
    for_each_slice(ctx, static_cast<std::size_t>(ctx.attrs().i("batch_dims")),
                   [&](std::int64_t from, std::int64_t, std::int64_t count) { y = std::copy_n(x + from, count, y); });
  });
}

void scatter(ReferenceContext& ctx) {
  copy_reference(ctx);
  with_reduction(ctx.attrs().s("reduction"), ctx.in(0).dtype, [&]<class T>(auto combine) {
    const T* updates = ctx.in(2).as<const T>();
    T* y = ctx.out(0).as<T>();
    for_each_slice(ctx, 0, [&](std::int64_t to, std::int64_t which, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) combine(y[to + i], updates[which * count + i]);
    });
  });
}

}  // namespace

std::span<const OpDef> gather_nd_ops() {
  static const OpDef defs[] = {
      {.name = "GatherND", .versions = {11, 12, 13}, .inputs = {2, 2}, .attributes = {{"batch_dims", std::int64_t{0}}},
       .infer = infer_gather, .reference = gather},
      {.name = "ScatterND", .versions = {11, 13, 16, 18}, .inputs = {3, 3}, .attributes = {{"reduction", std::string("none")}},
       .infer = infer_scatter, .reference = scatter},
  };
  return defs;
}

}  // namespace onnxrun
