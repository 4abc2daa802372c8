// A tensor in one line: name, type, shape, range and the first elements. A list: a line, and one for each element.
#pragma once

#include <string>

#include "onnxrun/tensor.h"
#include "tools/io/common.h"

namespace onnxrun::tools {

std::string summary_text(const std::string& name, const Tensor& tensor);
Json summary_json(const std::string& name, const Tensor& tensor);

// Element i as a number; NaN for strings. Complex numbers give their magnitude.
double element_as_double(const Tensor& tensor, std::int64_t i);

}  // namespace onnxrun::tools
