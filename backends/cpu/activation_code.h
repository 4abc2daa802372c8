// The activation of a fused operator as a loop over floats.
#pragma once

#include "backends/cpu/elementwise_code.h"
#include "engine/backend/backend.h"

namespace onnxrun::cpu {

struct ActivationCode {
  VectorOp op = nullptr;  // null: none
  float p = 0.0f, q = 0.0f;
};

// From the attributes activation, act_alpha and act_beta, which may be absent.
ActivationCode activation_code(const NodeView& node);

}  // namespace onnxrun::cpu
