// What oneDNN makes of this processor.
#pragma once

#include <string>

#include "onnxrun/tensor.h"

namespace onnxrun::onednn {

// The instruction set that oneDNN generates code for ("avx2", "avx512_core_bf16"), ONEDNN_MAX_CPU_ISA included.
std::string isa_name();
// Whether that has bf16 multiplications; without them oneDNN's bf16 kernels are naive or slower than f32.
bool has_bf16();
// Whether this backend has fast convolutions and products of 8-bit integers, and whether the processor adds their products up in
// 32 bits (VNNI).
bool has_int8();
bool has_vnni();
// Why this backend does not serve the element type; empty when it does.
std::string refuse_dtype(DType dtype);

}  // namespace onnxrun::onednn
