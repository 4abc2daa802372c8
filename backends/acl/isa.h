// What Arm Compute Library makes of this processor.
#pragma once

#include <string>

#include "onnxrun/tensor.h"

namespace onnxrun::acl {

// The extensions that its kernels use here: "neon dotprod fp16 bf16 i8mm sve".
std::string isa_name();
// Whether fast math finds matrix products in bf16.
bool has_bf16();
// Whether both the processor and this build of the library compute in f16. Sums are f16, too.
bool has_fp16();
// Why this backend's floating-point kernels do not serve the element type; empty when they do. bf16 tensors are not served: with
// Math::kFast f32 tensors are multiplied in bf16 without a detour over memory.
std::string refuse_dtype(DType dtype);

}  // namespace onnxrun::acl
