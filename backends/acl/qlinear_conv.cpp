// QLinearConv: convolution of 8-bit integers, with weights per tensor or per channel. Results are scaled in fixed point, so that
// they may be off by one where ONNX rounds.
#include <algorithm>
#include <cmath>

#include "backends/acl/conv_geometry.h"
#include "backends/acl/conv_kernel.h"
#include "backends/acl/kernels.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::acl {
namespace {

enum Input { kX, kXScale, kXZero, kW, kWScale, kWZero, kYScale, kYZero, kBias };

// The first element of a constant of 8-bit integers.
int zero_of(const Tensor& t) {
  return t.dtype() == DType::kUInt8 ? static_cast<const std::uint8_t*>(t.data())[0]
                                    : static_cast<const std::int8_t*>(t.data())[0];
}

bool all_zero(const Tensor& t) {
  const auto* bytes = static_cast<const std::uint8_t*>(t.data());
  return std::all_of(bytes, bytes + t.size(), [](std::uint8_t b) { return b == 0; });
}

std::string refuse_quantization(const NodeView& node) {
  for (const int i : {kXScale, kXZero, kWScale, kWZero, kYScale, kYZero}) {
    if (node.constant(i) == nullptr) return fmt::format("input {} is computed", i);
  }
  if (node.has(kBias) && node.constant(kBias) == nullptr) return "bias that is computed";
  if (node.in(kX).dtype != node.in(kYZero).dtype) return "results of another type than the input";
  const Tensor& zero = *node.constant(kWZero);
  if (node.in(kW).dtype == DType::kInt8) return all_zero(zero) ? "" : "i8 weights with a zero point";
  if (node.in(kX).dtype != DType::kUInt8) return "u8 weights for i8 inputs";
  return zero.size() == 1 && node.constant(kWScale)->size() == 1 ? "" : "u8 weights scaled per channel";
}

Convolution convolution_of(const NodeView& node, const Window& window) {
  Convolution c = geometry_of(node, node.constant(kW)->shape(), window);
  const auto scales = node.constant(kWScale)->view<float>();
  c.quantized = Quantization{.x_scale = node.constant(kXScale)->view<float>()[0],
                             .y_scale = node.constant(kYScale)->view<float>()[0],
                             .x_zero = zero_of(*node.constant(kXZero)),
                             .y_zero = zero_of(*node.constant(kYZero)),
                             .scales = {scales.begin(), scales.end()},
                             .zero = zero_of(*node.constant(kWZero)),
                             .weights = node.in(kW).dtype};
  c.bias = adds_bias(node, kBias, c);
  return c;
}

Claim claim(const NodeView& node) {
  if (std::string no = refuse_image(node); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_conv_weights(node, kW); !no.empty()) return Claim::no("{}", no);
  if (std::string no = refuse_quantization(node); !no.empty()) return Claim::no("{}", no);
  const Shape& w = node.constant(kW)->shape();
  if (has_zero(w)) return Claim::no("no weights");
  Convolution c = convolution_of(node, read_window(node.attrs(), Ints(w.begin() + 2, w.end())));
  set_example(c);
  if (std::string no = refuse_convolution(c); !no.empty()) return Claim::no("{}", no);
  return Claim::yes(2, "plain layout: copied to channels-last and back");
}

// Of sums of nothing, the scaled bias remains: one byte per output channel.
class BiasKernel final : public Kernel {
 public:
  BiasKernel(const NodeView& node, const Convolution& c) {
    const Quantization& q = *c.quantized;
    const bool is_signed = c.dtype == DType::kInt8;
    for (std::size_t m = 0; m < static_cast<std::size_t>(c.y.c); ++m) {
      const double scale = static_cast<double>(q.x_scale) * q.scales[q.scales.size() == 1 ? 0 : m] / q.y_scale;
      const double bias = c.bias ? node.constant(kBias)->view<std::int32_t>()[m] : 0;
      const double y = std::nearbyint(bias * scale) + q.y_zero;
      values_.push_back(
          static_cast<std::uint8_t>(static_cast<int>(is_signed ? std::clamp(y, -128.0, 127.0) : std::clamp(y, 0.0, 255.0))));
    }
  }
  std::string describe() const override { return "empty sum"; }
  void run(const KernelArgs& args) const override {
    const TensorView& y = args.outputs[0];
    const std::int64_t places = element_count(y.shape.subspan(2)), channels = static_cast<std::int64_t>(values_.size());
    for (std::int64_t i = 0; i < y.size; ++i) y.as<std::uint8_t>()[i] = values_[static_cast<std::size_t>(i / places % channels)];
  }

 private:
  std::vector<std::uint8_t> values_;
};

std::unique_ptr<Kernel> prepare(const NodeView& node, PrepareContext& ctx) {
  const Shape x = node.in_shape(kX), y = node.out_shape(0), w = node.constant(kW)->shape();
  Window window = read_window(node.attrs(), Ints(w.begin() + 2, w.end()));
  resolve_auto_pad(window, std::span(x).subspan(2));
  Convolution c = convolution_of(node, window);
  if (has_zero(x) || has_zero(y)) return std::make_unique<BiasKernel>(node, c);
  c.x = image_of(x);
  c.y = image_of(y);
  return convolution_kernel(
      node, ctx, c,
      {"a quantized convolution", kW, kBias, arranged_weights(*node.constant(kW), c.depthwise, ctx.parallel), {}, {}});
}

}  // namespace

std::span<const KernelEntry> qlinear_conv_kernels() {
  static const KernelEntry entries[] = {{"QLinearConv", claim, prepare}};
  return entries;
}

}  // namespace onnxrun::acl
