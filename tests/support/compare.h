// Comparison of tensors, with a message that helps.
#pragma once

#include <string>

#include "tests/support/tolerance.h"

namespace onnxrun::test {

// Empty when `got` is as good as `want`, else what differs: "f32[2, 3]: 1 of 6 elements differ, worst at [1, 2]: got 1.5, want
// 2". NaN equals NaN, infinities equal themselves. Dtypes and shapes must be equal.
std::string difference(const Tensor& got, const Tensor& want, Tolerance tolerance);
inline std::string difference(const Tensor& got, const Tensor& want) { return difference(got, want, tolerance_for(want.dtype())); }

// Integers of the same shape, each pair at most `slack` apart; and: the same bits.
bool differs_by_at_most(const Tensor& got, const Tensor& want, int slack);
bool same_bits(const Tensor& a, const Tensor& b);

}  // namespace onnxrun::test
