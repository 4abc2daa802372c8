// Pseudo-random tensors that are the same on every machine, and the way back from such a tensor to its seed.
#pragma once

#include <cstdint>
#include <optional>

#include "onnxrun/tensor.h"

namespace onnxrun {

// Floats are uniform in [-1, 1) (f32 in steps of 2^-23), signed integers in [-8, 8), unsigned ones in [0, 16), bools 0 or 1,
// strings "s0" to "s15"; types narrower than a byte and the 8-bit floats take any finite code below 1 in magnitude, or any
// code where all are finite.
Tensor seeded_tensor(DType dtype, Shape shape, std::uint64_t seed);

// The seed for which seeded_tensor() gives exactly this tensor. nullopt when there is none, and for tensors too small to
// tell (fewer elements than carry 64 bits: 4 of f32, 16 of an integer type, 64 of bool) and strings.
std::optional<std::uint64_t> seed_of(const Tensor& tensor);

}  // namespace onnxrun
