// Slice: numpy's data[start:end:step] along the given axes (all in order when none are given). Takes over the layout.
// Versions: 1 has starts, ends, axes as attributes and no steps; 10 as inputs; 11 and 13 added types.
#include "engine/ir/reference.h"
#include "engine/ir/upgrade.h"
#include "ops/common/axes.h"
#include "ops/common/checks.h"
#include "ops/common/contents.h"
#include "ops/common/convert.h"
#include "ops/common/dispatch.h"
#include "ops/common/slice_window.h"
#include "ops/common/strided.h"

namespace onnxrun {
namespace {

void upgrade(UpgradeContext& ctx) {
  if (ctx.opset() >= 10) return;
  ctx.ints_to_input("starts", 1);
  ctx.ints_to_input("ends", 2);
  ctx.ints_to_input("axes", 3);
}

constexpr std::int64_t kFar = std::numeric_limits<std::int32_t>::max();  // exporters' "up to the end"

// Where the slice begins and stops, for step > 0. Sizes are taken to be at least 1 and bounds made of symbols to lie inside
// the dimension, as they do in every model that computes them from shapes.
std::optional<Dim> begin_of(const Dim& start, const Dim& size) {
  if (!start.known() || start.value() >= 0) return start;
  if (size.known()) return Dim(std::max<std::int64_t>(size.value() + start.value(), 0));
  return start.is(-1) ? std::optional(size - 1) : std::nullopt;
}
std::optional<Dim> stop_of(const Dim& end, const Dim& size) {
  if (!end.known()) return end;
  if (end.value() >= kFar) return size;
  if (end.value() < 0) return size + end;
  if (size.known()) return Dim(std::min(end.value(), size.value()));
  return end.value() <= 1 ? std::optional(end) : std::nullopt;
}

// The size of start:end:step of `size` with symbols in them.
std::optional<Dim> symbolic_size(const Dim& start, const Dim& end, std::int64_t step, const Dim& size) {
  if (step < 0) {
    const bool whole = (start.is(-1) || (start.known() && start.value() >= kFar)) && end.known() && end.value() < -kFar;
    return whole && step > -kFar ? std::optional(ceil_div(size, -step)) : std::nullopt;
  }
  const auto begin = begin_of(start, size), stop = stop_of(end, size);
  return begin && stop ? std::optional(ceil_div(*stop - *begin, step)) : std::nullopt;
}

struct Bounds {
  std::optional<Contents> starts, ends;
  std::optional<std::vector<std::int64_t>> axes, steps;
};

std::optional<Bounds> bounds_of(InferContext& ctx, int rank) {
  Bounds b{contents_of(ctx, 1), contents_of(ctx, 2), numbers_of(ctx, 3), numbers_of(ctx, 4)};
  const auto count = length_of(ctx, 1);
  if (!count || (ctx.has(3) && !b.axes)) return std::nullopt;
  if (!ctx.has(3)) {
    b.axes.emplace();
    require(*count <= rank, "{} starts for an input of rank {}", *count, rank);
    for (std::int64_t i = 0; i < *count; ++i) b.axes->push_back(i);
  }
  if (!ctx.has(4)) b.steps.emplace(static_cast<std::size_t>(*count), 1);
  const auto agree = [&](const auto& list, const char* name) {
    require(!list || static_cast<std::int64_t>(list->size()) == *count, "{} {} for {} starts", list ? list->size() : 0, name, *count);
  };
  agree(b.starts, "starts");
  agree(b.ends, "ends");
  agree(b.axes, "axes");
  agree(b.steps, "steps");
  return b;
}

std::optional<Dim> sliced(const Bounds& b, std::size_t k, const Dim& size) {
  if (!b.starts || !b.ends || !b.steps) return std::nullopt;
  const Dim &start = (*b.starts)[k], &end = (*b.ends)[k];
  const std::int64_t step = (*b.steps)[k];
  require(step != 0, "step 0");
  if (start.known() && end.known() && size.known()) return Dim(slice_window(start.value(), end.value(), step, size.value()).count);
  return symbolic_size(start, end, step, size);
}

// Elements of a known vector.
void infer_contents(InferContext& ctx, const Bounds& b) {
  const auto in = contents_of(ctx, 0);
  if (!in || b.axes->size() != 1 || !b.starts || !b.ends || !b.steps) return;
  const Dim &start = b.starts->front(), &end = b.ends->front();
  if (!start.known() || !end.known()) return;
  const Window w = slice_window(start.value(), end.value(), b.steps->front(), static_cast<std::int64_t>(in->size()));
  Contents out;
  for (std::int64_t i = 0; i < w.count; ++i) out.push_back((*in)[static_cast<std::size_t>(w.start + i * w.step)]);
  ctx.set_contents(0, std::move(out));
}

void infer(InferContext& ctx) {
  for (int i = 1; i < ctx.inputs(); ++i) {
    want_dtype(ctx, i, {DType::kInt64, DType::kInt32});
    want_same_dtype(ctx, 1, i);
  }
  if (!ctx.has_shape(0)) return ctx.set(0, Type::tensor(ctx.dtype(0), std::nullopt, ctx.in(0).layout));
  const int rank = ctx.rank(0);
  Dims dims = ctx.shape(0);
  const auto bounds = bounds_of(ctx, rank);
  if (!bounds) {
    dims = ctx.fresh_dims(rank);
  } else {
    std::vector<bool> seen(static_cast<std::size_t>(rank), false);
    for (std::size_t k = 0; k < bounds->axes->size(); ++k) {
      const auto axis = static_cast<std::size_t>(normalize_axis((*bounds->axes)[k], rank));
      require(!seen[axis], "axis {} is given twice", axis);
      seen[axis] = true;
      const auto d = sliced(*bounds, k, dims[axis]);
      dims[axis] = d ? *d : ctx.fresh();
    }
  }
  ctx.set(0, Type::tensor(ctx.dtype(0), std::move(dims), ctx.in(0).layout));
  if (bounds && rank == 1) infer_contents(ctx, *bounds);
}

void reference(ReferenceContext& ctx) {
  const auto in = ctx.in(0).shape;
  const auto starts = converted<std::int64_t>(ctx.in(1)), ends = converted<std::int64_t>(ctx.in(2));
  const auto axes = ctx.has(3) ? converted<std::int64_t>(ctx.in(3)) : std::vector<std::int64_t>{};
  const auto steps = ctx.has(4) ? converted<std::int64_t>(ctx.in(4)) : std::vector<std::int64_t>(starts.size(), 1);
  Strides strides = dense_strides(in);
  Shape shape(in.begin(), in.end());
  std::int64_t origin = 0;
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const std::int64_t axis = ctx.has(3) ? axes[k] : static_cast<std::int64_t>(k);
    const auto d = static_cast<std::size_t>(normalize_axis(axis, static_cast<int>(in.size())));
    const Window w = slice_window(starts[k], ends[k], steps[k], in[d]);
    origin += w.start * strides[d];
    strides[d] *= w.step;
    shape[d] = w.count;
  }
  ctx.allocate(0, shape);
  dispatch_by_size(ctx.in(0).dtype, [&]<class T>() {
    const T* x = ctx.in(0).as<const T>();
    T* y = ctx.out(0).as<T>();
    walk<2>(shape, {dense_strides(shape), strides}, [&](const auto& at) { y[at[0]] = x[origin + at[1]]; });
  });
}

}  // namespace

std::span<const OpDef> slice_ops() {
  static const OpDef defs[] = {
      {.name = "Slice", .versions = {1, 10, 11, 13}, .inputs = {3, 5}, .upgrade = upgrade, .infer = infer, .reference = reference,
       .traits = {.shape_inputs = kAllButFirst}},
  };
  return defs;
}

}  // namespace onnxrun
