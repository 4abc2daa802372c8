// What a fused operator does once the library's convolution or product is done and could not do it along: y = act(scale * y +
// bias
// + residual).
#pragma once

#include "backends/acl/kernel.h"
#include "engine/backend/degenerate.h"

namespace onnxrun::acl {

struct Rest {
  float scale = 1;
  Degenerate sum;  // which addends the node has, and the activation
};

// Adds the stages that finish `y`, which lies at `at` and has the node's type and layout; none where nothing is left.
void add_rest(AclKernel& kernel, const NodeView& node, const Rest& rest, const arm::TensorInfo& y, const Place& at);

}  // namespace onnxrun::acl
