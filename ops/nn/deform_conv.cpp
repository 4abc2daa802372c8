// DeformConv: a convolution whose every kernel element reads x at its place plus an offset, by linear interpolation, times a
// mask:
//   y[n, m, o] = b[m] + sum over c, k of w[m, c, k] * mask[n, g, k, o] * x[n, c, o * stride - pad + k * dilation + offset[n, g,
//   k, o]]
// Inputs x [N, C, D...], w [M, C/group, K...], offset [N, offset_group * prod(K) * axes, O...], b? [M],
// mask? [N, offset_group * prod(K), O...]. Outside x lie zeros. Versions 19 and 22 differ in types.
#include <cmath>

#include "engine/ir/reference.h"
#include "ops/common/reals.h"
#include "ops/common/shape_checks.h"
#include "ops/nn/conv.h"

namespace onnxrun {
namespace {

enum Input { kX, kW, kOffset, kBias, kMask };

void infer(InferContext& ctx) {
  want_float(ctx, kX);
  for (int i = kW; i <= kMask; ++i) want_same_dtype(ctx, kX, i);
  const std::int64_t offset_groups = ctx.attrs().i("offset_group");
  require(offset_groups >= 1, "attribute offset_group is {}, want 1 or more", offset_groups);
  const std::optional<Dims> y = conv_shape(ctx);
  ctx.set(0, ctx.dtype(kX), y);
  if (!y || !ctx.has_shape(kW)) return;
  const Dim& channels = ctx.shape(kX)[1];
  require(!channels.known() || channels.value() % offset_groups == 0, "{} channels don't divide into {} offset groups",
          channels.str(), offset_groups);
  want_shape(ctx, kBias, {ctx.shape(kW)[0]});
  Dim taps = offset_groups;
  for (int i = 2; i < ctx.rank(kW); ++i) taps = taps * ctx.shape(kW)[static_cast<std::size_t>(i)];
  Dims side = *y;
  side[1] = taps;
  want_shape(ctx, kMask, side);
  side[1] = taps * (ctx.rank(kX) - 2);
  want_shape(ctx, kOffset, side);
}

// x at a point, from the 2^axes elements around it; outside there are zeros.
double interpolate(const double* x, std::span<const std::int64_t> sizes, const Reals& point) {
  const std::size_t rank = sizes.size();
  double sum = 0;
  for (std::size_t corner = 0; corner < (std::size_t{1} << rank); ++corner) {
    double weight = 1;
    std::int64_t at = 0;
    for (std::size_t i = 0; i < rank; ++i) {
      const double low = std::floor(point[i]), rest = point[i] - low;
      const bool upper = (corner >> i) & 1;
      const double place = low + (upper ? 1 : 0);
      if (!(place >= 0 && place < static_cast<double>(sizes[i]))) {
        weight = 0;
        break;
      }
      weight *= upper ? rest : 1 - rest;
      at = at * sizes[i] + static_cast<std::int64_t>(place);
    }
    if (weight != 0) sum += weight * x[at];
  }
  return sum;
}

// Row-major coordinates of a flat position.
void coordinates(std::int64_t flat, std::span<const std::int64_t> sizes, std::vector<std::int64_t>& out) {
  for (std::size_t i = sizes.size(); i-- > 0;) {
    out[i] = flat % sizes[i];
    flat /= sizes[i];
  }
}

void reference(ReferenceContext& ctx) {
  const ConvGeometry g(ctx.attrs(), ctx.in(kX).shape, ctx.in(kW).shape, ctx.out(0).shape);
  const auto optional = [&](int i) { return read_reals(ctx.has(i) ? ctx.in(i) : TensorView{}); };
  const Reals x = read_reals(ctx.in(kX)), w = read_reals(ctx.in(kW)), offset = read_reals(ctx.in(kOffset)),
              bias = optional(kBias), mask = optional(kMask);
  const std::int64_t in_size = volume(g.in), out_size = volume(g.out), taps = volume(g.window.kernel),
                     groups = ctx.attrs().i("offset_group");
  const std::int64_t channels = g.groups * g.in_per_group, filters = g.groups * g.out_per_group, per_offset = channels / groups;
  const auto rank = static_cast<std::int64_t>(g.in.size());
  std::vector<std::int64_t> place(g.in.size()), k(g.in.size());
  Reals y(static_cast<std::size_t>(ctx.out(0).size)), point(g.in.size()), sampled(static_cast<std::size_t>(channels * taps));
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t at = 0; at < out_size; ++at) {
      coordinates(at, g.out, place);
      for (std::int64_t c = 0; c < channels; ++c) {
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          coordinates(tap, g.window.kernel, k);
          const std::int64_t side = (n * groups + c / per_offset) * taps + tap;
          for (std::int64_t axis = 0; axis < rank; ++axis) {
            const auto i = static_cast<std::size_t>(axis);
            point[i] = static_cast<double>(place[i] * g.window.strides[i] - g.window.pads[i] + k[i] * g.window.dilations[i]) +
                       offset[static_cast<std::size_t>((side * rank + axis) * out_size + at)];
          }
          const double factor = mask.empty() ? 1 : mask[static_cast<std::size_t>(side * out_size + at)];
          sampled[static_cast<std::size_t>(c * taps + tap)] =
              factor * interpolate(x.data() + (n * channels + c) * in_size, g.in, point);
        }
      }
      for (std::int64_t m = 0; m < filters; ++m) {
        double sum = bias.empty() ? 0 : bias[static_cast<std::size_t>(m)];
        const std::int64_t first = m / g.out_per_group * g.in_per_group * taps, size = g.in_per_group * taps;
        for (std::int64_t i = 0; i < size; ++i)
          sum += sampled[static_cast<std::size_t>(first + i)] * w[static_cast<std::size_t>(m * size + i)];
        y[static_cast<std::size_t>((n * filters + m) * out_size + at)] = sum;
      }
    }
  }
  write_reals(ctx.out(0), y);
}

}  // namespace

std::span<const OpDef> deform_conv_ops() {
  static const OpDef defs[] = {
      {.name = "DeformConv",
       .versions = {19, 22},
       .inputs = {3, 5},
       .attributes = {{"dilations"},
                      {"group", std::int64_t{1}},
                      {"kernel_shape"},
                      {"offset_group", std::int64_t{1}},
                      {"pads"},
                      {"strides"}},
       .infer = infer,
       .reference = reference},
  };
  return defs;
}

}  // namespace onnxrun
