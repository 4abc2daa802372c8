// onnxrun.QuantConv in one to three dimensions: a product of the pixels that each window covers and the weights, by the loops of
// int8_block.h. Channels-last; plain tensors are turned before and after.
#include "backends/cpu/isa.h"
#include "backends/cpu/quant_product.h"
#include "engine/ir/window.h"

namespace onnxrun::cpu {
namespace {

constexpr double kCost = 1.5, kPlainCost = 4;  // against a vendor library's 1

struct Geometry {
  std::int64_t channels, out_channels, groups, per_group;  // per_group: input channels of a group
  // Along depth, height and width; those that x doesn't have are 1.
  std::int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, pad[3] = {};

  static std::int64_t pixels(const std::int64_t (&sizes)[3]) { return sizes[0] * sizes[1] * sizes[2]; }
};

Geometry geometry_of(const NodeView& node) {
  const Shape x = node.in_shape(kQuantX), w = node.in_shape(kQuantW), y = node.out_shape(0);
  Window window = read_window(node.attrs(), {w.begin() + 2, w.end()});
  resolve_auto_pad(window, std::span(x).subspan(2));
  Geometry g{x[1], y[1], node.attrs().i("group"), w[1]};
  for (std::size_t d = 0; d + 2 < x.size(); ++d) {
    const std::size_t i = d + 5 - x.size();
    g.in[i] = x[d + 2];
    g.out[i] = y[d + 2];
    g.kernel[i] = window.kernel[d];
    g.stride[i] = window.strides[d];
    g.dilation[i] = window.dilations[d];
    g.pad[i] = window.pad_begin(static_cast<int>(d));
  }
  return g;
}

QuantSizes sizes_of(const NodeView& node, const Geometry& g) {
  return {node.out_shape(0)[0] * Geometry::pixels(g.out), Geometry::pixels(g.kernel) * g.per_group, g.out_channels / g.groups, g.groups};
}

// Weights [M, channels of a group, kernel] in the order of a channels-last window: kernel, channels.
std::int16_t element(const Tensor& w, const Geometry& g, std::int64_t group, std::int64_t k, std::int64_t n) {
  const std::int64_t m = group * (g.out_channels / g.groups) + n, tap = k / g.per_group, c = k % g.per_group;
  const auto at = static_cast<std::size_t>((m * g.per_group + c) * Geometry::pixels(g.kernel) + tap);
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
        y_bytes_(dtype_bits(node.out(0).dtype) / 8),
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
      turn(x, last, batch_, g_.channels, Geometry::pixels(g_.in), args.parallel);
      x = last;
      y = args.scratch + x_room();
    }
    const int zero = product_.zero_of(args);
    product_.run(args, y, [&](std::int64_t row, std::int64_t group, std::int64_t from, std::int64_t to, std::int16_t* out) {
      fill(x, zero, row, group, from, to, out);
    });
    if (!plain_) return;
    const std::int64_t pixels = Geometry::pixels(g_.out);
    if (y_bytes_ == 4) {
      turn(static_cast<const std::uint32_t*>(y), args.outputs[0].as<std::uint32_t>(), batch_, pixels, g_.out_channels, args.parallel);
    } else {
      turn(static_cast<const std::uint8_t*>(y), args.outputs[0].as<std::uint8_t>(), batch_, pixels, g_.out_channels,
           args.parallel);
    }
  }

 private:
  std::size_t x_room() const { return (static_cast<std::size_t>(batch_ * g_.channels * Geometry::pixels(g_.in)) + 63) / 64 * 64; }
  std::size_t y_size() const { return static_cast<std::size_t>(batch_ * g_.out_channels * Geometry::pixels(g_.out)); }

  // Elements [from, to) of the window of output pixel `row`: runs of pixels that lie side by side, zeros for padding.
  void fill(const std::uint8_t* x, int zero, std::int64_t row, std::int64_t group, std::int64_t from, std::int64_t to,
            std::int16_t* out) const {
    const auto [depth, height, width] = g_.in;
    const std::int64_t left = row % g_.out[2] * g_.stride[2] - g_.pad[2], top = row / g_.out[2] % g_.out[1] * g_.stride[1] - g_.pad[1],
                       front = row / (g_.out[2] * g_.out[1]) % g_.out[0] * g_.stride[0] - g_.pad[0];
    const std::uint8_t* image = x + row / Geometry::pixels(g_.out) * Geometry::pixels(g_.in) * g_.channels + group * g_.per_group;
    const bool runs = g_.groups == 1 && g_.dilation[2] == 1;
    while (from < to) {
      const std::int64_t tap = from / g_.per_group, c = from % g_.per_group, kw = tap % g_.kernel[2];
      const std::int64_t w = left + kw * g_.dilation[2], h = top + tap / g_.kernel[2] % g_.kernel[1] * g_.dilation[1],
                         z = front + tap / (g_.kernel[2] * g_.kernel[1]) * g_.dilation[0];
      const bool outside = z < 0 || z >= depth || h < 0 || h >= height, inside = !outside && w >= 0 && w < width;
      std::int64_t taps = runs ? g_.kernel[2] - kw : 1;
      if (inside) taps = std::min(taps, width - w);
      if (!outside && w < 0) taps = std::min(taps, -w);
      const std::int64_t count = std::min(taps * g_.per_group - c, to - from);
      if (inside) {
        product_.centre(image + ((z * height + h) * width + w) * g_.channels + c, count, zero, out);
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
  if (x.rank() < 3 || x.rank() > 5) return Claim::no("{} spatial dimensions, want 1 to 3", x.rank() - 2);
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
