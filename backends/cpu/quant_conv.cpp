// onnxrun.QuantConv in two dimensions: a product of the pixels that each window covers and the weights, by the loops of
// int8_block.h. Channels-last; plain tensors are turned before and after.
#include "backends/cpu/isa.h"
#include "backends/cpu/quant_product.h"
#include "engine/ir/window.h"

namespace onnxrun::cpu {
namespace {

constexpr double kCost = 1.5, kPlainCost = 4;  // against a vendor library's 1

struct Geometry {
  std::int64_t channels, height, width;              // of x
  std::int64_t out_channels, out_height, out_width;  // of y
  std::int64_t groups, per_group;                    // input channels of a group
  std::int64_t kernel[2], stride[2], dilation[2], pad[2];
};

Geometry geometry_of(const NodeView& node) {
  const Shape x = node.in_shape(kQuantX), w = node.in_shape(kQuantW), y = node.out_shape(0);
  Window window = read_window(node.attrs(), {w[2], w[3]});
  resolve_auto_pad(window, std::span(x).subspan(2));
  Geometry g{x[1], x[2], x[3], y[1], y[2], y[3], node.attrs().i("group"), w[1], {}, {}, {}, {}};
  for (int i = 0; i < 2; ++i) {
    g.kernel[i] = window.kernel[static_cast<std::size_t>(i)];
    g.stride[i] = window.strides[static_cast<std::size_t>(i)];
    g.dilation[i] = window.dilations[static_cast<std::size_t>(i)];
    g.pad[i] = window.pad_begin(i);
  }
  return g;
}

QuantSizes sizes_of(const NodeView& node, const Geometry& g) {
  return {node.out_shape(0)[0] * g.out_height * g.out_width, g.kernel[0] * g.kernel[1] * g.per_group, g.out_channels / g.groups,
          g.groups};
}

// Weights [M, channels of a group, kernel] in the order of a channels-last window: kernel, channels.
std::int16_t element(const Tensor& w, const Geometry& g, std::int64_t group, std::int64_t k, std::int64_t n) {
  const std::int64_t m = group * (g.out_channels / g.groups) + n, tap = k / g.per_group, c = k % g.per_group;
  const auto at = static_cast<std::size_t>((m * g.per_group + c) * g.kernel[0] * g.kernel[1] + tap);
  return w.dtype() == DType::kInt8 ? w.view<std::int8_t>()[at] : w.view<std::int16_t>()[at];
}

// [n][rows][columns] to [n][columns][rows], for elements of one size.
template <class T>
void turn(const T* from, T* to, std::int64_t n, std::int64_t rows, std::int64_t columns, const Parallel& parallel) {
  parallel.range(n * columns, 1 + 16384 / std::max<std::int64_t>(rows, 1), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T* in = from + i / columns * rows * columns + i % columns;
      for (std::int64_t r = 0; r < rows; ++r) to[i * rows + r] = in[r * columns];
    }
  });
}

class QuantConvKernel : public Kernel {
 public:
  QuantConvKernel(const NodeView& node, PrepareContext& ctx)
      : g_(geometry_of(node)),
        plain_(node.in(kQuantX).layout == Layout::kPlain),
        batch_(node.in_shape(kQuantX)[0]),
        y_bytes_(node.out(0).dtype == DType::kFloat32 ? 4 : 1),
        product_(node, ctx, sizes_of(node, g_), [&](std::int64_t group, std::int64_t k, std::int64_t n) {
          return element(*node.constant(kQuantW), g_, group, k, n);
        }) {}
  std::string describe() const override {
    return fmt::format("int8 convolution {}{}", isa_name(), plain_ ? ", plain tensors copied" : "");
  }
  bool reads(int input) const override { return input != kQuantW; }
  std::size_t scratch_bytes() const override { return plain_ ? x_room() + y_size() * static_cast<std::size_t>(y_bytes_) : 0; }

