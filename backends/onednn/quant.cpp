#include "backends/onednn/quant.h"

#include <algorithm>
#include <cmath>

#include "backends/onednn/isa.h"
#include "backends/onednn/staging.h"
#include "engine/backend/claims.h"

namespace onnxrun::onednn {
namespace {

constexpr int kSafe = 64;  // 255 * 64 + 255 * 64 fits in 16 bits

template <class T>
Binding constant_of(int argument, DType dtype, T value) {
  auto tensor = std::make_shared<Tensor>(dtype, Shape{1});
  tensor->view<T>()[0] = value;
  return {argument, dense(dtype, {1}), Place::owned({tensor, tensor->data()})};
}

std::int32_t zero_value(const Tensor& zero) {
  return zero.dtype() == DType::kInt8 ? zero.view<std::int8_t>()[0] : zero.view<std::uint8_t>()[0];
}

// What a sum of nothing becomes.
class EmptyQuantKernel final : public Kernel {
 public:
  explicit EmptyQuantKernel(const NodeView& node)
      : activation_(fused_activation(node.attrs())),
        scale_(node.attrs().f("y_scale")),
        zero_(static_cast<float>(node.attrs().i("y_zero"))) {
    const Shape y = node.out_shape(0);
    const bool image = node.op().name == "QuantConv", last = !image || node.out(0).layout == Layout::kChannelsLast;
    channels_ = image ? y[1] : y.back();
    inner_ = last ? 1 : element_count(std::span(y).subspan(2));
  }
  std::string describe() const override { return "empty sum"; }
  void run(const KernelArgs& args) const override {
    const TensorView& y = args.outputs[0];
    const float* bias = args.inputs.size() > kQuantBias ? args.inputs[kQuantBias].as<const float>() : nullptr;
    for (std::int64_t i = 0; i < y.size; ++i) {
      const float sum = bias == nullptr ? 0.0f : bias[i / inner_ % channels_];
      const float v = apply(activation_.kind, sum, activation_.alpha, activation_.beta);
      const float q = std::nearbyint(v / scale_) + zero_;
      switch (y.dtype) {
        case DType::kUInt8:
          y.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(std::clamp(q, 0.0f, 255.0f));
          break;
        case DType::kInt8:
          y.as<std::int8_t>()[i] = static_cast<std::int8_t>(std::clamp(q, -128.0f, 127.0f));
          break;
        default:
          y.as<float>()[i] = v;
      }
    }
  }

 private:
  ActivationSpec activation_;
  float scale_, zero_;
  std::int64_t channels_, inner_;
};

}  // namespace

std::string refuse_quant(const NodeView& node, bool depthwise) {
  if (!has_int8()) return "oneDNN has no fast 8-bit kernels for this processor";
  if (std::string no = refuse_byte_product(node); !no.empty()) return no;
  const Tensor* w = node.constant(kQuantW);
  if (has_vnni()) return {};
  if (node.in(kQuantX).dtype == DType::kInt8) return fmt::format("i8 input: without VNNI ({}) weights lose a bit", isa_name());
  const auto large = [](std::int8_t v) { return v > kSafe || v < -kSafe; };
  if (depthwise || std::ranges::none_of(w->view<std::int8_t>(), large)) return {};
  return fmt::format("weights beyond {}: without VNNI ({}) sums would saturate", kSafe, isa_name());
}

std::string weights_variant(const NodeView& node) {
  return fmt::format("for {}{}", dtype_name(node.in(kQuantX).dtype), node.has(kQuantXZero) ? " with zero point" : "");
}

QuantAttr::QuantAttr(PrimitiveKernel& kernel, const NodeView& node, int mask) : node_(node), mask_(mask) {
  const Desc one = dense(DType::kFloat32, {1});
  bindings_.push_back({DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, desc_of(node.in(kQuantFactor)), Place::input(kQuantFactor)});
  if (node.has(kQuantXScale)) bindings_.push_back({DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, one, Place::input(kQuantXScale)});
  if (const Tensor* zero = node.constant(kQuantXZero)) {
    bindings_.push_back(constant_of(DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_SRC, DType::kInt32, zero_value(*zero)));
  } else if (node.has(kQuantXZero)) {
    const Desc word = dense(DType::kInt32, {1});
    const Place place = Place::scratch(kernel.reserve(word.get_size()));
    add_reorder(kernel, dense(node.in(kQuantXZero).dtype, {1}), Place::input(kQuantXZero), word, place);
    bindings_.push_back({DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_SRC, word, place});
  }
  if (node.out(0).dtype == DType::kFloat32) return;
  bindings_.push_back(constant_of(DNNL_ARG_ATTR_SCALES | DNNL_ARG_DST, DType::kFloat32, node.attrs().f("y_scale")));
  if (const auto zero = static_cast<std::int32_t>(node.attrs().i("y_zero")); zero != 0) {
    bindings_.push_back(constant_of(DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_DST, DType::kInt32, zero));
  }
}

dnnl::primitive_attr QuantAttr::attr() const {
  PostOps post;
  post.activate(fused_activation(node_.attrs()));
  dnnl::primitive_attr attr = post.attr();
  for (const Binding& b : bindings_) {
    const int argument = b.argument & ~(DNNL_ARG_ATTR_SCALES | DNNL_ARG_ATTR_ZERO_POINTS);
    if ((b.argument & DNNL_ARG_ATTR_ZERO_POINTS) != 0) {
      attr.set_zero_points_mask(argument, 0);
    } else {
      attr.set_scales_mask(argument, argument == DNNL_ARG_WEIGHTS ? mask_ : 0);
    }
  }
  return attr;
}

std::unique_ptr<Kernel> empty_quant_kernel(const NodeView& node) { return std::make_unique<EmptyQuantKernel>(node); }

}  // namespace onnxrun::onednn
