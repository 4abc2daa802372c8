// Between the logical order of a tensor and its physical one.
#pragma once

#include "engine/base/layout.h"
#include "onnxrun/tensor.h"

namespace onnxrun::test {

// `plain` with its elements moved to the order of `layout`; the shape stays logical. And back.
Tensor to_layout(const Tensor& plain, Layout layout);
Tensor from_layout(const Tensor& physical, Layout layout);

}  // namespace onnxrun::test
