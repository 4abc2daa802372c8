// What oneDNN makes of this processor.
#pragma once

#include <string>

#include "engine/backend/backend.h"

namespace onnxrun::onednn {

// The instruction set that oneDNN generates code for ("avx2", "avx512_bf16", "sve_256"), ONEDNN_MAX_CPU_ISA included.
std::string isa_name();
// Whether that has bf16 multiplications; without them oneDNN's bf16 kernels are naive or slower than f32.
bool has_bf16();
// Whether this backend has fast convolutions and products of 8-bit integers, and whether the processor adds their products up in
// 32 bits (VNNI).
bool has_int8();
bool has_vnni();
// Whether its kernels are generated for this processor. On aarch64 that takes SVE registers of 256 bits; without them (Neoverse N1,
// N2, V2) convolutions, products and poolings are loops in C++.
bool generates_code();
// A yes; where no code is generated, at a cost that leaves the node to any other backend but the reference.
Claim accept(double cost = 1, std::string note = {});
// Why this backend does not serve the element type; empty when it does.
std::string refuse_dtype(DType dtype);

}  // namespace onnxrun::onednn
