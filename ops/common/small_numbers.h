// Elements of 8 bits and fewer that C++ has no type for: the floats of 8, 6 and 4 bits, and integers of 4 and 2 bits.
// Formats: OFP8 (E4M3FN, E5M2), their FNUZ variants (no infinity, no negative zero, bias one higher), OCP MX (E2M1, E2M3, E3M2, E8M0).
#pragma once

#include <cstdint>

#include "onnxrun/tensor.h"

namespace onnxrun {

bool is_small_number(DType dtype);
// Those with a sign and a mantissa.
bool is_small_float(DType dtype);

// The value of a code of dtype_bits(dtype) bits.
double decode_small(DType dtype, std::uint8_t code);

// The code whose value is nearest to `value`, ties to the even code. Beyond the largest number: integers and floats of 6 and 4 bits saturate
// always, 8-bit floats when `saturate`, else they become infinity (E5M2) or NaN. NaN becomes NaN, where there is none 0 (of floats -0, as elsewhere).
// E8M0 rounds the logarithm up.
std::uint8_t encode_small(DType dtype, double value, bool saturate = true);

}  // namespace onnxrun
