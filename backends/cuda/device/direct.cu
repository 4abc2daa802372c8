// Products and convolutions with one thread per result, in f32: for what the vendor's libraries don't take. And what may follow
// them: bias, residual, activation.
#include "backends/cuda/device/codes.h"

namespace onnxrun::cuda::device {
namespace {

ONNXRUN_BODY float ended(const FusedEnd& end, float v) { return apply(end.activation, v, 0, 0, end.p, end.q); }

// Result i of a product: where it goes, and the row and column that are multiplied.
struct Place {
  std::int64_t at, column, a, a_step, b, b_step;
  ONNXRUN_BODY Place(const ProductSpec& s, std::int64_t i) {
    std::int64_t batch = i;
    column = split_off(batch, s.n);
    const std::int64_t row = split_off(batch, s.m);
    at = batch * s.y_stride + row * s.n + column;
    a = batch * s.a_stride + (s.trans_a ? row : row * s.k), a_step = s.trans_a ? s.m : 1;
    b = batch * s.b_stride + (s.trans_b ? column * s.k : column), b_step = s.trans_b ? 1 : s.n;
  }
};

struct ProductBody {
  ProductSpec s;
  ProductBuffers b;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    const Place p(s, i);
    float sum = 0;
    for (std::int64_t k = 0; k < s.k; ++k)
      sum += load(s.type, b.a, p.a + k * p.a_step) * load(s.type, b.b, p.b + k * p.b_step);
    sum *= s.scale;
    if (b.bias != nullptr) sum += load(s.type, b.bias, p.column);
    if (b.residual != nullptr) sum += load(s.type, b.residual, p.at);
    store(s.type, b.y, p.at, ended(s.end, sum));
  }
};

// Of i8 factors the sums, as i32, and nothing else.
struct IntegerProductBody {
  ProductSpec s;
  ProductBuffers b;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    const Place p(s, i);
    const std::int8_t *a = as<std::int8_t>(b.a) + p.a, *w = as<std::int8_t>(b.b) + p.b;
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < s.k; ++k) sum += a[k * p.a_step] * w[k * p.b_step];
    static_cast<std::int32_t*>(b.y)[p.at] = sum;
  }
};

struct ConvBody {
  ConvSpec s;
  ConvBuffers b;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    std::int64_t batch = i, out[3];
    const std::int64_t filter = split_off(batch, s.filters);
    for (int d = 2; d >= 0; --d) out[d] = split_off(batch, s.axes[d].out);
    const std::int64_t per_group = s.channels / s.groups, group = filter / (s.filters / s.groups);
    std::int64_t w_at = filter * s.axes[0].kernel * s.axes[1].kernel * s.axes[2].kernel * per_group;
    float sum = 0;
    for (std::int64_t k0 = 0; k0 < s.axes[0].kernel; ++k0) {
      const std::int64_t x0 = place(0, out[0], k0);
      for (std::int64_t k1 = 0; k1 < s.axes[1].kernel; ++k1) {
        const std::int64_t x1 = place(1, out[1], k1);
        for (std::int64_t k2 = 0; k2 < s.axes[2].kernel; ++k2, w_at += per_group) {
          const std::int64_t x2 = place(2, out[2], k2);
          if (x0 < 0 || x1 < 0 || x2 < 0) continue;
          const std::int64_t x_at =
              (((batch * s.axes[0].in + x0) * s.axes[1].in + x1) * s.axes[2].in + x2) * s.channels + group * per_group;
          for (std::int64_t c = 0; c < per_group; ++c) sum += load(s.type, b.x, x_at + c) * load(s.type, b.w, w_at + c);
        }
      }
    }
    if (b.bias != nullptr) sum += load(s.type, b.bias, filter);
    if (b.residual != nullptr) sum += load(s.type, b.residual, i);
    store(s.type, b.y, i, ended(s.end, sum));
  }

 private:
  // The input's index along an axis; -1: padding.
  ONNXRUN_BODY std::int64_t place(int axis, std::int64_t out, std::int64_t k) const {
    const WindowAxis& w = s.axes[axis];
    const std::int64_t at = out * w.stride - w.pad_begin + k * w.dilation;
    return at < 0 || at >= w.in ? -1 : at;
  }
};

struct EndBody {
  EndArgs a;
  ONNXRUN_BODY void operator()(std::int64_t i) const {
    float v = load(a.type, a.y, i);
    std::int64_t row = i;
    if (a.bias != nullptr) v += load(a.type, a.bias, split_off(row, a.width));
    if (a.residual != nullptr) v += load(a.type, a.residual, i);
    store(a.type, a.y, i, ended(a.end, v));
  }
};

}  // namespace

Status direct_product(const ProductSpec& spec, const ProductBuffers& buffers, Stream stream, Failure* why) {
  const std::int64_t results = spec.batch * spec.m * spec.n;
  if (spec.type == Elem::kI8) return launch_each(results, IntegerProductBody{spec, buffers}, stream, why);
  return launch_each(results, ProductBody{spec, buffers}, stream, why);
}

Status direct_conv(const ConvSpec& spec, const ConvBuffers& buffers, Stream stream, Failure* why) {
  if (is_depthwise(spec)) return depthwise_conv(spec, buffers, stream, why);
  const std::int64_t places = spec.axes[0].out * spec.axes[1].out * spec.axes[2].out;
  return launch_each(spec.batch * places * spec.filters, ConvBody{spec, buffers}, stream, why);
}

Status finish_end(const EndArgs& args, Stream stream, Failure* why) {
  return launch_each(args.rows * args.width, EndBody{args}, stream, why);
}

}  // namespace onnxrun::cuda::device
