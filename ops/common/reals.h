// Elements as doubles: how reference kernels that care about values, not about types, read and write tensors of mixed
// element types.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "engine/base/tensor_view.h"

namespace onnxrun {

using Reals = std::vector<double>;

// Every element, of any float or integer type (those of small_numbers.h too) or bool; empty for an absent tensor. Throws
// Error(kUnsupported) otherwise.
Reals read_reals(const TensorView& tensor);
// Rounds every value once to the tensor's float type; integer types round to nearest, ties to even, and saturate. An output
// that nobody wants is left alone. `saturate`: see encode_small().
void write_reals(const TensorView& tensor, std::span<const double> values, bool saturate = true);
void write_real(const TensorView& tensor, std::int64_t i, double value);

// x rounded to the nearest integer, ties to even, whatever the current rounding mode.
inline double round_even(double x) {
  const double down = std::floor(x), rest = x - down;
  if (rest < 0.5) return down;
  if (rest > 0.5) return down + 1;
  return std::fmod(down, 2.0) == 0 ? down : down + 1;
}

}  // namespace onnxrun
