// What Arm Compute Library makes of this processor.
#pragma once

#include <string>

#include "onnxrun/tensor.h"

namespace onnxrun::acl {

// The extensions that are there for its kernels: "neon dotprod fp16 bf16 i8mm sve". After install_scheduler().
std::string isa_name();
// Whether both the processor and this build of the library have matrix products in bf16, for Math::kFast.
bool has_bf16();
// The same for f16, whose sums are f16, too.
bool has_fp16();
// Why this backend's floating-point kernels do not serve the element type; empty when they do. bf16 tensors are not served: with
// Math::kFast f32 tensors are multiplied in bf16 without a detour over memory.
std::string refuse_dtype(DType dtype);

}  // namespace onnxrun::acl
