#include "backends/acl/activation.h"

#include <algorithm>

namespace onnxrun::acl {

std::optional<arm_compute::ActivationLayerInfo> library_activation(const ActivationSpec& a) {
  using Info = arm_compute::ActivationLayerInfo;
  using F = Info::ActivationFunction;
  switch (a.kind) {
    case Activation::kNone:
      return Info();
    case Activation::kRelu:
      return Info(F::RELU);
    case Activation::kLeakyRelu:
      return Info(F::LEAKY_RELU, a.alpha);
    case Activation::kClip:
      return a.alpha == 0 && a.beta >= 0 ? Info(F::BOUNDED_RELU, a.beta) : Info(F::LU_BOUNDED_RELU, a.beta, a.alpha);
    case Activation::kSigmoid:
      return Info(F::LOGISTIC);
    case Activation::kTanh:
      return Info(F::TANH, 1, 1);
    case Activation::kHardSwish:
      return Info(F::HARD_SWISH);
    case Activation::kSwish:
      return Info(F::SWISH, a.alpha);
    case Activation::kGelu:
      return Info(F::GELU);
    case Activation::kElu:
      return Info(F::ELU, a.alpha);
    case Activation::kHardSigmoid:
    case Activation::kGeluTanh:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace onnxrun::acl
