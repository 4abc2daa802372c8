#include "engine/backend/degenerate.h"

#include <algorithm>

#include "engine/base/half.h"

namespace onnxrun {
namespace {

class DegenerateKernel final : public Kernel {
 public:
  explicit DegenerateKernel(Degenerate parts) : parts_(parts) {}
  std::string describe() const override { return "empty sum"; }

  void run(const KernelArgs& args) const override {
    switch (args.outputs[0].dtype) {
      case DType::kBFloat16: return fill<BFloat16>(args);
      case DType::kFloat16: return fill<Float16>(args);
      default: return fill<float>(args);
    }
  }

 private:
  template <class T>
  void fill(const KernelArgs& args) const {
    const auto data = [&](int i) { return i < 0 ? nullptr : args.inputs[static_cast<std::size_t>(i)].as<const T>(); };
    const T *const bias = data(parts_.bias), *const residual = data(parts_.residual);
    T* const y = args.outputs[0].as<T>();
    for (std::int64_t i = 0; i < args.outputs[0].size; ++i) {
      float sum = bias == nullptr ? 0 : static_cast<float>(bias[i / parts_.inner % parts_.channels]);
      if (residual != nullptr) sum += static_cast<float>(residual[i]);
      y[i] = static_cast<T>(apply(parts_.activation.kind, sum, parts_.activation.alpha, parts_.activation.beta));
    }
  }

  Degenerate parts_;
};

class ConstantKernel final : public Kernel {
 public:
  explicit ConstantKernel(float value) : value_(value) {}
  std::string describe() const override { return "constant"; }
  void run(const KernelArgs& args) const override {
    const TensorView& y = args.outputs[0];
    switch (y.dtype) {
      case DType::kBFloat16: std::fill_n(y.as<BFloat16>(), y.size, BFloat16(value_)); break;
      case DType::kFloat16: std::fill_n(y.as<Float16>(), y.size, Float16(value_)); break;
      default: std::fill_n(y.as<float>(), y.size, value_);
    }
  }

 private:
  float value_;
};

}  // namespace

std::unique_ptr<Kernel> constant_kernel(float value) { return std::make_unique<ConstantKernel>(value); }

std::unique_ptr<Kernel> degenerate_kernel(const NodeView& node, Degenerate parts) {
  if (parts.bias >= 0 && !node.has(parts.bias)) parts.bias = -1;
  if (parts.residual >= 0 && !node.has(parts.residual)) parts.residual = -1;
  parts.channels = std::max<std::int64_t>(parts.channels, 1);
  parts.inner = std::max<std::int64_t>(parts.inner, 1);
  return std::make_unique<DegenerateKernel>(parts);
}

bool has_zero(const Shape& shape) { return std::ranges::find(shape, 0) != shape.end(); }

}  // namespace onnxrun
