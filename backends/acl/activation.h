// Activations of fused operators, as the library's.
#pragma once

#include <arm_compute/function_info/ActivationLayerInfo.h>

#include <optional>

#include "engine/ir/activation.h"

namespace onnxrun::acl {

// nullopt: the library has no such function. Activation::kNone is one that is not enabled.
std::optional<arm_compute::ActivationLayerInfo> library_activation(const ActivationSpec& a);

}  // namespace onnxrun::acl
