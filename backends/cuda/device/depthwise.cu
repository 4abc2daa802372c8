// Convolutions of every channel for itself, channels-last, with all that follows them. A thread computes neighbours along the last
// axis, which share its weights; threads side by side read channels side by side.
#include "backends/cuda/device/codes.h"

namespace onnxrun::cuda::device {
namespace {

constexpr int kNeighbours = 4;

template <class T>
struct DepthwiseBody {
  ConvSpec s;
  ConvBuffers b;
  std::int64_t runs;  // of neighbours along the last axis

  ONNXRUN_BODY void operator()(std::int64_t i) const {
    const std::int64_t filter = split_off(i, s.filters), run = split_off(i, runs);
    const std::int64_t out1 = split_off(i, s.axes[1].out), out0 = split_off(i, s.axes[0].out), batch = i;
    const WindowAxis &a0 = s.axes[0], &a1 = s.axes[1], &a2 = s.axes[2];
    const T* w = as<T>(b.w) + filter * a0.kernel * a1.kernel * a2.kernel;
    const T* x = as<T>(b.x) + batch * a0.in * a1.in * a2.in * s.channels + filter / (s.filters / s.channels);
    float sums[kNeighbours] = {};
    for (std::int64_t k0 = 0; k0 < a0.kernel; ++k0) {
      const std::int64_t x0 = out0 * a0.stride - a0.pad_begin + k0 * a0.dilation;
      for (std::int64_t k1 = 0; k1 < a1.kernel; ++k1, w += a2.kernel) {
        const std::int64_t x1 = out1 * a1.stride - a1.pad_begin + k1 * a1.dilation;
        if (x0 < 0 || x0 >= a0.in || x1 < 0 || x1 >= a1.in) continue;
        add_row(w, x + (x0 * a1.in + x1) * a2.in * s.channels, run * kNeighbours * a2.stride - a2.pad_begin, sums);
      }
    }
    const std::int64_t row = ((batch * a0.out + out0) * a1.out + out1) * a2.out;
    const float bias = b.bias == nullptr ? 0 : widened(as<T>(b.bias)[filter]);
    for (int n = 0; n < kNeighbours; ++n) {
      const std::int64_t out2 = run * kNeighbours + n, at = (row + out2) * s.filters + filter;
      if (out2 >= a2.out) break;
      const float sum = sums[n] + bias + (b.residual == nullptr ? 0 : widened(as<T>(b.residual)[at]));
      static_cast<T*>(b.y)[at] = narrowed(apply(s.end.activation, sum, 0, 0, s.end.p, s.end.q), T{});
    }
  }

 private:
  // A row of the window: the first neighbour's begins at `first` of the input's row, perhaps before it.
  ONNXRUN_BODY void add_row(const T* w, const T* x, std::int64_t first, float (&sums)[kNeighbours]) const {
    const WindowAxis& a = s.axes[2];
    for (std::int64_t k = 0; k < a.kernel; ++k) {
      const float weight = widened(w[k]);
      for (int n = 0; n < kNeighbours; ++n) {
        const std::int64_t at = first + n * a.stride + k * a.dilation;
        if (at >= 0 && at < a.in) sums[n] += weight * widened(x[at * s.channels]);
      }
    }
  }
};

template <class T>
Status launch(const ConvSpec& spec, const ConvBuffers& buffers, Stream stream, Failure* why) {
  const std::int64_t runs = (spec.axes[2].out + kNeighbours - 1) / kNeighbours;
  const std::int64_t threads = spec.batch * spec.axes[0].out * spec.axes[1].out * runs * spec.filters;
  return launch_each(threads, DepthwiseBody<T>{spec, buffers, runs}, stream, why);
}

}  // namespace

Status depthwise_conv(const ConvSpec& spec, const ConvBuffers& buffers, Stream stream, Failure* why) {
  if (spec.type == Elem::kF16) return launch<Half>(spec, buffers, stream, why);
  if (spec.type == Elem::kBF16) return launch<BHalf>(spec, buffers, stream, why);
  return launch<float>(spec, buffers, stream, why);
}

}  // namespace onnxrun::cuda::device
