// Conv: y[n, m, o] = b[m] + sum over c, k of x[n, c, o * stride - pad + k * dilation] * w[m, c, k], in `group` groups of
// channels. Versions 1, 11 and 22 differ in types and in the wording of defaults only.
#include "ops/nn/conv.h"

#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"

namespace onnxrun {
namespace {

void check_channels(const Dims& x, const Dims& weight, std::int64_t group) {
  const Dim &c = x[1], &m = weight[0], &per_group = weight[1];
  require(!m.known() || m.value() % group == 0, "{} output channels don't divide into {} groups", m.str(), group);
  require(!c.known() || !per_group.known() || c.value() == per_group.value() * group,
          "the input {} has {} channels, but the weight {} wants {} in {} group(s)", dims_str(x), c.str(), dims_str(weight),
          (per_group * group).str(), group);
}

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_same_dtype(ctx, 1, 0);
  want_same_dtype(ctx, 2, 0);
  ctx.set(0, Type::tensor(ctx.dtype(0), conv_shape(ctx), layout_of_input(ctx)));
  if (ctx.has_shape(1)) want_shape(ctx, 2, {ctx.shape(1)[0]});
}

void reference(ReferenceContext& ctx) {
  const ConvGeometry g(ctx.attrs(), ctx.in(0).shape, ctx.in(1).shape, ctx.out(0).shape);
  const Reals bias = read_reals(ctx.has(2) ? ctx.in(2) : TensorView{});
  Reals y(static_cast<std::size_t>(ctx.out(0).size));
  convolve<double>(g, read_reals(ctx.in(0)), read_reals(ctx.in(1)), [&](std::int64_t at, std::int64_t m, double sum) {
    y[static_cast<std::size_t>(at)] = sum + (bias.empty() ? 0 : bias[static_cast<std::size_t>(m)]);
  });
  write_reals(ctx.out(0), y);
}

}  // namespace

std::optional<Ints> kernel_sizes(const InferContext& ctx, int w) {
  std::optional<Ints> kernel;
  if (ctx.attrs().has("kernel_shape")) kernel = ctx.attrs().ints("kernel_shape");
  if (!ctx.has_shape(w)) return kernel;
  const Dims spatial(ctx.shape(w).begin() + 2, ctx.shape(w).end());
  if (!kernel) return known_shape(spatial);
  require(kernel->size() == spatial.size(), "attribute kernel_shape has {} entries, but the weight is {}", kernel->size(),
          dims_str(ctx.shape(w)));
  for (std::size_t i = 0; i < spatial.size(); ++i) {
    require(!spatial[i].known() || spatial[i].is((*kernel)[i]),
            "attribute kernel_shape says {} for spatial axis {}, the weight {}", (*kernel)[i], i, dims_str(ctx.shape(w)));
  }
  return kernel;
}

std::optional<Dims> conv_shape(InferContext& ctx, int w) {
  want_min_rank(ctx, 0, 3);
  want_min_rank(ctx, w, 3);
  if (ctx.has_shape(0)) want_rank(ctx, w, ctx.rank(0));
  const std::int64_t group = ctx.attrs().i("group");
  require(group >= 1, "attribute group is {}, want 1 or more", group);
  if (!ctx.has_shape(0)) return std::nullopt;
  const Dims x = ctx.shape(0);
  if (ctx.has_shape(w)) check_channels(x, ctx.shape(w), group);
  Dims y{x[0], ctx.has_shape(w) ? ctx.shape(w)[0] : ctx.fresh()};
  const std::optional<Ints> kernel = kernel_sizes(ctx, w);
  require(!kernel || kernel->size() + 2 == x.size(), "the kernel has {} spatial axes, but the input is {}",
          kernel ? kernel->size() : 0, dims_str(x));
  const Dims spatial = kernel ? window_outputs(ctx, infer_window(ctx, 0, *kernel), std::span(x).subspan(2))
                              : ctx.fresh_dims(static_cast<int>(x.size()) - 2);
  y.insert(y.end(), spatial.begin(), spatial.end());
  return y;
}

ConvGeometry::ConvGeometry(const Attributes& attrs, std::span<const std::int64_t> x, std::span<const std::int64_t> w,
                           std::span<const std::int64_t> y)
    : batch(x[0]),
      groups(attrs.i("group")),
      in_per_group(w[1]),
      out_per_group(w[0] / groups),
      in(x.subspan(2)),
      out(y.subspan(2)),
      window(concrete_window(attrs, Ints(w.begin() + 2, w.end()), x)) {}

std::span<const OpDef> conv_ops() {
  static const OpDef defs[] = {
      {.name = "Conv",
       .versions = {1, 11, 22},
       .inputs = {2, 3},
       .attributes = {{"auto_pad", std::string("NOTSET")},
                      {"dilations"},
                      {"group", std::int64_t{1}},
                      {"kernel_shape"},
                      {"pads"},
                      {"strides"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
