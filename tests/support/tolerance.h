// How far results may be from the reference: the one place for all tests.
#pragma once

#include "onnxrun/options.h"
#include "onnxrun/tensor.h"

namespace onnxrun::test {

// |got - want| <= absolute * max(1, largest |want| of the tensor) + relative * |want|. The first term is what sums of many
// products lose to cancellation.
struct Tolerance {
  double relative = 0;
  double absolute = 0;
};

// Integers, bools and strings are equal or wrong. With Math::kFast, f32 is as good as bf16.
inline Tolerance tolerance_for(DType dtype, Math math = Math::kDefault) {
  switch (dtype) {
    case DType::kFloat32:
    case DType::kComplex64: return math == Math::kFast ? Tolerance{2e-2, 1.6e-2} : Tolerance{2e-5, 2e-6};
    case DType::kFloat64:
    case DType::kComplex128: return {1e-10, 1e-11};
    case DType::kFloat16: return {4e-3, 1e-3};
    case DType::kBFloat16: return {2e-2, 8e-3};
    default: return {};
  }
}

// Of f32 convolutions by Winograd's transforms, which lose a few bits: kernels that say so in describe(), never with Math::kExact.
constexpr Tolerance kWinogradTolerance = {1e-4, 2e-5};

}  // namespace onnxrun::test
