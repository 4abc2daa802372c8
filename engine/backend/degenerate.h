// Convolutions and products over no elements at all, which vendors' libraries do not take: what remains is bias, residual,
// activation; of a pooling, one value.
#pragma once

#include "engine/backend/backend.h"
#include "engine/ir/activation.h"

namespace onnxrun {

// y[i] = act(bias[i / inner % channels] + residual[i]); nothing at all when y is empty. `bias` and `residual` are node inputs,
// taken when present; -1: the operator has none.
struct Degenerate {
  int bias = -1;
  int residual = -1;
  std::int64_t channels = 1;
  std::int64_t inner = 1;
  ActivationSpec activation;
};
std::unique_ptr<Kernel> degenerate_kernel(const NodeView& node, Degenerate parts);

// Every element of output 0 becomes `value`.
std::unique_ptr<Kernel> constant_kernel(float value);

// Some size is 0.
bool has_zero(const Shape& shape);

}  // namespace onnxrun