  void run(const KernelArgs& args) const override {
    if (args.outputs[0].size == 0) return;
    const auto* x = args.inputs[kQuantX].as<const std::uint8_t>();
    void* y = args.outputs[0].data;
    if (plain_) {
      auto* last = reinterpret_cast<std::uint8_t*>(args.scratch);
      turn(x, last, batch_, g_.channels, g_.height * g_.width, args.parallel);
      x = last;
      y = args.scratch + x_room();
    }
    const int zero = product_.zero_of(args);
    product_.run(args, y, [&](std::int64_t row, std::int64_t group, std::int64_t from, std::int64_t to, std::int16_t* out) {
      fill(x, zero, row, group, from, to, out);
    });
    if (!plain_) return;
    const std::int64_t pixels = g_.out_height * g_.out_width;
    if (y_bytes_ == 4) {
      turn(static_cast<const float*>(y), args.outputs[0].as<float>(), batch_, pixels, g_.out_channels, args.parallel);
    } else {
      turn(static_cast<const std::uint8_t*>(y), args.outputs[0].as<std::uint8_t>(), batch_, pixels, g_.out_channels,
           args.parallel);
    }
  }

 private:
  std::size_t x_room() const { return (static_cast<std::size_t>(batch_ * g_.channels * g_.height * g_.width) + 63) / 64 * 64; }
  std::size_t y_size() const { return static_cast<std::size_t>(batch_ * g_.out_channels * g_.out_height * g_.out_width); }

  // Elements [from, to) of the window of output pixel `row`: runs of pixels that lie side by side, zeros for padding.
  void fill(const std::uint8_t* x, int zero, std::int64_t row, std::int64_t group, std::int64_t from, std::int64_t to,
            std::int16_t* out) const {
    const std::int64_t left = row % g_.out_width * g_.stride[1] - g_.pad[1],
                       top = row / g_.out_width % g_.out_height * g_.stride[0] - g_.pad[0];
    const std::uint8_t* image =
        x + row / g_.out_width / g_.out_height * g_.height * g_.width * g_.channels + group * g_.per_group;
    const bool runs = g_.groups == 1 && g_.dilation[1] == 1;
    while (from < to) {
      const std::int64_t tap = from / g_.per_group, c = from % g_.per_group, kw = tap % g_.kernel[1];
      const std::int64_t h = top + tap / g_.kernel[1] * g_.dilation[0], w = left + kw * g_.dilation[1];
      const bool above = h < 0 || h >= g_.height, inside = !above && w >= 0 && w < g_.width;
      std::int64_t taps = runs ? g_.kernel[1] - kw : 1;
      if (inside) taps = std::min(taps, g_.width - w);
      if (!above && w < 0) taps = std::min(taps, -w);
      const std::int64_t count = std::min(taps * g_.per_group - c, to - from);
      if (inside) {
        product_.centre(image + (h * g_.width + w) * g_.channels + c, count, zero, out);
      } else {
        std::fill_n(out, count, std::int16_t{0});
      }
      out += count;
      from += count;
    }
  }

  Geometry g_;
  bool plain_;
  std::int64_t batch_, y_bytes_;
  QuantProduct product_;
};

Claim claim(const NodeView& node) {
  if (const std::string no = refuse_quant(node); !no.empty()) return Claim::no("{}", no);
  const Type& x = node.in(kQuantX);
  if (x.rank() != 4) return Claim::no("{} spatial dimensions, want 2", x.rank() - 2);
  return x.layout == Layout::kPlain ? Claim::yes(kPlainCost, "plain layout: copied to channels-last and back")
                                    : Claim::yes(kCost);
}

}  // namespace

std::span<const KernelEntry> quant_conv_kernels() {
  static const KernelEntry entries[] = {
      {"onnxrun.QuantConv", claim, [](const NodeView& node, PrepareContext& ctx) -> std::unique_ptr<Kernel> {
         return std::make_unique<QuantConvKernel>(node, ctx);
       }}};
  return entries;
}

}  // namespace onnxrun::cpu
