// What the convolutions share: Conv, onnxrun.FusedConv, ConvInteger, QLinearConv.
#pragma once

#include "engine/ir/infer.h"
#include "engine/ir/reference.h"
#include "ops/common/window.h"

namespace onnxrun {

// The output's shape [N, M, spatial out...] from input 0 [N, C, spatial...] and input `w` [M, C/group, kernel...]; nullopt when
// the rank is unknown. Checks ranks, channels, groups and the window; makes an auto_pad explicit where it can (infer_window()).
// An absent attribute kernel_shape is read off the weight.
std::optional<Dims> conv_shape(InferContext& ctx, int w = 1);

// The kernel's sizes: attribute kernel_shape, which must agree with the weight [M, C, kernel...], else the weight's; nullopt
// when neither is known.
std::optional<Ints> kernel_sizes(const InferContext& ctx, int w);

struct ConvGeometry {
  ConvGeometry(const Attributes& attrs, std::span<const std::int64_t> x, std::span<const std::int64_t> w,
               std::span<const std::int64_t> y);
  std::int64_t batch, groups, in_per_group, out_per_group;
  std::span<const std::int64_t> in, out;  // spatial sizes
  Window window;
};

// Calls put(flat index in y, channel, sum over the window of x * w) for every element of y. A is the accumulator's type.
template <class A, class Put>
void convolve(const ConvGeometry& g, std::span<const A> x, std::span<const A> w, Put put) {
  const std::int64_t in_size = volume(g.in), out_size = volume(g.out), kernel_size = volume(g.window.kernel);
  const std::int64_t channels_in = g.groups * g.in_per_group, channels_out = g.groups * g.out_per_group;
  for_each_window(g.in, g.out, g.window, [&](std::int64_t at, std::span<const Tap> taps, std::int64_t) {
    for (std::int64_t n = 0; n < g.batch; ++n) {
      for (std::int64_t m = 0; m < channels_out; ++m) {
        const std::int64_t first = m / g.out_per_group * g.in_per_group;
        A sum{};
        for (std::int64_t c = 0; c < g.in_per_group; ++c) {
          const A* xs = x.data() + (n * channels_in + first + c) * in_size;
          const A* ws = w.data() + (m * g.in_per_group + c) * kernel_size;
          for (const Tap& tap : taps) sum += xs[tap.input] * ws[tap.kernel];
        }
        put((n * channels_out + m) * out_size + at, m, sum);
      }
    }
  });
}

}  // namespace onnxrun
