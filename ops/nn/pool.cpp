// MaxPool, AveragePool, LpPool: a window slides over the spatial axes, a row per operator.
//   MaxPool      the largest element; Indices = its flat position in x, column-major in the spatial axes when storage_order = 1
//   AveragePool  the mean of the elements inside the input, or with count_include_pad of those in the padded input
//   LpPool       (sum |x|^p)^(1/p)
// Versions: older ones lack attributes (dilations, ceil_mode, count_include_pad) whose defaults say the same; LpPool-1 has a
// float p.
#include <cmath>
#include <limits>

#include "engine/ir/reference.h"
#include "ops/common/dispatch.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/window.h"
#include "ops/nn/float_p.h"

namespace onnxrun {
namespace {

void infer(InferContext& ctx) {
  const Ints& kernel = ctx.attrs().ints("kernel_shape");
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  const Dims x = ctx.shape(0);
  require(x.size() == kernel.size() + 2, "input 0 has shape {}, want rank {} for {} spatial axes", dims_str(x), kernel.size() + 2,
          kernel.size());
  const Window window = infer_window(ctx, 0, kernel);
  for (int axis = 0; axis < window.rank(); ++axis) {
    const std::int64_t most = std::max(window.pad_begin(axis), window.pad_end(axis));
    require(most < window.extent(axis), "pads has {} for spatial axis {}, want less than the kernel's extent {}", most, axis,
            window.extent(axis));
  }
  Dims y{x[0], x[1]};
  for (Dim& d : window_outputs(ctx, window, std::span(x).subspan(2))) y.push_back(std::move(d));
  ctx.set(0, Type::tensor(ctx.dtype(0), y, layout_of_input(ctx)));
}

void infer_max(InferContext& ctx) {
  want_dtype(ctx, 0, {DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kBFloat16, DType::kInt8, DType::kUInt8});
  infer(ctx);
  if (ctx.outputs() < 2) return;
  ctx.set(1, DType::kInt64, ctx.graph().value(ctx.node().outputs[0]).type.shape);
}

void infer_average(InferContext& ctx) {
  want_float(ctx, 0);
  infer(ctx);
}

void infer_lp(InferContext& ctx) {
  require(ctx.attrs().i("p") >= 1, "attribute p is {}, want 1 or more", ctx.attrs().i("p"));
  infer_average(ctx);
}

// Calls put(index in y, first element of the channel in x, taps, padded count) for every window of every channel.
template <class Put>
void each_window(const ReferenceContext& ctx, const TensorView& y, Put put) {
  const auto in = ctx.in(0).shape;
  const Window window = concrete_window(ctx.attrs(), ctx.attrs().ints("kernel_shape"), in);
  const std::int64_t in_size = volume(in.subspan(2)), out_size = volume(y.shape.subspan(2)), planes = in[0] * in[1];
  for_each_window(in.subspan(2), y.shape.subspan(2), window,
                  [&](std::int64_t at, std::span<const Tap> taps, std::int64_t padded) {
                    for (std::int64_t c = 0; c < planes; ++c)
                      put(static_cast<std::size_t>(c * out_size + at), c * in_size, taps, padded);
                  });
}

// A flat row-major position in the spatial sizes as a column-major one.
std::int64_t column_major(std::int64_t flat, std::span<const std::int64_t> sizes) {
  std::int64_t out = 0, stride = volume(sizes);
  for (std::size_t i = sizes.size(); i-- > 0;) {
    stride /= sizes[i];
    out += flat % sizes[i] * stride;
    flat /= sizes[i];
  }
  return out;
}

void reference_max(ReferenceContext& ctx) {
  const auto spatial = ctx.in(0).shape.subspan(2);
  const bool by_column = ctx.attrs().i("storage_order") != 0;
  dispatch(ctx.in(0).dtype, TypeList<float, double, Float16, BFloat16, std::int8_t, std::uint8_t>{}, [&]<class T>() {
    using C = Compute<T>;
    const auto x = ctx.in<T>(0);
    each_window(ctx, ctx.out(ctx.wants(0) ? 0 : 1),
                [&](std::size_t to, std::int64_t plane, std::span<const Tap> taps, std::int64_t) {
                  C best = std::numeric_limits<C>::lowest();
                  std::int64_t where = taps.empty() ? 0 : taps[0].input;
                  bool first = true;
                  for (const Tap& tap : taps) {
                    const C v = static_cast<C>(x[static_cast<std::size_t>(plane + tap.input)]);
                    if (!first && !(v > best) && !(v != v && best == best)) continue;
                    first = false;
                    best = v;
                    where = tap.input;
                  }
                  if (ctx.wants(0)) ctx.out<T>(0)[to] = static_cast<T>(best);
                  if (ctx.wants(1)) ctx.out<std::int64_t>(1)[to] = plane + (by_column ? column_major(where, spatial) : where);
                });
  });
}

void reference_average(ReferenceContext& ctx) {
  const Reals x = read_reals(ctx.in(0));
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  const bool with_pad = ctx.attrs().i("count_include_pad") != 0;
  each_window(ctx, ctx.out(0), [&](std::size_t to, std::int64_t plane, std::span<const Tap> taps, std::int64_t padded) {
    double sum = 0;
    for (const Tap& tap : taps) sum += x[static_cast<std::size_t>(plane + tap.input)];
    const std::int64_t count = with_pad ? padded : static_cast<std::int64_t>(taps.size());
    y[to] = count == 0 ? 0 : sum / static_cast<double>(count);
  });
  write_reals(ctx.out(0), y);
}

void reference_lp(ReferenceContext& ctx) {
  const Reals x = read_reals(ctx.in(0));
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  const auto p = static_cast<double>(ctx.attrs().i("p"));
  each_window(ctx, ctx.out(0), [&](std::size_t to, std::int64_t plane, std::span<const Tap> taps, std::int64_t) {
    double sum = 0;
    for (const Tap& tap : taps) sum += std::pow(std::fabs(x[static_cast<std::size_t>(plane + tap.input)]), p);
    y[to] = std::pow(sum, 1 / p);
  });
  write_reals(ctx.out(0), y);
}

// The attributes of a pooling and its own.
std::vector<AttributeSpec> attributes(std::initializer_list<AttributeSpec> own) {
  std::vector<AttributeSpec> specs = {{"auto_pad", std::string("NOTSET")},
                                      {"ceil_mode", std::int64_t{0}},
                                      {"dilations"},
                                      {"kernel_shape", std::nullopt, true},
                                      {"pads"},
                                      {"strides"}};
  specs.insert(specs.end(), own);
  return specs;
}

}  // namespace

std::span<const OpDef> pool_ops() {
  static const OpDef defs[] = {
      {.name = "MaxPool",
       .versions = {1, 8, 10, 11, 12, 22},
       .outputs = {1, 2},
       .attributes = attributes({{"storage_order", std::int64_t{0}}}),
       .infer = infer_max,
       .reference = reference_max},
      {.name = "AveragePool",
       .versions = {1, 7, 10, 11, 19, 22},
       .attributes = attributes({{"count_include_pad", std::int64_t{0}}}),
       .infer = infer_average,
       .reference = reference_average},
      {.name = "LpPool",
       .versions = {1, 2, 11, 18, 22},
       .attributes = attributes({{"p", std::int64_t{2}}}),
       .upgrade = upgrade_float_p,
       .infer = infer_lp,
       .reference = reference_lp},
  };
  return defs;
}

}  // namespace onnxrun
