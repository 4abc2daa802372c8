// A view's elements as a tensor's, in the order in which they lie.
#pragma once

#include "engine/base/tensor_view.h"

namespace onnxrun {

inline void copy_elements(const TensorView& from, Tensor& to) {
  to.resize(from.dtype, from.shape);
  copy_elements(from.dtype, from.size, from.data, to.data());
}

}  // namespace onnxrun
