// MaxUnpool: the elements of x at the places that `indices` names (flat in the output [N, C, D...]), zeros elsewhere. The
// spatial size is stride * (in - 1) + kernel - pads; input output_shape may ask for a larger one, whose end is then zeros.
#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/common/window.h"

namespace onnxrun {
namespace {

Dims unpooled(const Attributes& attrs, const Dims& x) {
  const Window w = read_window(attrs, attrs.ints("kernel_shape"));
  require(x.size() == w.kernel.size() + 2, "input 0 has shape {}, want rank {} for {} spatial axes", dims_str(x),
          w.kernel.size() + 2, w.kernel.size());
  Dims y{x[0], x[1]};
  for (int axis = 0; axis < w.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    y.push_back((x[i + 2] - 1) * w.strides[i] + (w.kernel[i] - w.pad_begin(axis) - w.pad_end(axis)));
    require(!y.back().known() || y.back().value() >= 0, "the output would have size {} along spatial axis {}", y.back().str(),
            axis);
  }
  return y;
}

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_dtype(ctx, 1, {DType::kInt64});
  want_dtype(ctx, 2, {DType::kInt64});
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  want_shape(ctx, 1, ctx.shape(0));
  Dims y = unpooled(ctx.attrs(), ctx.shape(0));
  if (ctx.has(2)) {
    const std::vector<Dim>* wanted = ctx.contents(2);
    require(wanted == nullptr || wanted->size() == y.size(), "output_shape has {} entries, want {}", wanted ? wanted->size() : 0,
            y.size());
    for (std::size_t i = 0; wanted != nullptr && i < y.size(); ++i) {
      const Dim& w = (*wanted)[i];
      require(!w.known() || !y[i].known() || w.value() >= y[i].value(), "output_shape asks for {} along axis {}, less than {}",
              w.str(), i, y[i].str());
    }
    y = wanted ? *wanted : ctx.fresh_dims(static_cast<int>(y.size()));
  }
  ctx.set(0, ctx.dtype(0), std::move(y));
}

void reference(ReferenceContext& ctx) {
  const auto inner = *known_shape(unpooled(ctx.attrs(), dims_of(Shape(ctx.in(0).shape.begin(), ctx.in(0).shape.end()))));
  Shape shape = inner;
  if (ctx.has(2)) shape.assign(ctx.in<std::int64_t>(2).begin(), ctx.in<std::int64_t>(2).end());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    require(shape.size() == inner.size() && shape[i] >= inner[i], "output_shape does not hold what is unpooled along axis {}", i);
  }
  const TensorView y = ctx.allocate(0, shape);
  const Reals x = read_reals(ctx.in(0));
  Reals out(static_cast<std::size_t>(y.size), 0.0);
  const std::int64_t count = volume(inner);
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::int64_t from = ctx.in<std::int64_t>(1)[i], to = 0, stride = 1;
    require(ErrorCode::kUsage, from >= 0 && from < count, "index {} is outside the {} elements of the output", from, count);
    for (std::size_t axis = inner.size(); axis-- > 0;) {
      to += from % inner[axis] * stride;
      from /= inner[axis];
      stride *= shape[axis];
    }
    out[static_cast<std::size_t>(to)] = x[i];
  }
  write_reals(y, out);
}

}  // namespace

std::span<const OpDef> max_unpool_ops() {
  static const OpDef defs[] = {
      {.name = "MaxUnpool",
       .versions = {9, 11, 22},
       .inputs = {2, 3},
       .attributes = {{"kernel_shape", std::nullopt, true}, {"pads"}, {"strides"}},
       .infer = infer,
       .reference = reference,
       .traits = {.shape_inputs = 1u << 2}},
  };
  return defs;
}

}  // namespace onnxrun
