// ConvTranspose: y[n, m, i * stride - pad + k * dilation] += x[n, c, i] * w[c, m, k], plus b[m], in `group` groups of channels.
// Size: stride * (in - 1) + output_padding + extent - pads. output_shape gives the size instead, as does auto_pad = SAME_*
// (in * stride); both become explicit pads and output_padding once the input's size is known.
// Versions 1, 11 and 22 differ in types and in the wording of defaults only.
#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/nn/conv.h"

namespace onnxrun {
namespace {

struct Transposed {
  Window window;
  Ints output_padding;
  std::optional<Ints> output;  // the wanted spatial sizes
};

Transposed read_transposed(const Attributes& attrs, const Ints& kernel) {
  const std::size_t rank = kernel.size();
  Transposed t{read_window(attrs, kernel), attrs.ints("output_padding", Ints(rank, 0)), {}};
  require(t.output_padding.size() == rank, "attribute output_padding has {} entries, want {}", t.output_padding.size(), rank);
  for (const std::int64_t p : t.output_padding)
    require(p >= 0 && p < (std::int64_t{1} << 31), "attribute output_padding holds {}", p);
  if (!attrs.has("output_shape")) return t;
  Ints output = attrs.ints("output_shape");
  if (output.size() == rank + 2)
    output.erase(output.begin(), output.begin() + 2);  // some exporters write the batch and channels, too
  require(output.size() == rank, "attribute output_shape has {} entries, want {}", output.size(), rank);
  for (const std::int64_t s : output) require(s >= 0 && s < (std::int64_t{1} << 31), "attribute output_shape holds {}", s);
  t.output = std::move(output);
  return t;
}

// What the formula gives without pads and output_padding.
Dim full_size(const Window& w, int axis, const Dim& in) {
  return (in - 1) * w.strides[static_cast<std::size_t>(axis)] + w.extent(axis);
}

Dim output_size(const Transposed& t, int axis, const Dim& in) {
  const auto i = static_cast<std::size_t>(axis);
  if (t.output) return (*t.output)[i];
  if (t.window.auto_pad != AutoPad::kNotSet) return in * t.window.strides[i];
  const Dim out = full_size(t.window, axis, in) + (t.output_padding[i] - t.window.pad_begin(axis) - t.window.pad_end(axis));
  require(!out.known() || out.value() >= 0, "the output would have size {} along spatial axis {}: the pads are too large",
          out.str(), axis);
  return out;
}

// Turns output_shape and auto_pad into pads (and output_padding where the wanted size is larger than the full one).
void make_explicit(Transposed& t, std::span<const std::int64_t> in) {
  if (!t.output && t.window.auto_pad == AutoPad::kNotSet) return;
  for (int axis = 0; axis < t.window.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    const std::int64_t want = output_size(t, axis, in[i]).value(), full = full_size(t.window, axis, in[i]).value();
    const std::int64_t total = std::max<std::int64_t>(0, full + t.output_padding[i] - want), half = total / 2;
    t.window.pads[i] = t.window.auto_pad == AutoPad::kSameUpper ? half : total - half;
    t.window.pads[i + t.output_padding.size()] = total - t.window.pads[i];
    t.output_padding[i] = want - full + total;
  }
  t.window.auto_pad = AutoPad::kNotSet;
  t.output.reset();
}

Dims spatial_sizes(InferContext& ctx, const Ints& kernel, std::span<const Dim> in) {
  Transposed t = read_transposed(ctx.attrs(), kernel);
  Dims out;
  for (int axis = 0; axis < t.window.rank(); ++axis) out.push_back(output_size(t, axis, in[static_cast<std::size_t>(axis)]));
  const auto sizes = known_shape(Dims(in.begin(), in.end()));
  Attributes& attrs = ctx.mutable_node().attrs;
  if (!sizes || (!t.output && attrs.s("auto_pad") == "NOTSET")) return out;
  make_explicit(t, *sizes);
  attrs.erase("output_shape");
  attrs.set("auto_pad", std::string("NOTSET"));
  attrs.set("pads", t.window.pads);
  attrs.set("output_padding", t.output_padding);
  return out;
}

void infer(InferContext& ctx) {
  want_float(ctx, 0);
  want_same_dtype(ctx, 0, 1);
  want_same_dtype(ctx, 0, 2);
  want_min_rank(ctx, 0, 3);
  want_min_rank(ctx, 1, 3);
  const std::int64_t group = ctx.attrs().i("group");
  require(group >= 1, "attribute group is {}, want 1 or more", group);
  if (!ctx.has_shape(0)) return ctx.set(0, ctx.dtype(0), std::nullopt);
  const Dims x = ctx.shape(0);
  Dims y{x[0], ctx.fresh()};
  if (ctx.has_shape(1)) {
    want_rank(ctx, 1, ctx.rank(0));
    const Dims& w = ctx.shape(1);
    same_dim(x[1], w[0], "the number of input channels");
    require(!x[1].known() || x[1].value() % group == 0, "{} input channels don't divide into {} groups", x[1].str(), group);
    y[1] = w[1] * group;
    want_shape(ctx, 2, {y[1]});
  }
  const std::optional<Ints> kernel = kernel_sizes(ctx, 1);
  require(!kernel || kernel->size() + 2 == x.size(), "the kernel has {} spatial axes, but the input is {}",
          kernel ? kernel->size() : 0, dims_str(x));
  const Dims spatial =
      kernel ? spatial_sizes(ctx, *kernel, std::span(x).subspan(2)) : ctx.fresh_dims(static_cast<int>(x.size()) - 2);
  y.insert(y.end(), spatial.begin(), spatial.end());
  ctx.set(0, Type::tensor(ctx.dtype(0), std::move(y), layout_of_input(ctx)));
}

void reference(ReferenceContext& ctx) {
  const auto x_shape = ctx.in(0).shape, w_shape = ctx.in(1).shape, y_shape = ctx.out(0).shape;
  Transposed t = read_transposed(ctx.attrs(), Ints(w_shape.begin() + 2, w_shape.end()));
  make_explicit(t, x_shape.subspan(2));
  const std::int64_t batch = x_shape[0], in = x_shape[1], out = y_shape[1], group = ctx.attrs().i("group");
  const std::int64_t x_size = volume(x_shape.subspan(2)), y_size = volume(y_shape.subspan(2)),
                     kernel = volume(w_shape.subspan(2));
  const std::int64_t in_per = in / group, out_per = out / group;
  const Reals x = read_reals(ctx.in(0)), w = read_reals(ctx.in(1)), b = read_reals(ctx.has(2) ? ctx.in(2) : TensorView{});
  Reals y(static_cast<std::size_t>(ctx.out(0).size), 0.0);
  for (std::size_t i = 0; !b.empty() && i < y.size(); ++i) y[i] = b[i / static_cast<std::size_t>(y_size) % b.size()];
  // Seen from y, every place of x is a window over y.
  for_each_window(y_shape.subspan(2), x_shape.subspan(2), t.window,
                  [&](std::int64_t at, std::span<const Tap> taps, std::int64_t) {
                    for (std::int64_t n = 0; n < batch; ++n) {
                      for (std::int64_t c = 0; c < in; ++c) {
                        const double value = x[static_cast<std::size_t>((n * in + c) * x_size + at)];
                        for (std::int64_t m = 0; m < out_per; ++m) {
                          double* plane = y.data() + (n * out + c / in_per * out_per + m) * y_size;
                          const double* weight = w.data() + (c * out_per + m) * kernel;
                          for (const Tap& tap : taps) plane[tap.input] += value * weight[tap.kernel];
                        }
                      }
                    }
                  });
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> conv_transpose_ops() {
  static const OpDef defs[] = {
      {.name = "ConvTranspose",
       .versions = {1, 11, 22},
       .inputs = {2, 3},
       .attributes = {{"auto_pad", std::string("NOTSET")},
                      {"dilations"},
                      {"group", std::int64_t{1}},
                      {"kernel_shape"},
                      {"output_padding"},
                      {"output_shape"},
                      {"pads"},
                      {"strides"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
