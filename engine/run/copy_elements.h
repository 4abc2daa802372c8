// A view's elements as a tensor's, in the order in which they lie.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "engine/base/tensor_view.h"

namespace onnxrun {

inline void copy_elements(const TensorView& from, void* to) {
  if (from.dtype == DType::kString) {
    std::copy_n(from.as<const std::string>(), from.size, static_cast<std::string*>(to));
  } else if (from.size != 0) {
    std::memcpy(to, from.data, dtype_bytes(from.dtype, from.size));
  }
}

inline void copy_elements(const TensorView& from, Tensor& to) {
  to.resize(from.dtype, from.shape);
  copy_elements(from, to.data());
}

}  // namespace onnxrun
