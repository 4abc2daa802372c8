// Pseudo-random tensors with fixed seeds.
#pragma once

#include <cstdint>

#include "onnxrun/tensor.h"

namespace onnxrun::test {

// Uniform in [low, high): floats continuously, integers and bools (as 0 or 1) in whole numbers. Strings are "s<n>".
struct Range {
  double low = 0, high = 0;
};
Tensor random_tensor(DType dtype, Shape shape, std::uint64_t seed, Range range);
// Floats in [-1, 1), signed integers in [-8, 8), unsigned ones in [0, 16): engine/ir/seeded.h.
Tensor random_tensor(DType dtype, Shape shape, std::uint64_t seed);

}  // namespace onnxrun::test
