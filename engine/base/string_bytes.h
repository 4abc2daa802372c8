// What a tensor's strings take beside the tensor's own bytes.
#pragma once

#include <string>

#include "onnxrun/tensor.h"

namespace onnxrun {

inline std::size_t string_bytes(const Tensor& t) {
  std::size_t bytes = 0;
  if (t.dtype() == DType::kString) {
    for (const std::string& s : t.view<std::string>()) bytes += s.size();
  }
  return bytes;
}

}  // namespace onnxrun
