// NumPy's .npy format, versions 1 to 3 (numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#pragma once

#include <string>
#include <string_view>

#include "onnxrun/tensor.h"

namespace onnxrun::tools {

// `what` names the source in errors. Throws Error(kUsage). Fortran order is transposed; big-endian files are refused.
Tensor parse_npy(std::string_view bytes, const std::string& what);
std::string format_npy(const Tensor& tensor);

}  // namespace onnxrun::tools
