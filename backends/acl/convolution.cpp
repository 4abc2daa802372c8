#include "backends/acl/convolution.h"

#include <arm_compute/runtime/FunctionDescriptors.h>
#include <arm_compute/runtime/NEON/functions/NEConvolutionLayer.h>
#include <arm_compute/runtime/NEON/functions/NEDepthwiseConvolutionLayer.h>
#include <arm_compute/runtime/experimental/operators/CpuDepthwiseConv2d.h>
#include <arm_compute/runtime/experimental/operators/CpuGemmConv2d.h>
#include <arm_compute/runtime/experimental/operators/CpuGemmDirectConv2d.h>
#include <arm_compute/runtime/experimental/operators/CpuWinogradConv2d.h>

#include "backends/acl/function.h"
#include "backends/acl/isa.h"
#include "backends/acl/status.h"

namespace onnxrun::acl {
namespace {

namespace op = arm::experimental::op;
using Method = arm::ConvolutionMethod;

// A convolution in the library's words.
struct Words {
  arm::TensorInfo x, weights, bias, y;
  arm::PadStrideInfo pads;
  arm::Size2D dilation;
  unsigned multiplier;
  bool fast;
  bool has_bias;
  arm::ActivationLayerInfo activation;
  const arm::ITensorInfo* bias_info() const { return has_bias ? &bias : nullptr; }
  arm::Conv2dInfo direct() const { return {pads, dilation, activation, fast, 1}; }
};

arm::TensorInfo weights_info(const Convolution& c) {
  const Image image = c.depthwise ? Image{1, c.y.c, c.kernel_h, c.kernel_w} : Image{c.y.c, c.x.c, c.kernel_h, c.kernel_w};
  arm::TensorInfo info = constant_info(image_info(c.quantized ? c.quantized->weights : c.dtype, image));
  if (!c.quantized) return info;
  const Quantization& q = *c.quantized;
  if (q.weights == DType::kUInt8) {
    info.set_quantization_info(arm::QuantizationInfo(q.scales[0], q.zero));
  } else {
    info.set_data_type(arm::DataType::QSYMM8_PER_CHANNEL);
    info.set_quantization_info(arm::QuantizationInfo(
        q.scales.size() == 1 ? std::vector<float>(static_cast<std::size_t>(c.y.c), q.scales[0]) : q.scales));
  }
  return info;
}

Words words_of(const Convolution& c) {
  const auto u = [](std::int64_t v) { return static_cast<unsigned>(v); };
  Words w{image_info(c.dtype, c.x),
          weights_info(c),
          constant_info(dense_info(c.quantized ? DType::kInt32 : c.dtype, {c.y.c})),
          image_info(c.dtype, c.y),
          arm::PadStrideInfo(u(c.stride_w), u(c.stride_h), u(c.left), u(c.right), u(c.top), u(c.bottom),
                             arm::DimensionRoundingType::FLOOR),
          arm::Size2D(u(c.dilation_w), u(c.dilation_h)),
          u(c.y.c / c.x.c),
          c.math == Math::kFast && has_bf16(),
          c.bias,
          c.activation};
  if (c.quantized) {
    w.x.set_quantization_info(arm::QuantizationInfo(c.quantized->x_scale, c.quantized->x_zero));
    w.y.set_quantization_info(arm::QuantizationInfo(c.quantized->y_scale, c.quantized->y_zero));
  }
  return w;
}

// The library's own choice. But Winograd's transforms lose a few bits of f32 (6e-5 of the largest result): not for exact ones.
// And its product without im2col forgets the padding of a 1x1 kernel.
Method method_for(const Convolution& c, const Words& w) {
  const auto direct = [&] { return op::CpuGemmDirectConv2d::validate(&w.x, &w.weights, w.bias_info(), &w.y, w.direct()); };
  if (c.kernel_h == 1 && c.kernel_w == 1 && (c.top | c.bottom | c.left | c.right) != 0) return Method::GEMM_CONV2D;
  if (c.quantized) return Method::GEMM;
  const Method method = arm::NEConvolutionLayer::get_convolution_method(&w.x, &w.weights, &w.y, w.pads, arm::WeightsInfo(),
                                                                        w.dilation, w.activation, w.fast);
  if (method == Method::WINOGRAD && c.math != Math::kExact) return method;
  if (method == Method::GEMM) return method;
  return direct() ? Method::GEMM_CONV2D : Method::GEMM;
}

arm::Status validate(const Convolution& c, const Words& w) {
  if (c.depthwise) {
    return arm::NEDepthwiseConvolutionLayer::validate(&w.x, &w.weights, w.bias_info(), &w.y, w.pads, w.multiplier, w.activation,
                                                      w.dilation);
  }
  switch (method_for(c, w)) {
    case Method::WINOGRAD:
      return op::CpuWinogradConv2d::validate(&w.x, &w.weights, w.bias_info(), &w.y, w.pads, w.activation, w.fast);
    case Method::GEMM_CONV2D:
      return op::CpuGemmDirectConv2d::validate(&w.x, &w.weights, w.bias_info(), &w.y, w.direct());
    default:
      return op::CpuGemmConv2d::validate(&w.x, &w.weights, w.bias_info(), &w.y, w.pads, arm::WeightsInfo(), w.dilation,
                                         w.activation, w.fast);
  }
}

// Arguments are x, weights, y and perhaps bias.
const arm::ITensorInfo* bias_of(const Views& v) { return v.size() > 3 ? v[3]->info() : nullptr; }

// What it packs is small, and no pointer to it is kept: every state has its own.
class DepthwiseOperation final : public OperatorOperation<op::CpuDepthwiseConv2d> {
 public:
  arm::experimental::MemoryRequirements workspace() const override {
    auto memory = op.workspace();
    for (auto& m : memory) {
      if (m.slot == arm::ACL_INT_4) m.lifetime = arm::experimental::MemoryLifetime::Persistent;  // the packed weights
    }
    return memory;
  }
};

MakeOperation depthwise(const Words& w) {
  // Assembled kernels take no padding as long as the kernel.
  if (!op::CpuDepthwiseConv2d::validate(&w.x, &w.weights, w.bias_info(), &w.y, w.pads, w.multiplier, w.activation, w.dilation)) {
    return function_of<arm::NEDepthwiseConvolutionLayer>([w](arm::NEDepthwiseConvolutionLayer& f, const Views& v) {
      f.configure(v[0].get(), v[1].get(), v.size() > 3 ? v[3].get() : nullptr, v[2].get(), w.pads, w.multiplier, w.activation,
                  w.dilation);
    });
  }
  return [w](const Views& v) -> std::unique_ptr<Operation> {
    auto made = std::make_unique<DepthwiseOperation>();
    made->op.configure(v[0]->info(), v[1]->info(), bias_of(v), v[2]->info(), w.pads, w.multiplier, w.activation, w.dilation);
    return made;
  };
}

MakeOperation make_for(Method method, const Words& w, bool adopts) {
  switch (method) {
    case Method::WINOGRAD:
      return operator_of<op::CpuWinogradConv2d>(
          [w](op::CpuWinogradConv2d& o, const Views& v) {
            o.configure(v[0]->info(), v[1]->info(), bias_of(v), v[2]->info(), w.pads, w.activation, w.fast);
          },
          adopts);
    case Method::GEMM_CONV2D:
      return operator_of<op::CpuGemmDirectConv2d>(
          [w](op::CpuGemmDirectConv2d& o, const Views& v) {
            o.configure(v[0]->info(), v[1]->info(), bias_of(v), v[2]->info(), w.direct());
          },
          adopts);
    default:
      return operator_of<op::CpuGemmConv2d>(
          [w](op::CpuGemmConv2d& o, const Views& v) {
            o.configure(v[0]->info(), v[1]->info(), bias_of(v), v[2]->info(), w.pads, arm::WeightsInfo(), w.dilation,
                        w.activation, w.fast);
          },
          adopts);
  }
}

std::string_view prefix_of(Method method) {
  switch (method) {
    case Method::WINOGRAD:
      return "winograd: ";
    case Method::GEMM_CONV2D:
      return "indirect: ";
    default:
      return "";
  }
}

}  // namespace

std::string refuse_convolution(const Convolution& c) {
  const Words w = words_of(c);
  const arm::Status status = validate(c, w);
  return status ? std::string() : reason(status);
}

std::string_view add_convolution(AclKernel& kernel, const Convolution& c, ConvolutionPlaces at, const Tensor& source,
                                 const Tensor& weights) {
  const Words w = words_of(c);
  std::vector<Argument> arguments = {{arm::ACL_SRC_0, w.x, std::move(at.x)},
                                     {arm::ACL_SRC_1, w.weights, Place::constant(weights)},
                                     {arm::ACL_DST, w.y, std::move(at.y)}};
  if (at.bias) arguments.push_back({arm::ACL_SRC_2, w.bias, std::move(*at.bias)});
  if (c.depthwise) {
    kernel.add(depthwise(w), std::move(arguments));
    return "depthwise: ";
  }
  const Method method = method_for(c, w);
  kernel.add(make_for(method, w, !c.quantized), std::move(arguments), &source);  // packed bytes carry sums with them
  return prefix_of(method);
}

}  // namespace onnxrun::acl
