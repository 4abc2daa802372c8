// A view's elements as a tensor's, in the order in which they lie.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "engine/base/tensor_view.h"

namespace onnxrun {

inline void copy_elements(const TensorView& from, Tensor& to) {
  to.resize(from.dtype, from.shape);
  if (from.dtype == DType::kString) {
    std::copy_n(from.as<const std::string>(), from.size, static_cast<std::string*>(to.data()));
  } else if (from.size != 0) {
    std::memcpy(to.data(), from.data, to.bytes());
  }
}

}  // namespace onnxrun
